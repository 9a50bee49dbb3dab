"""How good a trained model is: of a run, or of an export."""

from keras_resgen.data.batches import evaluation_batches
from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.evaluation.codes import measure_codes
from keras_resgen.runs.evaluation.edits import measure_edits
from keras_resgen.runs.evaluation.latent_space import measure_attributes, measure_interpolations
from keras_resgen.runs.evaluation.samples import (
    fit_distance_range,
    measure_fitted_priors,
    measure_samples,
    reference_for,
)
from keras_resgen.runs.evaluation.sections import MetricValue, Section
from keras_resgen.runs.latent.codes import choose_rows, encode_rows
from keras_resgen.runs.trained import Trained


def evaluate(trained: Trained, training: ImageSet, held_out: ImageSet) -> list[Section]:
    """Measure all metrics that apply to a trained model.

    Args:
        trained: a run or an export; the latter has no losses.
        training: training images.
        held_out: held-out images.

    Returns:
        Tables of metrics.

    Raises:
        ValueError: if the held-out images are not those of the run.

    Example:

    >>> from pathlib import Path
    >>> from keras_resgen.runs.config import RunConfig
    >>> from keras_resgen.runs.plan.data import load_split
    >>> from keras_resgen.runs.train import train
    >>> from keras_resgen.runs.trained import load_trained
    >>> options = {"image_size": 32, "network": "plain", "width": 2, "epochs": 1}
    >>> config = RunConfig(model="gan", data="faces,count=99", **options)
    >>> trained = load_trained(train(config, Path("runs/gan")).path)
    epoch 1/1 ...
    >>> [section.title for section in evaluate(trained, *load_split(config))]
    ['Training on 89 images', 'Losses on 10 held-out images']
    """
    codes = None
    if trained.model.has_encoder:
        codes = encode_rows(trained, training, choose_rows(training))
    of_features: list[Section] = []
    if real := reference_for(trained, training, held_out):
        in_distribution = fit_distance_range(trained, training)
        of_features = [
            *measure_samples(trained, real, in_distribution, training, held_out),
            *measure_fitted_priors(trained, real, in_distribution, codes, held_out),
            *measure_interpolations(trained, in_distribution, held_out),
        ]
    return [
        *_training(trained),
        *_losses(trained, held_out),
        *of_features,
        *measure_codes(trained, held_out),
        *measure_attributes(trained, codes, training, held_out),
        *measure_edits(trained, training, held_out),
    ]


def _training(trained: Trained) -> list[Section]:
    """What the training took, as the run's summary has it."""
    summary = trained.summary
    if not summary.get("epochs"):
        return []
    found = {
        "parameters": sum(summary["parameters"].values()),
        **{name: summary.get(name) for name in ("epochs", "kept_epoch", "seconds")},
        "seconds_per_epoch": summary["seconds"] / summary["epochs"],
        "peak_memory_mib": summary.get("peak_memory_mib"),
        "alarms": len(summary.get("alarms", ())),
        "failed": float(summary.get("failure") is not None),
    }
    metrics = [
        MetricValue(name, float(value)) for name, value in found.items() if value is not None
    ]
    return [Section(f"Training on {summary['training_images']} images", metrics)]


def _losses(trained: Trained, held_out: ImageSet) -> list[Section]:
    if trained.is_export:
        return []
    config, model = trained.config, trained.model
    model.compile()
    batches = evaluation_batches(
        held_out.images, config.batch_size, trained.data.fit_labels(held_out)
    )
    losses = model.evaluate(batches, return_dict=True, verbose=0)
    metrics = [MetricValue(name, float(value)) for name, value in losses.items()]
    return [Section(f"Losses on {len(held_out)} held-out images", metrics)]
