"""Directions in a latent space along which one attribute changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_resgen.latent.contextual import ContextualDirection, contextual_direction
from keras_resgen.registry import Registry

# A step of shape `(latent_dim,)` for all codes, or one that depends on the code.
Direction = np.ndarray | ContextualDirection

RIDGE = 1.0  # L2 penalty of the logistic regression


def difference_of_means(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the difference of the mean codes of images with an attribute and without it.

    Larsen et al., "Autoencoding beyond pixels" (2015, https://arxiv.org/abs/1512.09300). Where two
    attributes are correlated in the data, it changes both.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean array of shape `(count,)`, of both values.

    Returns:
        A float64 array of shape `(latent_dim,)`; its length is the distance of the means.

    Raises:
        ValueError: if the labels are all the same, or there is not one for each code.

    Example:

    >>> difference_of_means(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([False, True])).tolist()
    [2.0, 0.0]
    """
    codes, labels = _checked(codes, labels)
    return codes[labels].mean(axis=0) - codes[~labels].mean(axis=0)


def logistic_regression(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the normal of the plane that separates codes with an attribute from those without.

    The plane is that of a logistic regression with an L2 penalty, on standardized dimensions.
    Attributes that merely occur together with this one do not affect the plane, so the direction
    leaves them alone. Its length is the distance of the class means along the normal.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean array of shape `(count,)`, of both values.

    Returns:
        A float64 array of shape `(latent_dim,)`.

    Raises:
        ValueError: as `difference_of_means`.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(500, 3))
    >>> direction = logistic_regression(codes, codes[:, 1] > 0)
    >>> int(np.abs(direction).argmax())
    1
    """
    from sklearn.linear_model import LogisticRegression  # as in mixture.py

    codes, labels = _checked(codes, labels)
    deviations = np.maximum(codes.std(axis=0), 1e-8)
    regression = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky", tol=1e-8)
    normal = regression.fit((codes - codes.mean(axis=0)) / deviations, labels).coef_[0]
    distance = normal @ (difference_of_means(codes, labels) / deviations) / (normal @ normal)
    return distance * normal * deviations


def principal_component(codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the principal component that an attribute correlates with most, as a baseline.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean array of shape `(count,)`, of both values.

    Returns:
        A float64 array of shape `(latent_dim,)`, as long as the distance of the class means along
        the component.

    Raises:
        ValueError: as `difference_of_means`.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(500, 3)) * [3.0, 2.0, 1.0]
    >>> int(np.abs(principal_component(codes, codes[:, 1] > 0)).argmax())
    1
    """
    from sklearn.decomposition import PCA

    codes, labels = _checked(codes, labels)
    gap = difference_of_means(codes, labels)
    fitted = PCA().fit(codes)
    along = fitted.components_ @ gap / np.sqrt(np.maximum(fitted.explained_variance_, 1e-12))
    component = fitted.components_[np.abs(along).argmax()]
    return component * (component @ gap)


def contextual(codes: np.ndarray, labels: np.ndarray) -> ContextualDirection:
    """Return the step to an attribute as a function of the code, see `ContextualDirection`.

    On the embedded faces at 64 pixels it brought beards and eyeglasses nearer to the exact
    counterfactuals than one step for all codes. With more parameters it needs thousands of codes.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean array of shape `(count,)`, of both values.

    Returns:
        A `ContextualDirection`.

    Raises:
        ValueError: as `difference_of_means`.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(500, 4))
    >>> contextual(codes, codes[:, 1] > 0).at(codes[:2]).shape
    (2, 4)
    """
    return contextual_direction(*_checked(codes, labels))


DIRECTIONS: Registry[Callable[[np.ndarray, np.ndarray], Direction]] = Registry(
    "method",
    {
        "means": difference_of_means,
        "logistic": logistic_regression,
        "component": principal_component,
        "contextual": contextual,
    },
)


def step_at(direction: Direction, codes: np.ndarray) -> np.ndarray:
    """Return the step along a direction from codes: one for all, or one for each code.

    Args:
        direction: see `fit_directions`.
        codes: array of shape `(count, latent_dim)`.

    Example:

    >>> step_at(np.array([1.0, 2.0]), np.zeros((3, 2))).tolist()
    [1.0, 2.0]
    """
    return direction.at(codes) if isinstance(direction, ContextualDirection) else direction


def orthogonalize(direction: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Remove from a direction its projection onto others.

    Shen et al., "Interpreting the Latent Space of GANs" (2020, https://arxiv.org/abs/1907.10786),
    section 3.2.

    Args:
        direction: array of shape `(latent_dim,)`.
        others: arrays of the same shape.

    Returns:
        The remainder, an array of shape `(latent_dim,)` orthogonal to all others.

    Raises:
        ValueError: if nothing remains, as with as many others as dimensions.

    Example:

    >>> orthogonalize(np.array([1.0, 1.0]), [np.array([0.0, 2.0])]).tolist()
    [1.0, 0.0]
    """
    if not len(others):
        return direction
    vectors, sizes, _ = np.linalg.svd(np.stack(others, axis=1), full_matrices=False)
    basis = vectors[:, sizes > 1e-6 * sizes[0]]
    left = direction - basis @ (basis.T @ direction)
    if np.linalg.norm(left) < 1e-6 * np.linalg.norm(direction):
        raise ValueError(
            f"Expected a direction that {len(others)} others do not span. Received: "
            f"{len(direction)} dimensions, where nothing remains. Use a larger latent_dim, "
            "fewer attributes, or leave orthogonal out."
        )
    return left


def fit_directions(
    codes: np.ndarray,
    labels: Mapping[str, np.ndarray],
    *,
    method: str = "means",
    orthogonal: bool = False,
) -> dict[str, Direction]:
    """Fit a direction for each attribute.

    Args:
        codes: array of shape `(count, latent_dim)`.
        labels: boolean arrays of shape `(count,)` by name; attributes of all or no images are left
            out.
        method: `"means"`, `"logistic"`, `"component"` or `"contextual"`, see `DIRECTIONS`.
        orthogonal: whether to remove from each direction its projection onto the others; not
            possible for directions that depend on the code.

    Returns:
        Float32 arrays of shape `(latent_dim,)` by name, or `ContextualDirection`s. Adding the step
        to the code of an image adds the attribute, subtracting it removes the attribute.

    Raises:
        ValueError: if `orthogonal` is given for directions that depend on the code, or nothing
            remains of one.

    Example:

    >>> codes = np.random.default_rng(0).normal(size=(500, 3))
    >>> labels = {"Smiling": codes[:, 0] > 0, "Bald": np.zeros(500, bool)}
    >>> list(fit_directions(codes, labels))
    ['Smiling']
    """
    check_method(method, orthogonal=orthogonal)
    fitted = {
        name: DIRECTIONS[method](codes, values)
        for name, values in labels.items()
        if 0 < np.count_nonzero(values) < len(values)
    }
    if orthogonal:
        vectors: dict[str, Any] = fitted
        fitted = {
            name: orthogonalize(vector, [vectors[other] for other in vectors if other != name])
            for name, vector in vectors.items()
        }
    return {
        name: direction.astype("float32") if isinstance(direction, np.ndarray) else direction
        for name, direction in fitted.items()
    }


def check_method(method: str, *, orthogonal: bool) -> None:
    """Raise a ValueError unless directions can be fitted by this method.

    Args:
        method: see `fit_directions`.
        orthogonal: see there.

    Example:

    >>> check_method("means", orthogonal=True)
    """
    if DIRECTIONS[method] is contextual and orthogonal:
        raise ValueError(
            "Only directions that do not depend on the code can be made orthogonal. Received: "
            f"method={method!r}. Choose another method, or leave orthogonal out."
        )


def _checked(codes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    codes, labels = np.asarray(codes, "float64"), np.asarray(labels, bool)
    if codes.ndim != 2 or labels.shape != codes.shape[:1] or labels.all() or not labels.any():
        raise ValueError(
            "A direction is fitted to codes of shape (count, latent_dim), some with the attribute "
            f"and some without. Received: codes of shape {codes.shape} and {labels.sum()} of "
            f"{labels.size} labels that are true. Give images of both kinds."
        )
    return codes, labels
