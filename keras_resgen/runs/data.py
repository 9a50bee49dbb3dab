"""The images of a run, split as its configuration says."""

from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.recipe import Progress
from keras_resgen.data.sources import load_images
from keras_resgen.runs.config import RunConfig


def load_split(config: RunConfig, progress: Progress | None = None) -> tuple[ImageSet, ImageSet]:
    """Loads the images of a configuration.

    Args:
        config: the configuration.
        progress: see `load_images`.

    Returns:
        The training images and the held-out images: the same for the same configuration.

    Raises:
        ValueError: as `load_images` and `ImageSet.split`.
        OSError: as `load_images`.
    """
    images = load_images(
        config.data,
        image_size=config.image_size,
        channels=config.channels,
        limit=config.limit,
        strict=config.strict,
        progress=progress,
    )
    return images.split(config.held_out, config.seed)
