"""What JAX and PyTorch need not do, where TensorFlow must."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

repeatable = nullcontext


def replica_rows(draw: Callable[[tuple[Any, ...]], Any], shape: Sequence[Any]) -> Any:
    """Draws random numbers: a step is one program, whose arrays JAX divides among devices."""
    return draw(tuple(shape))
