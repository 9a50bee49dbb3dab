"""Metrics of attribute edits, which compare them with exact counterfactuals."""

from typing import NamedTuple

import numpy as np

from keras_resgen.metrics.predictions import BINARY, predict_binary_factors


class EditQuality(NamedTuple):
    """Metrics of an edit of drawn faces, for which exact counterfactuals exist.

    Attributes:
        error: mean squared difference from the counterfactual.
        unedited_error: the same for the images before the edit.
        target: change of the predicted probability of the edited factor.
        exact_target: the same for the counterfactuals.
        others: mean absolute change of the predicted probabilities of the other binary factors.
        exact_others: the same for the counterfactuals, a lower bound in practice.
    """

    error: float
    unedited_error: float
    target: float
    exact_target: float
    others: float
    exact_others: float


def edit_quality(
    images: np.ndarray,
    start: np.ndarray,
    edited: np.ndarray,
    counterfactuals: np.ndarray,
    factor: str,
) -> EditQuality:
    """Compare edited images with exact counterfactuals.

    Args:
        images: drawn faces without an attribute, of shape `(count, size, size, 3)` in [0, 1].
        start: the images before the edit: `images`, or their reconstructions.
        edited: the images after the edit.
        counterfactuals: the same faces, drawn with the attribute.
        factor: name of the edited binary factor, see
            `keras_resgen.data.faces.FACTORS`.

    Raises:
        ValueError: if `factor` is not a binary factor.

    Example:

    >>> from keras_resgen.data import faces
    >>> factors = faces.counterfactual(faces.sample_factors(8), eyeglasses=0)
    >>> without = faces.draw(factors, 32) / 255
    >>> with_them = faces.draw(faces.counterfactual(factors, eyeglasses=1), 32) / 255
    >>> found = edit_quality(without, without, with_them, with_them, "eyeglasses")
    >>> found.error, found.target > 0.9
    (0.0, True)
    """
    if factor not in BINARY:
        raise ValueError(
            f"factor must be one of {list(BINARY)}. Received: {factor!r}. Choose one of these."
        )
    before, after, exact_before, exact_after = (
        predict_binary_factors(part) for part in (start, edited, images, counterfactuals)
    )
    other = [name != factor for name in BINARY]
    column = BINARY.index(factor)
    return EditQuality(
        error=_squared_error(edited, counterfactuals),
        unedited_error=_squared_error(start, counterfactuals),
        target=float((after - before)[:, column].mean()),
        exact_target=float((exact_after - exact_before)[:, column].mean()),
        others=float(np.abs(after - before)[:, other].mean()),
        exact_others=float(np.abs(exact_after - exact_before)[:, other].mean()),
    )


def _squared_error(images: np.ndarray, others: np.ndarray) -> float:
    return float(np.square(np.asarray(images, "float64") - others).mean())
