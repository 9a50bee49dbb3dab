"""Images of classes, in a folder for each."""

from pathlib import Path

import keras
import numpy as np

COLOR_MODES = {1: "grayscale", 3: "rgb"}


def load_classes(
    folder: Path, image_shape: tuple[int, int, int], *, count: int | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Load labeled images, by `keras.utils.image_dataset_from_directory`.

    Args:
        folder: with a folder of images for each class; classes are numbered in the order of their
            names.
        image_shape: height, width and channels, 1 or 3; images of another size are resized.
        count: number of images, taken at random; None for all.
        seed: seed of the choice and of the order.

    Returns:
        Floats in [0, 1] of shape `(count, height, width, channels)`, and int32 classes `(count,)`.

    Raises:
        ValueError: if there are no images in folders of their classes.

    Example:

    >>> images, labels = load_classes(Path("cifar10"), (32, 32, 3))  # doctest: +SKIP
    >>> images.shape, labels.max()  # doctest: +SKIP
    ((15000, 32, 32, 3), 9)
    """
    height, width, channels = image_shape
    if len([path for path in Path(folder).iterdir() if path.is_dir()]) < 2:
        raise ValueError(
            "Images of classes must lie in a folder for each class, of which there are two or "
            f"more. Received: {folder} without them. Give the folder above these."
        )
    images = keras.utils.image_dataset_from_directory(
        folder,
        label_mode="int",
        color_mode=COLOR_MODES[channels],
        image_size=(height, width),
        batch_size=None,
        shuffle=True,
        seed=seed,
        verbose=False,
    )
    rows = list(images.take(-1 if count is None else count).as_numpy_iterator())
    pixels, labels = zip(*rows, strict=True)
    return np.stack(pixels).astype("float32") / 255, np.array(labels, "int32")
