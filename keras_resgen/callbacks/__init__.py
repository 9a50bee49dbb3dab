"""Keras callbacks: pictures, logs, progress, and a guard against figures that are not finite."""

from keras_resgen.callbacks.finite_guard import FiniteGuard
from keras_resgen.callbacks.metrics_log import MetricsLog
from keras_resgen.callbacks.progress import TrainingProgress
from keras_resgen.callbacks.run_checkpoint import RunCheckpoint
from keras_resgen.callbacks.sample_grid import SampleGrid

__all__ = ["FiniteGuard", "MetricsLog", "RunCheckpoint", "SampleGrid", "TrainingProgress"]
