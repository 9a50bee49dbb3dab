"""The table of metrics: what each means, whether lower or higher is better, and its baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from keras_resgen.registry import Registry

Direction = Literal["min", "max"]

REAL = "real vs. real"
CROSS_FADE = "cross-fade"
COUNTERFACTUAL = "counterfactual"

# What follows the name of a metric that is measured once for each of something.
SUFFIXES = {
    "features": r"\w+",
    "attribute": r"\w+",
    "factor": r"\w+",
    "size": r"\d+",
}


@dataclass(frozen=True)
class Metric:
    """The definition of a metric, which tables, early stopping, reports and documentation read.

    Attributes:
        name: the name in logs and tables, without what `per` adds.
        description: description in one line.
        direction: `"min"` if lower is better, `"max"` if higher is; None if neither is.
        unit: the range or the unit of its values.
        baseline: name of its baseline, as the heading of a column; None without one.
        per: completion of the name: `"features"` (`frechet_faces`), `"attribute"`
            (`linear_probe_auc_Smiling`), `"factor"` (`edit_error_smile`) or `"size"`
            (`sliced_wasserstein_32`); None for a name that is complete.
        is_also_mean: whether the name without `per` is logged too, for the mean.
        is_of_fitted_priors: whether it is also measured on samples of priors fitted to codes, whose
            name comes first (`gaussian_frechet_faces`).
        kind: `"quality"` and `"cost"` are in the first table of `resgen compare`; qualities are
            plotted too.
        ranks: whether `resgen compare` may rank variants by it.
        is_in_progress: whether the line of an epoch shows it.
        paper: paper that defines it.

    Example:

    >>> METRICS["psnr"].direction
    'max'
    """

    name: str
    description: str
    direction: Direction | None
    unit: str = ""
    baseline: str | None = None
    per: Literal["features", "attribute", "factor", "size"] | None = None
    is_also_mean: bool = False
    is_of_fitted_priors: bool = False
    kind: Literal["quality", "cost"] | None = None
    ranks: bool = False
    is_in_progress: bool = False
    paper: str = ""

    def __post_init__(self) -> None:
        """Check the direction.

        Raises:
            ValueError: if it is none of the three.
        """
        if self.direction not in ("min", "max", None):
            raise ValueError(
                f'direction must be "min", "max" or None. Received: {self.direction!r}. '
                'Choose "min" for a distance.'
            )

    @property
    def arrow(self) -> str:
        """An arrow down if lower is better, up if higher is, else nothing."""
        return {"min": "↓", "max": "↑", None: ""}[self.direction]

    @property
    def pattern(self) -> str:
        """The name with a placeholder for what completes it, as documentation shows it."""
        if self.per is None:
            return self.name
        return f"{self.name}[_<{self.per}>]" if self.is_also_mean else f"{self.name}_<{self.per}>"

    def matches(self, name: str) -> bool:
        """Return whether a complete name, without `val_`, is one of this metric."""
        prefix = r"([a-z0-9]+_)?" if self.is_of_fitted_priors else ""
        suffix = "" if self.per is None else f"_{SUFFIXES[self.per]}"
        if self.is_also_mean:
            suffix = f"({suffix})?"
        return re.fullmatch(f"{prefix}{re.escape(self.name)}{suffix}", name) is not None


METRICS: Registry[Metric] = Registry("metric")


def _add(*metrics: Metric) -> None:
    for metric in metrics:
        METRICS.register(metric.name)(metric)


# Distances and shares in a network's features. Tables show metrics in the order of these rows.
_add(
    Metric(
        "frechet",
        "Frechet distance of generated and real images in a network's features",
        "min",
        "0 or more",
        REAL,
        per="features",
        is_of_fitted_priors=True,
        kind="quality",
        ranks=True,
        is_in_progress=True,
        paper="Heusel et al. 2017, https://arxiv.org/abs/1706.08500",
    ),
    Metric(
        "kernel",
        "Squared maximum mean discrepancy of generated and real images, with a cubic kernel",
        "min",
        "about 0 or more",
        REAL,
        per="features",
        paper="Binkowski et al. 2018, https://arxiv.org/abs/1801.01401",
    ),
    Metric(
        "precision",
        "Share of generated images within the neighborhood of a real one",
        "max",
        "0 to 1",
        REAL,
        per="features",
        paper="Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991",
    ),
    Metric(
        "recall",
        "Share of real images within the neighborhood of a generated one",
        "max",
        "0 to 1",
        REAL,
        per="features",
        paper="Kynkäänniemi et al. 2019, https://arxiv.org/abs/1904.06991",
    ),
    Metric(
        "density",
        "Mean number of real neighborhoods that contain a generated image, over their expected "
        "number",
        "max",
        "0 or more",
        REAL,
        per="features",
        paper="Naeem et al. 2020, https://arxiv.org/abs/2002.09797",
    ),
    Metric(
        "in_distribution",
        "Share of generated images as far from the mean of real ones as real images are, by "
        "Mahalanobis distance",
        "max",
        "0 to 1",
        REAL,
        per="features",
        is_of_fitted_priors=True,
        kind="quality",
        paper="Lee et al. 2018, https://arxiv.org/abs/1807.03888",
    ),
    Metric(
        "coverage",
        "Share of real images with a generated one in their neighborhood",
        "max",
        "0 to 1",
        REAL,
        per="features",
        is_of_fitted_priors=True,
        kind="quality",
        is_in_progress=True,
        paper="Naeem et al. 2020, https://arxiv.org/abs/2002.09797",
    ),
    Metric(
        "duplicates",
        "Share of generated images with a near-duplicate among them",
        "min",
        "0 to 1",
        per="features",
        kind="quality",
    ),
    Metric(
        "diversity",
        "Variance of the features of generated images relative to real ones",
        "max",
        "0 or more; 1 for as diverse",
        per="features",
        kind="quality",
    ),
)

# Pixels of samples, and what a discriminator says about them.
_add(
    Metric(
        "pairwise_similarity",
        "MS-SSIM between pairs of generated images; higher than the baseline shows repetition",
        "min",
        "0 to 1",
        REAL,
        paper="Odena et al. 2017, https://arxiv.org/abs/1610.09585",
    ),
    Metric(
        "sharpness",
        "High-frequency energy of generated images relative to real ones",
        None,
        "0 or more; 1 for as sharp, above for noise",
        REAL,
        kind="quality",
        paper="Pertuz et al. 2013",
    ),
    Metric(
        "sliced_wasserstein",
        "Sliced Wasserstein distance of patches at one scale, times 1000",
        "min",
        "0 or more",
        REAL,
        per="size",
        paper="Karras et al. 2018, https://arxiv.org/abs/1710.10196",
    ),
    Metric(
        "score_gradient_norm",
        "Norm of the discriminator's gradient at generated images",
        None,
        "0 or more",
    ),
    Metric(
        "discriminator_accuracy",
        "Share of images that the discriminator takes rightly for real or generated",
        None,
        "0 to 1",
    ),
    Metric("wasserstein_distance", "The critic's estimate of the Wasserstein distance", "min"),
    Metric("gradient_penalty", "Gradient penalty of the critic", "min", "0 or more"),
)

# Reconstructions and codes.
_add(
    Metric(
        "psnr",
        "Peak signal-to-noise ratio of reconstructions",
        "max",
        "dB",
        kind="quality",
        ranks=True,
    ),
    Metric(
        "ssim",
        "Structural similarity of reconstructions",
        "max",
        "at most 1",
        paper="Wang et al. 2004",
    ),
    Metric(
        "multiscale_ssim",
        "Structural similarity of reconstructions over several scales",
        "max",
        "0 to 1",
        kind="quality",
        paper="Wang et al. 2003",
    ),
    Metric(
        "prior_mmd",
        "Squared maximum mean discrepancy of codes and draws of the prior",
        "min",
        "about 0 to 2",
        kind="quality",
        paper="Tolstikhin et al. 2018, https://arxiv.org/abs/1711.01558",
    ),
    Metric(
        "active_units",
        "Number of latent dimensions whose posterior mean varies with the image",
        "max",
        "0 to latent_dim",
        kind="quality",
        paper="Burda et al. 2016, https://arxiv.org/abs/1509.00519",
    ),
    Metric(
        "evidence_lower_bound",
        "Evidence lower bound (ELBO) of the log-likelihood of an image",
        "max",
        "nats",
        paper="Kingma and Welling 2014, https://arxiv.org/abs/1312.6114",
    ),
    Metric(
        "importance_weighted",
        "Importance-weighted lower bound of the log-likelihood of an image",
        "max",
        "nats",
        paper="Burda et al. 2016, https://arxiv.org/abs/1509.00519",
    ),
    Metric(
        "linear_probe_auc",
        "AUC of a linear probe that predicts an attribute from codes; the mean over attributes",
        "max",
        "0 to 1; 0.5 by chance",
        per="attribute",
        is_also_mean=True,
        kind="quality",
        paper="Alain and Bengio 2016, https://arxiv.org/abs/1610.01644",
    ),
)

# Edits and interpolations.
_add(
    Metric(
        "edit_error",
        "Squared error of edits from exact counterfactuals, relative to a linear baseline's",
        "min",
        "0 or more; 1 for no better than PCA",
        per="factor",
        is_also_mean=True,
        kind="quality",
    ),
    Metric(
        "edit_change",
        "Share of the intended change that an edit makes",
        "max",
        "1 for all of it",
        per="factor",
        is_also_mean=True,
        kind="quality",
    ),
    Metric(
        "edit_others",
        "Mean absolute change of the other factors by an edit",
        "min",
        "0 to 1",
        COUNTERFACTUAL,
        per="factor",
        is_also_mean=True,
    ),
    Metric(
        "interpolation_path_length_ratio",
        "Length of the straight line over the length of an interpolation's path, in features",
        "max",
        "0 to 1",
        CROSS_FADE,
        kind="quality",
    ),
    Metric(
        "interpolation_largest_step",
        "Largest step of an interpolation over its mean step, in features",
        "min",
        "1 or more",
        CROSS_FADE,
        kind="quality",
    ),
    Metric(
        "interpolation_in_distribution",
        "Share of in-distribution images along interpolations, by Mahalanobis distance",
        "max",
        "0 to 1",
        CROSS_FADE,
        kind="quality",
    ),
)

# What training costs.
_add(
    Metric("parameters", "Number of weights of all networks", None, kind="cost"),
    Metric("epochs", "Number of epochs trained", None, kind="cost"),
    Metric("kept_epoch", "Epoch whose weights were kept", None, kind="cost"),
    Metric("seconds", "Duration of the training run", "min", "seconds", kind="cost"),
    Metric("seconds_per_epoch", "Mean duration of an epoch", "min", "seconds", kind="cost"),
    Metric("peak_memory_mib", "Peak memory of the training process", "min", "MiB", kind="cost"),
    Metric("alarms", "Number of alarms raised while training", "min", kind="cost"),
    Metric("failed", "1 if a metric or a weight became NaN or infinite", "min", kind="cost"),
)

LOSS = Metric("loss", "Loss that a phase of training minimizes", "min")


def find_metric(name: str) -> Metric:
    """Return the definition of a metric by the name that logs and tables give it.

    The prefix `val_` is left out. Names of losses end in `loss`. A name that ends in `_error` and
    is no metric by itself is the standard error of one.

    Args:
        name: such as `"val_frechet_faces"`, `"gaussian_coverage_faces"`, `"generator_loss"` or
            `"prior_mmd_error"`.

    Raises:
        ValueError: if no metric has this name.

    Example:

    >>> find_metric("val_frechet_faces").name, find_metric("linear_probe_auc_Smiling").unit
    ('frechet', '0 to 1; 0.5 by chance')
    """
    own = name.removeprefix("val_")
    if own == "loss" or own.endswith("_loss"):
        return replace(LOSS, name=own)
    if own.endswith("_error") and (base := _match(own.removesuffix("_error"))) is not None:
        return replace(
            base,
            name=own,
            description=f"Standard error of {own.removesuffix('_error')}",
            direction="min",
            per=None,
            kind=None,
            ranks=False,
            is_in_progress=False,
        )
    found = _match(own)
    if found is None:
        known = ", ".join(metric.pattern for metric in METRICS.values())
        raise ValueError(
            f"Expected the name of a metric: {known}, or a loss. Received: {name!r}. "
            "Choose one of these names, or add a row to keras_resgen.metrics.METRICS."
        )
    return found


def known_metric(name: str) -> Metric | None:
    """Return the definition of a metric, or None if `METRICS` has no such metric.

    For files and tables, which may hold metrics of an extension that is not imported.

    Args:
        name: see `find_metric`.

    Example:

    >>> known_metric("my_metric")
    """
    try:
        return find_metric(name)
    except ValueError:
        return None


def _match(name: str) -> Metric | None:
    """The metric of a name; the one with the longest name of its own if there are several."""
    matching = [metric for metric in METRICS.values() if metric.matches(name)]
    return max(matching, key=lambda metric: len(metric.name), default=None)


def metric_direction(name: str, metrics: Iterable[Any] = ()) -> Direction:
    """Return whether a metric is to be minimized or maximized, the `mode` of Keras's callbacks.

    Args:
        name: name of a metric in the logs, see `find_metric`.
        metrics: Keras metrics that the logs may hold too, such as `model.metrics`. Keras knows the
            direction of its own ones.

    Raises:
        ValueError: if the metric is unknown, or neither lower nor higher is better.

    Example:

    >>> metric_direction("val_coverage_faces"), metric_direction("val_frechet_faces")
    ('max', 'min')
    """
    for metric in metrics:
        direction = getattr(metric, "_direction", None)
        if direction is not None and metric.name == name.removeprefix("val_"):
            return "max" if direction == "up" else "min"
    found = find_metric(name).direction
    if found is None:
        raise ValueError(
            f"Expected a metric that is better when lower or when higher. Received: {name!r}, "
            "which is neither. Choose another metric, or pass a mode to the callback."
        )
    return found


def metrics_as_markdown() -> str:
    """Return the table of all metrics as Markdown, as docs/metrics.md shows it.

    Example:

    >>> print(metrics_as_markdown().splitlines()[0])
    | metric | better | measures | values | baseline | paper |
    """
    columns = ("metric", "better", "measures", "values", "baseline", "paper")
    lines = [columns, ("---",) * len(columns)]
    for metric in METRICS.values():
        better = {"min": "lower", "max": "higher", None: ""}[metric.direction]
        lines.append(
            (
                f"`{metric.pattern}`",
                better,
                metric.description,
                metric.unit,
                metric.baseline or "",
                metric.paper,
            )
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
