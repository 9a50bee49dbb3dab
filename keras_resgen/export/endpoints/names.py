"""Names of endpoints and of their outputs."""

from collections.abc import Mapping
from typing import Any

IMAGE_ENDPOINTS = ("generate", "decode")  # from latent vectors to images
CODES = ("code", "mean")  # outputs of encoders that are a code without noise
UINT8_SUFFIX = "_uint8"  # of endpoints for images with values from 0 to 255


def select_code(outputs: Mapping[str, Any]) -> Any:
    """Return the code without noise from the outputs of an encoder.

    Args:
        outputs: of `encode`, by name.

    Example:

    >>> select_code({"mean": 1.0, "log_variance": 0.0})
    1.0
    """
    return next(outputs[name] for name in CODES if name in outputs)
