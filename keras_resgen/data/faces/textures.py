"""Fixed patterns of hair: strands and curls, made once for each resolution."""

from functools import lru_cache

import numpy as np

_ALONG, _ACROSS = 64, 1024
_TILE = 256  # pixels of the finest table of curls


def _random(key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=key))


@lru_cache
def strands(size: int) -> np.ndarray:
    """Fine uneven streaks `(along, across)`, -2.5 to 2.5, periodic both ways.

    Streaks too fine for pictures of this size are left out, so that sizes agree.
    """
    random = _random(1)
    frequency = np.arange(_ACROSS // 2 + 1)
    drift = np.abs(np.fft.fftfreq(_ALONG, 1.0 / _ALONG))[:, None]
    amplitude = np.where((frequency > 3) & (frequency <= 90), (frequency + 4.0) ** -0.45, 0.0)
    amplitude = amplitude * np.exp(-((drift / 1.1) ** 2))
    phase = random.uniform(0.0, 2.0 * np.pi, amplitude.shape)
    spectrum = amplitude * np.exp(1j * phase)
    deviation = np.fft.irfft2(spectrum, s=(_ALONG, _ACROSS)).std()
    spectrum *= np.exp(-((frequency / (0.24 * size)) ** 4))
    table = np.fft.irfft2(spectrum, s=(_ALONG, _ACROSS)) / deviation
    return np.clip(table, -2.5, 2.5).astype(np.float32)


def streaks(size: int, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Strands at places counted in periods."""
    columns = ((across + 16.0) * _ACROSS).astype(np.intp) & (_ACROSS - 1)
    rows = ((along + 16.0) * _ALONG).astype(np.intp) & (_ALONG - 1)
    rows *= _ACROSS
    rows += columns
    return strands(size).ravel().take(rows)


@lru_cache
def curls(size: int) -> np.ndarray:
    """Locks of curly hair `(2, side, side)`, periodic: how far each swells out, and its shade."""
    random = _random(2)
    cells = 7
    grid = np.stack(np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"), axis=-1)
    centers = (grid.reshape(-1, 2) + 0.5 + random.uniform(-0.34, 0.34, (cells**2, 2))) / cells
    turn = random.choice([-1.0, 1.0], cells**2)
    start = random.uniform(0.0, 2.0 * np.pi, cells**2)
    tone = random.uniform(-0.35, 0.35, cells**2)
    at = (np.arange(_TILE) + 0.5) / _TILE
    rows = at[:, None, None] - centers[:, 0]
    columns = at[None, :, None] - centers[:, 1]
    rows, columns = rows - np.round(rows), columns - np.round(columns)
    distance = np.sqrt(rows**2 + columns**2) * cells
    nearest = distance.argmin(axis=-1)[..., None]
    r = np.take_along_axis(distance, nearest, axis=-1)[..., 0]
    angle = np.arctan2(
        np.take_along_axis(rows, nearest, axis=-1), np.take_along_axis(columns, nearest, axis=-1)
    )[..., 0]
    lock = nearest[..., 0]
    swell = np.sqrt(np.maximum(1.0 - (r / 0.95) ** 2, 0.0))
    coil = np.sin(r * 15.0 + turn[lock] * angle + start[lock])
    shade = 0.9 * (swell - 0.65) + 0.30 * coil * swell + tone[lock] - 0.5 * np.sin(angle) * r * -1.0
    step = max(_TILE // size, 1)
    tables = np.stack([swell, shade]).reshape(2, _TILE // step, step, _TILE // step, step)
    return tables.mean(axis=(2, 4)).astype(np.float32)


def locks(size: int, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Swelling (0 to 1) and shade (about -1 to 1) of curls at places counted in periods."""
    swell, shade = curls(size)
    side = len(swell)
    columns = ((right + 16.0) * side).astype(np.intp) & (side - 1)
    rows = ((down + 16.0) * side).astype(np.intp) & (side - 1)
    rows *= side
    rows += columns
    return swell.ravel().take(rows), shade.ravel().take(rows)
