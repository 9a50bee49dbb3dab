"""Orders that depend on a seed and a stream number alone, on any machine and numpy version."""

from __future__ import annotations

import numpy as np


def permutation(count: int, seed: int, stream: int) -> np.ndarray:
    """A random order of `count` rows, the same for ever for the same seed and stream.

    Sorts the raw output of the counter-based generator Philox (Salmon et al. 2011), which numpy
    promises to keep, unlike the order in which `Generator.permutation` consumes it.

    Args:
        count: Number of rows.
        seed: Number from 0 to 2**64 - 1.
        stream: Number of an independent order under the same seed, such as the epoch.

    Returns:
        int64 array `(count,)` holding each of 0 ... count - 1 once.

    Raises:
        ValueError: If the seed is out of range.

    Example:
        >>> permutation(4, seed=0, stream=0).shape
        (4,)
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"Expected a seed from 0 to 2**64 - 1. Received: seed={seed}.")
    generator = np.random.Philox(key=np.array([seed, stream], dtype=np.uint64))
    return np.argsort(generator.random_raw(count), kind="stable")
