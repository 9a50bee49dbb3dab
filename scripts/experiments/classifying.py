"""How the experiments with classifiers train: He et al.'s recipe for CIFAR-10, shortened."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from keras_resgen.analysis import GradientFlowMonitor, KernelGradient
from keras_resgen.data.classes import load_classes

TEST_SHARE = 1 / 6  # of a folder: as of CIFAR-10's 60,000 images
PADDING = 4
GRADIENT_BATCH = 32
MOMENTUM, WEIGHT_DECAY = 0.9, 1e-4
DROPS = (0.5, 0.75)  # of all steps, after which the learning rate is a tenth

Labeled = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Recipe:
    """How a classifier is trained.

    Attributes:
        epochs: passes over the training images.
        batch: images of a step.
        learning_rate: at first, after an epoch in which it rises from a tenth of it.
        seed: of weights, order and augmentation.
    """

    epochs: int
    batch: int = 128
    learning_rate: float = 0.1
    seed: int = 0


def load_images(source: str) -> tuple[Labeled, Labeled]:
    """Loads training and test images of 32 pixels.

    Args:
        source: `tfds:cifar10`, or a folder with a folder of images for each class, of which a sixth
            is held out, the same images always.
    """
    if source.startswith("tfds:"):
        sets = tfds.load(source.removeprefix("tfds:"), batch_size=-1, as_supervised=True)
        return tuple(  # type: ignore[return-value]
            (np.asarray(images, "float32") / 255, np.asarray(labels, "int32"))
            for images, labels in (tfds.as_numpy(sets[name]) for name in ("train", "test"))
        )
    images, labels = load_classes(Path(source), (32, 32, 3))
    held_out = round(len(images) * TEST_SHARE)
    return (images[held_out:], labels[held_out:]), (images[:held_out], labels[:held_out])


def train(
    network: keras.Model,
    training: Labeled,
    test: Labeled,
    recipe: Recipe,
) -> dict[str, Any]:
    """Trains a classifier, and returns its errors after each epoch.

    Returns:
        `train_error`, running within an epoch as in the paper, `test_error` and `seconds` of each
        epoch; `gradient_ratio` before training and after each epoch: of a batch, the norm of the
        gradient by the first kernel over that by the last but one, None where none is left; and the
        recipe. JSON values.
    """
    steps = len(training[0]) // recipe.batch
    if not steps:
        raise ValueError(
            f"At least {recipe.batch} training images are needed, a batch of them. Received: "
            f"{len(training[0])}. Give more, or choose a smaller batch."
        )
    network.compile(
        keras.optimizers.SGD(
            _Schedule(recipe, steps), momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    clock = _Clock()
    monitor = GradientFlowMonitor(test[0][:GRADIENT_BATCH], test[1][:GRADIENT_BATCH])
    history = network.fit(
        _batches(training, recipe),
        epochs=recipe.epochs,
        steps_per_epoch=steps,
        validation_data=tf.data.Dataset.from_tensor_slices(test).batch(512),
        callbacks=[clock, monitor, keras.callbacks.TerminateOnNaN()],
        shuffle=False,
        verbose=0,
    ).history
    return {
        "network": network.name,
        **asdict(recipe),
        "parameters": network.count_params(),
        "train_error": [round(1 - accuracy, 5) for accuracy in history["accuracy"]],
        "test_error": [round(1 - accuracy, 5) for accuracy in history["val_accuracy"]],
        "seconds": [round(seconds, 1) for seconds in clock.seconds],
        "gradient_ratio": [_ratio(flow) for flow in monitor.history.values()],
    }


def _ratio(flow: list[KernelGradient]) -> float | None:
    """First over last but one, which is the last inside the network, to three digits.

    None where one of them is gone, or beyond all numbers.
    """
    first, last = flow[0].gradient, flow[-2].gradient
    return float(f"{first / last:.3g}") if 0 < first < np.inf and 0 < last < np.inf else None


class _Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A warm-up of an epoch, and a tenth after each of `DROPS`."""

    def __init__(self, recipe: Recipe, steps: int) -> None:
        self.rate, self.warm_up = recipe.learning_rate, steps
        self.drops = [round(drop * recipe.epochs * steps) for drop in DROPS]

    def __call__(self, step: Any) -> Any:
        step = keras.ops.cast(step, "float32")
        rate = self.rate * keras.ops.minimum(1.0, 0.1 + 0.9 * step / self.warm_up)
        for drop in self.drops:
            rate = keras.ops.where(step >= drop, rate / 10, rate)
        return rate


class _Clock(keras.callbacks.Callback):
    """The seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def _batches(training: Labeled, recipe: Recipe) -> tf.data.Dataset:
    """Shuffled, shifted by up to four pixels and mirrored at random, for ever."""
    images, labels = training

    def augmented(index: Any, image: Any, label: Any) -> tuple[Any, Any]:
        seed = tf.stack([tf.constant(recipe.seed, tf.int64), index])
        size = tf.shape(image)
        image = tf.pad(image, [[PADDING, PADDING], [PADDING, PADDING], [0, 0]])
        image = tf.image.stateless_random_crop(image, size, seed)
        return tf.image.stateless_random_flip_left_right(image, seed + 1), label

    data = tf.data.Dataset.from_tensor_slices((images, labels))
    data = data.shuffle(len(images), seed=recipe.seed).repeat().enumerate()
    data = data.map(lambda i, pair: augmented(i, *pair), tf.data.AUTOTUNE, deterministic=True)
    return data.batch(recipe.batch, drop_remainder=True).prefetch(2)
