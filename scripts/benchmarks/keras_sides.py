"""Training with the package's `fit` on any backend, and what hand-written steps share with it."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
import tensorflow as tf

from benchmarks.sides import Setting, Side
from keras_resgen.backends import adapter
from keras_resgen.models import FAMILIES
from keras_resgen.models.base import GenerativeModel
from keras_resgen.precision import precision


def create(side: Side, setting: Setting) -> GenerativeModel:
    """Build the model of a family without compiling it."""
    with precision("mixed_bfloat16" if side.is_bf16 else "float32"):
        return FAMILIES[setting.family].create(**setting.model_options())


def networks_and_optimizers(side: Side, setting: Setting) -> tuple[dict, dict, dict]:
    """Return networks by name, and built optimizers and variables by phase."""
    model = create(side, setting)
    variables = {phase.name: model.phase_variables(phase) for phase in model.phases}
    optimizers = {name: keras.optimizers.Adam(1e-4) for name in variables}
    for name, optimizer in optimizers.items():
        optimizer.build(variables[name])
    return model.networks, optimizers, variables


def batches(setting: Setting, pixels: Any) -> Any:
    """Return a TensorFlow data set of images in memory, which all Keras sides train on.

    Its tuner is off, as in the data sets of the package: an epoch would wait for it.
    """
    dataset = tf.data.Dataset.from_tensor_slices(pixels)
    options = tf.data.Options()
    options.autotune.enabled = False
    batches = dataset.batch(setting.batch, drop_remainder=True).cache().prefetch(2)
    return batches.with_options(options)


def fit(side: Side, setting: Setting, pixels: Any) -> Callable[[], None]:
    """Return a function that trains for one round: an epoch of `fit`.

    The option `repeatable` trains as `resgen train` does.
    """
    model = create(side, setting)
    model.compile(keras.optimizers.Adam(1e-4), jit_compile="xla" in side.options or "auto")
    dataset = batches(setting, pixels)
    context = adapter().repeatable if "repeatable" in side.options else nullcontext

    def run() -> None:
        with context():
            model.fit(dataset, verbose=0)

    return run
