"""Which image shapes the networks accept."""

IMAGE_SIZES = (32, 64, 128, 256)
CHANNELS = (1, 3)


def check_image_size(image_size: int) -> None:
    """Raise a ValueError unless `image_size` is a power of two from 32 to 256."""
    if image_size not in IMAGE_SIZES:
        raise ValueError(
            f"image_size must be a power of two from {IMAGE_SIZES[0]} to {IMAGE_SIZES[-1]} pixels. "
            f"Received: {image_size!r}. Choose one of {IMAGE_SIZES}."
        )


def check_image_shape(image_shape: tuple[int, int, int]) -> None:
    """Raise a ValueError unless `image_shape` is a square (size, size, channels) we can build.

    Args:
        image_shape: height, width, channels.

    Raises:
        ValueError: if the size is not a power of two from 32 to 256, the image is not square, or
            the number of channels is neither 1 nor 3.

    Example:

    >>> check_image_shape((64, 64, 3))
    """
    if len(image_shape) != 3 or image_shape[0] != image_shape[1]:
        raise ValueError(
            "image_shape must be (size, size, channels) with equal height and width. "
            f"Received: {image_shape!r}. Crop or resize the images to squares first."
        )
    check_image_size(image_shape[0])
    if image_shape[2] not in CHANNELS:
        raise ValueError(
            f"An image must have 1 channel (gray) or 3 (RGB). Received: {image_shape[2]!r}. "
            "Convert the images first."
        )


def check_positive(**sizes: int) -> None:
    """Raise a ValueError naming the first keyword whose value is not a positive integer."""
    for name, size in sizes.items():
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(
                f"{name} must be a positive integer. Received: {size!r}. Give 1 or more."
            )
