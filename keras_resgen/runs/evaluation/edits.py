"""Attribute edits of drawn faces vs. the same faces drawn with the attribute."""

from typing import Any, NamedTuple

import numpy as np

from keras_resgen.data import faces
from keras_resgen.data.image_set import ImageSet
from keras_resgen.latent import PrincipalComponents, edit, fit_directions
from keras_resgen.metrics.edits import EditQuality, edit_quality
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.latent.codes import encode_rows
from keras_resgen.runs.plan.monitoring import spread
from keras_resgen.runs.trained import Trained

# By CelebA's names: the factor, and the sign of the direction that adds it.
EDITS = {"Eyeglasses": ("eyeglasses", 1.0), "No_Beard": ("beard", -1.0), "Smiling": ("smile", 1.0)}
MOST_CODED, MOST_EDITED = 2000, 300
MOST_PIXELS = 2**26  # of all faces together; principal components hold several copies
FEWEST_EDITED = 20


class EditTrial(NamedTuple):
    """A measured edit.

    Attributes:
        attribute: the added attribute.
        method: method of its direction.
        quality: quality of the model's edits.
        baseline: quality of edits by as many principal components and the difference of means.
    """

    attribute: str
    method: str
    quality: EditQuality
    baseline: EditQuality


def edit_trials(
    trained: Trained,
    training: ImageSet,
    held_out: ImageSet,
    methods: tuple[str, ...] = ("means",),
    *,
    keep_details: bool = True,
) -> list[EditTrial]:
    """Add attributes to held-out faces that do not have them.

    Args:
        trained: a run or export of an unconditional model with an encoder.
        training: drawn faces, of which at most 2,000 are encoded.
        held_out: drawn faces, of which at most 300 are edited.
        methods: methods of directions, see `keras_resgen.latent.fit_directions`.
        keep_details: whether to edit the faces themselves instead of their reconstructions, so that
            the blur of reconstructions does not count.

    Returns:
        A trial for every attribute and method; none where there are too few faces.
    """
    pixels_each = int(np.prod(training.images.shape[1:]))
    most = max(MOST_PIXELS // pixels_each, FEWEST_EDITED)
    rows = spread(training, min(len(training), MOST_CODED, most))
    pixels = training.floats(rows)
    components = PrincipalComponents.fit(pixels, min(trained.config.latent_dim, len(rows) - 1))
    coded = {
        "own": (trained.model, encode_rows(trained, training, rows)),
        "baseline": (components, components.encode(pixels)),
    }
    trials = []
    for attribute in EDITS:
        labels = training.attributes[attribute][rows]
        pairs = _pairs(held_out, attribute)
        if len(pairs[0]) < FEWEST_EDITED or labels.all() or not labels.any():
            continue
        baseline = _measured(*coded["baseline"], labels, attribute, "means", *pairs, keep_details)
        for method in methods:
            found = _measured(*coded["own"], labels, attribute, method, *pairs, keep_details)
            trials.append(EditTrial(attribute, method, found, baseline))
    return trials


def _pairs(held_out: ImageSet, attribute: str) -> tuple[np.ndarray, np.ndarray]:
    """Faces without an attribute, and the same faces drawn with it."""
    assert held_out.factors is not None
    factor, _ = EDITS[attribute]
    chosen = np.flatnonzero(held_out.factors[factor] == 0)[:MOST_EDITED]
    factors = {name: values[chosen] for name, values in held_out.factors.items()}
    exact = faces.draw(faces.counterfactual(factors, **{factor: 1}), held_out.image_size)
    return held_out.floats(chosen), exact.astype("float32") / np.float32(255.0)


def _measured(
    model: Any,
    codes: np.ndarray,
    labels: np.ndarray,
    attribute: str,
    method: str,
    images: np.ndarray,
    exact: np.ndarray,
    keep_details: bool,
) -> EditQuality:
    """Of edits along a direction that is fitted to codes and labels."""
    factor, sign = EDITS[attribute]
    directions = fit_directions(codes, {attribute: labels}, method=method)
    start = images if keep_details else model.reconstruct(images)
    edited = edit(model, images, directions, {attribute: sign}, keep_details=keep_details)
    return edit_quality(images, start, edited, exact, factor)


def measure_edits(trained: Trained, training: ImageSet, held_out: ImageSet) -> list[Section]:
    """Measure how close edits come to the counterfactuals.

    `edit_error_...` is the squared error relative to that of the linear baseline;
    `edit_change_...` the change of the predicted factor relative to the counterfactual's;
    `edit_others_...` the mean change of the predictions of other factors, with the
    counterfactual's as its baseline.

    Args:
        trained: a run or an export; models without an encoder and conditional models have no such
            metrics, nor have images other than drawn faces.
        training: training images.
        held_out: held-out images.
    """
    drawn_in_color = training.channels == 3 and held_out.factors is not None
    if not drawn_in_color or not trained.model.has_encoder or trained.config.attribute_names:
        return []
    metrics = {
        EDITS[trial.attribute][0]: (
            MetricValue("edit_error", trial.quality.error / trial.baseline.error),
            MetricValue("edit_change", trial.quality.target / trial.quality.exact_target),
            MetricValue("edit_others", trial.quality.others, trial.quality.exact_others),
        )
        for trial in edit_trials(trained, training, held_out)
    }
    if not metrics:
        return []
    means = [
        MetricValue(of_kind[0].name, float(np.mean([metric.value for metric in of_kind])))
        for of_kind in zip(*metrics.values(), strict=True)
    ]
    each = [
        metric._replace(name=f"{metric.name}_{factor}")
        for factor, of_factor in metrics.items()
        for metric in of_factor
    ]
    return [
        Section("Attributes added to held-out faces vs. the faces drawn with them", means + each)
    ]
