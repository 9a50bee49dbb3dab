"""The training engine: phases, one optimizer per phase, one adapter per Keras backend."""

from keras_resgen.training.devices import distributed
from keras_resgen.training.model import PhasedModel
from keras_resgen.training.optimizer import PhaseOptimizer
from keras_resgen.training.phase import Metrics, Phase

__all__ = ["Metrics", "Phase", "PhaseOptimizer", "PhasedModel", "distributed"]
