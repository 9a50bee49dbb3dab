"""What all libraries of backbones share."""

# Names the weights that a library itself offers, instead of a file.
PRETRAINED = "pretrained"


def in_color(image_shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return the shape of RGB images of the same size, which pretrained networks take.

    Example:

    >>> in_color((32, 32, 1))
    (32, 32, 3)
    """
    return (*image_shape[:2], 3)
