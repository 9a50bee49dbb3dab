"""What endpoints and their outputs are called."""

from collections.abc import Mapping
from typing import Any

IMAGE_ENDPOINTS = ("generate", "decode")  # from latent vectors to images
CODES = ("code", "mean")  # what encoders call a code without noise
UINT8_SUFFIX = "_uint8"  # of endpoints for images of 0 to 255


def select_code(outputs: Mapping[str, Any]) -> Any:
    """Returns the code without noise among what an encoder gives, by name.

    Args:
        outputs: of `encode`.

    Example:

    >>> select_code({"mean": 1.0, "log_variance": 0.0})
    1.0
    """
    return next(outputs[name] for name in CODES if name in outputs)
