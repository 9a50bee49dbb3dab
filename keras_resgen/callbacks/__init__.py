"""Keras callbacks: checkpoints, pictures, logs, progress, and a guard against infinite figures."""

from keras_resgen.callbacks.checkpoints import Checkpoints
from keras_resgen.callbacks.early_stopping import EarlyStopping
from keras_resgen.callbacks.finite_guard import FiniteGuard
from keras_resgen.callbacks.metrics_log import MetricsLog
from keras_resgen.callbacks.progress import TrainingProgress
from keras_resgen.callbacks.sample_grid import SampleGrid

__all__ = [
    "Checkpoints",
    "EarlyStopping",
    "FiniteGuard",
    "MetricsLog",
    "SampleGrid",
    "TrainingProgress",
]
