"""How a model passes from one image to another, seen in features of the images on the way."""

import numpy as np


def path_length_ratio(paths: np.ndarray) -> float:
    """How directly paths lead to their ends.

    Args:
        paths: features of the images along each path, of shape `(paths, steps, features)`, three
            steps at least.

    Returns:
        The length of the straight line over that of the path, averaged over paths: 1 for straight
        ones, near 0 for detours. Paths that never move are left out.

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
    """How much of a path is made in its largest step, times the number of steps.

    A model that shows one face up to the middle and then the other has almost all of the path in
    one step.

    Args:
        paths: as in `path_length_ratio`.

    Returns:
        The mean over paths: 1 where all steps are equal, at most the number of steps.

    Raises:
        ValueError: as `path_length_ratio`.

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
            "Paths are arrays of shape (paths, steps, features) with three steps or more. "
            f"Received: shape {paths.shape}. Walk in more steps."
        )
    return np.linalg.norm(np.diff(np.asarray(paths, "float64"), axis=1), axis=2)


def _mean_quotient(part: np.ndarray, whole: np.ndarray) -> float:
    moving = whole > 0.0
    return float((part[moving] / whole[moving]).mean()) if moving.any() else float("nan")
