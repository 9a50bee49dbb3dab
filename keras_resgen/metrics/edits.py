"""Whether an edit changes what it should, and nothing else."""

from typing import NamedTuple

import numpy as np

from keras_resgen.metrics.predictions import BINARY, predict_binary_factors


class EditQuality(NamedTuple):
    """Metrics of an edit of drawn faces, whose exact counterfactuals are known.

    Attributes:
        error: mean squared difference from the counterfactual.
        unedited_error: the same of the images before the edit: what doing nothing would cost.
        target: how much the edit changed the reading of its factor: 1 from surely absent to surely
            there, where the counterfactual's own is `exact_target`.
        exact_target: the same of the counterfactuals.
        others: mean absolute change of the predictions of the other binary factors.
        exact_others: the same of the counterfactuals: what cannot be helped.
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
    """Compares an edit with the exact counterfactual.

    Args:
        images: drawn faces without something, of shape `(count, size, size, 3)` in [0, 1].
        start: what the edit began from: the images, or their reconstructions.
        edited: what came of it.
        counterfactuals: the same faces, drawn with it.
        factor: name of the binary factor that was to be changed, see
            `keras_resgen.data.faces.FACTORS`.

    Raises:
        ValueError: if there is no such binary factor.

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
