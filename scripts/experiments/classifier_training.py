"""Training of classifiers of small images: the schedule of He et al. (2015), with fewer epochs."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_resgen.analysis import GradientFlowMonitor, KernelGradient
from keras_resgen.data.classes import load_classes

TEST_SHARE = 1 / 6  # of a folder: the share of CIFAR-10's 60,000 images
PADDING = 4
GRADIENT_BATCH = 32
MOMENTUM, WEIGHT_DECAY = 0.9, 1e-4
DECAY_STEPS = (0.5, 0.75)  # shares of all steps after which the learning rate is divided by 10

Labeled = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class TrainingConfig:
    """Configuration of a classifier's training.

    Attributes:
        epochs: passes over the training images.
        batch_size: images in a step.
        learning_rate: the highest one. It is reached after a warm-up of one epoch, which starts at
            a tenth of it.
        seed: of weights, order and augmentation.
    """

    epochs: int
    batch_size: int = 128
    learning_rate: float = 0.1
    seed: int = 0


def load_labeled_images(source: str) -> tuple[Labeled, Labeled]:
    """Load training and test images of 32 pixels with their classes.

    Args:
        source: `tfds:cifar10`, or a folder with one folder of images for each class. A sixth of a
            folder's images is held out, always the same ones.
    """
    if source.startswith("tfds:"):
        import tensorflow_datasets as tfds

        sets = tfds.load(source.removeprefix("tfds:"), batch_size=-1, as_supervised=True)
        return tuple(  # type: ignore[return-value]
            (np.asarray(images, "float32") / 255, np.asarray(labels, "int32"))
            for images, labels in (tfds.as_numpy(sets[name]) for name in ("train", "test"))
        )
    images, labels = load_classes(Path(source), (32, 32, 3))
    held_out = round(len(images) * TEST_SHARE)
    return (images[held_out:], labels[held_out:]), (images[:held_out], labels[:held_out])


def train_classifier(
    network: keras.Model, training: Labeled, test: Labeled, config: TrainingConfig
) -> dict[str, Any]:
    """Train a classifier and return its errors after each epoch.

    Returns:
        The configuration, and lists of JSON values. For each epoch: `train_error`, averaged over
        the epoch as in the paper, `test_error` and `seconds`. Before training and after each epoch:
        `gradient_ratio`, the gradient norm of the first kernel divided by that of the last kernel
        inside the network, or None if one of them is zero or not finite.
    """
    steps = len(training[0]) // config.batch_size
    if not steps:
        raise ValueError(
            f"At least {config.batch_size} training images are needed, one batch. Received: "
            f"{len(training[0])}. Add images, or choose a smaller batch."
        )
    network.compile(
        keras.optimizers.SGD(
            StepDecay(config, steps), momentum=MOMENTUM, weight_decay=WEIGHT_DECAY
        ),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    timer = _EpochTimer()
    gradients = GradientFlowMonitor(test[0][:GRADIENT_BATCH], test[1][:GRADIENT_BATCH])
    history = network.fit(
        _augmented_batches(training, config),
        epochs=config.epochs,
        steps_per_epoch=steps,
        validation_data=tf.data.Dataset.from_tensor_slices(test).batch(512),
        callbacks=[timer, gradients, keras.callbacks.TerminateOnNaN()],
        shuffle=False,
        verbose=0,
    ).history
    return {
        "network": network.name,
        **asdict(config),
        "parameters": network.count_params(),
        "train_error": [round(1 - accuracy, 5) for accuracy in history["accuracy"]],
        "test_error": [round(1 - accuracy, 5) for accuracy in history["val_accuracy"]],
        "seconds": [round(seconds, 1) for seconds in timer.seconds],
        "gradient_ratio": [gradient_ratio(flow) for flow in gradients.history.values()],
    }


def gradient_ratio(flow: list[KernelGradient]) -> float | None:
    """Return the first kernel's gradient norm divided by that of the last but one, the last inside.

    The ratio has three digits; it is None if one of the norms is zero or not finite.
    """
    first, last = flow[0].gradient, flow[-2].gradient
    return float(f"{first / last:.3g}") if 0 < first < np.inf and 0 < last < np.inf else None


class StepDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Learning rate with a warm-up of one epoch that is divided by 10 after each of `DECAY_STEPS`.

    Args:
        config: the training configuration.
        steps: steps in an epoch.
    """

    def __init__(self, config: TrainingConfig, steps: int) -> None:
        self.rate, self.warm_up = config.learning_rate, steps
        self.decay_steps = [round(share * config.epochs * steps) for share in DECAY_STEPS]

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = keras.ops.cast(step, "float32")
        rate = self.rate * keras.ops.minimum(1.0, 0.1 + 0.9 * step / self.warm_up)
        for decay_step in self.decay_steps:
            rate = keras.ops.where(step >= decay_step, rate / 10, rate)
        return rate


class _EpochTimer(keras.callbacks.Callback):
    """Callback that measures the seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seconds.append(time.perf_counter() - self.start)


def _augmented_batches(training: Labeled, config: TrainingConfig) -> tf.data.Dataset:
    """Return endless shuffled batches, shifted by up to four pixels and mirrored at random."""
    images, labels = training

    def augment(index: Any, image: Any, label: Any) -> tuple[Any, Any]:
        seed = tf.stack([tf.constant(config.seed, tf.int64), index])
        size = tf.shape(image)
        image = tf.pad(image, [[PADDING, PADDING], [PADDING, PADDING], [0, 0]])
        image = tf.image.stateless_random_crop(image, size, seed)
        return tf.image.stateless_random_flip_left_right(image, seed + 1), label

    data = tf.data.Dataset.from_tensor_slices((images, labels))
    data = data.shuffle(len(images), seed=config.seed).repeat().enumerate()
    data = data.map(lambda i, pair: augment(i, *pair), tf.data.AUTOTUNE, deterministic=True)
    return data.batch(config.batch_size, drop_remainder=True).prefetch(2)
