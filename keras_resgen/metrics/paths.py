"""Metrics of interpolations, in features of the images along them."""

import numpy as np


def path_length_ratio(paths: np.ndarray) -> float:
    """Return how direct paths are: the mean length of the straight line over that of the path.

    Args:
        paths: features of the images along each path, of shape `(paths, steps, features)`, with at
            least three steps.

    Returns:
        A number from 0 to 1, 1 for straight paths. Paths of length 0 are left out.

    Raises:
        ValueError: if there are fewer steps.

    Example:

    >>> path_length_ratio(np.array([[[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]]))
    1.0
    """
    steps = _lengths(paths)
    straight = np.linalg.norm(paths[:, -1] - paths[:, 0], axis=1)
    return _mean_quotient(straight, steps.sum(axis=1))


def largest_step(paths: np.ndarray) -> float:
    """Return the mean ratio of the largest step of a path to its mean step.

    It is large for a model that jumps from one image to the other in a single step.

    Args:
        paths: see `path_length_ratio`.

    Returns:
        A number from 1, for equal steps, to the number of steps.

    Raises:
        ValueError: see `path_length_ratio`.

    Example:

    >>> largest_step(np.array([[[0.0], [3.0], [4.0]]]))
    1.5
    """
    steps = _lengths(paths)
    return _mean_quotient(steps.max(axis=1), steps.mean(axis=1))


def _lengths(paths: np.ndarray) -> np.ndarray:
    """Lengths of all steps, of shape `(paths, steps - 1)`."""
    if paths.ndim != 3 or paths.shape[1] < 3:
        raise ValueError(
            "Expected an array of shape (paths, steps, features) with at least three steps. "
            f"Received: shape {paths.shape}. Interpolate in more steps."
        )
    return np.linalg.norm(np.diff(np.asarray(paths, "float64"), axis=1), axis=2)


def _mean_quotient(part: np.ndarray, whole: np.ndarray) -> float:
    moving = whole > 0.0
    return float((part[moving] / whole[moving]).mean()) if moving.any() else float("nan")
