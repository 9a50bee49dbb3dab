"""Keras callbacks: checkpoints, pictures, logs, progress, monitors, and guards of training."""

from keras_resgen.callbacks.best_weights import BestWeights
from keras_resgen.callbacks.checkpoints import Checkpoints
from keras_resgen.callbacks.collapse_alarm import CollapseAlarm
from keras_resgen.callbacks.distribution_monitor import DistributionMonitor
from keras_resgen.callbacks.early_stopping import EarlyStopping
from keras_resgen.callbacks.finite_guard import FiniteGuard
from keras_resgen.callbacks.latent_monitor import LatentMonitor
from keras_resgen.callbacks.metrics_log import MetricsLog
from keras_resgen.callbacks.progress import TrainingProgress
from keras_resgen.callbacks.sample_grid import SampleGrid

__all__ = [
    "BestWeights",
    "Checkpoints",
    "CollapseAlarm",
    "DistributionMonitor",
    "EarlyStopping",
    "FiniteGuard",
    "LatentMonitor",
    "MetricsLog",
    "SampleGrid",
    "TrainingProgress",
]
