"""Sampling of factors: one random stream for each factor, with access to any image by its index."""

import operator
import zlib
from collections.abc import Callable, Mapping

import numpy as np

from .factors import FACTORS, Factor, Factors

_WORDS_PER_STEP = 4  # Philox4x64 makes four 64-bit words each time its counter advances


def uniforms(name: str, seed: int, start: int, count: int) -> np.ndarray:
    """Numbers in [0, 1) of one factor's stream for images `start` to `start + count`.

    Philox (Salmon et al. 2011) computes any place of its stream from the key and a counter, so
    that an image does not depend on how many are asked for, nor on any other factor.
    """
    stream = np.random.Philox(key=np.array([seed, zlib.crc32(name.encode())], dtype=np.uint64))
    stream.advance(start // _WORDS_PER_STEP)
    skipped = start % _WORDS_PER_STEP
    words = stream.random_raw(skipped + count)[skipped:]
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _binary(factor: Factor, u: np.ndarray) -> np.ndarray:
    return (u < factor.probability).astype(np.int64)


def _choice(factor: Factor, u: np.ndarray) -> np.ndarray:
    edges = np.cumsum(factor.weights) / np.sum(factor.weights)
    return np.searchsorted(edges[:-1], u, side="right").astype(np.int64)


def _uniform(factor: Factor, u: np.ndarray) -> np.ndarray:
    return factor.low + (factor.high - factor.low) * u


def _triangular(factor: Factor, u: np.ndarray) -> np.ndarray:
    centered = 2.0 * u - 1.0
    symmetric = np.sign(centered) * (1.0 - np.sqrt(1.0 - np.abs(centered)))
    return _uniform(factor, 0.5 + 0.5 * symmetric)


_QUANTILES: dict[str, Callable[[Factor, np.ndarray], np.ndarray]] = {
    "binary": _binary,
    "choice": _choice,
    "uniform": _uniform,
    "triangular": _triangular,
}

VARIANTS: dict[str, dict[str, tuple[str, Mapping[str, float]]]] = {
    "independent": {},
    "correlated": {
        "beard": (
            "hair_style",
            {"bald": 0.55, "short": 0.5, "side": 0.4, "bangs": 0.08, "long": 0.0, "curly": 0.3},
        ),
        "mustache": (
            "hair_style",
            {"bald": 0.5, "short": 0.4, "side": 0.35, "bangs": 0.04, "long": 0.0, "curly": 0.3},
        ),
        "eyeglasses": (
            "hair_color",
            {"black": 0.2, "brown": 0.25, "blond": 0.2, "gray": 0.75, "red": 0.25},
        ),
        "hat": (
            "hair_style",
            {"bald": 0.4, "short": 0.12, "side": 0.08, "bangs": 0.05, "long": 0.08, "curly": 0.03},
        ),
        "smile": (
            "background_kind",
            {"gradient": 0.25, "glow": 0.75, "clouds": 0.35, "bokeh": 0.75},
        ),
    },
}
"""By variant: a binary factor, the choice it depends on, and its chance of 1 for each value."""


def sample_factors(
    count: int, seed: int = 0, variant: str = "independent", start: int = 0
) -> Factors:
    """Sample the factors of faces `start` to `start + count` of an endless sequence.

    Args:
        count: Number of faces n.
        seed: Which sequence; 0 to 2**64 - 1.
        variant: `"independent"`, or `"correlated"`: no beard with long hair, eyeglasses more
            often with gray hair, and the like, so that disentangling is a real question.
        start: Index of the first face.

    Returns:
        One array `(n,)` for every name in `FACTORS`, `int64` codes or `float64` numbers. Face i
        is the same for any `count`, `start` and set of other factors.

    Raises:
        ValueError: If a number is negative, `seed` too large, or `variant` unknown.

    Example:
        >>> faces = sample_factors(1000, seed=1)
        >>> faces["eyeglasses"].shape
        (1000,)
    """
    for name, value in {"count": count, "start": start, "seed": seed}.items():
        if operator.index(value) < 0:
            raise ValueError(f"Expected `{name}` to be 0 or more. Received: {value}.")
    if seed >= 2**64:
        raise ValueError(f"Expected `seed` to be below 2**64. Received: {seed}.")
    if variant not in VARIANTS:
        raise ValueError(
            f"Expected `variant` to be one of {list(VARIANTS)}. Received: {variant!r}."
        )
    streams = {name: uniforms(name, seed, start, count) for name in FACTORS}
    sampled = {
        name: _QUANTILES[factor.kind](factor, streams[name]) for name, factor in FACTORS.items()
    }
    for name, (cause, chances) in VARIANTS[variant].items():
        by_code = np.array([chances[value] for value in FACTORS[cause].values])
        sampled[name] = (streams[name] < by_code[sampled[cause]]).astype(np.int64)
    return sampled
