"""A callback that detects mode collapse and other failures, and the rules it goes by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import keras

GAN_ADVICE = "For a GAN, try wgan-gp, a gradient penalty (--r1), a smaller learning rate"
AUTOENCODER_ADVICE = (
    "The codes of an autoencoder need not follow the prior that samples are drawn from: for good "
    "samples, try a vae or an aae, or a larger beta."
)


@dataclass
class History:
    """The metrics of an epoch, and the extremes of each metric so far.

    Attributes:
        epoch: counted from 1.
        now: metrics of this epoch by name.
        lowest: lowest value of each metric so far.
        highest: highest value of each metric so far.
        latent_dim: number of latent dimensions of the model.
    """

    epoch: int
    now: Mapping[str, float]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    latent_dim: int


class Rule(NamedTuple):
    """A rule that detects a failure from the history of metrics.

    Attributes:
        metric: name of the metric in the logs; epochs without it are skipped.
        failing: returns whether a history shows the failure.
        stops: whether training is not expected to recover.
        meaning: the message; `{value}` is replaced by the metric.
        advice: advice for the user.
    """

    metric: str
    failing: Callable[[History], bool]
    stops: bool
    meaning: str
    advice: str


def rules(features: str = "faces") -> tuple[Rule, ...]:
    """Return the rules of `CollapseAlarm`.

    Healthy training runs, which dip and recover, stay within their bounds, see
    `scripts/experiments/collapse_on_purpose.py`.

    Args:
        features: name of the feature extractor whose distances are logged.

    Example:

    >>> [rule.metric for rule in rules() if rule.stops]
    ['val_diversity_faces', 'val_coverage_faces', 'val_duplicates_faces', 'val_diversity_faces']
    """
    distance, diversity = f"val_frechet_{features}", f"val_diversity_{features}"
    coverage, duplicates = f"val_coverage_{features}", f"val_duplicates_{features}"
    gradient = "val_score_gradient_norm"

    def worse(history: History) -> bool:
        """Return whether the distance has grown: a model that improves is not failing."""
        return distance in history.now and history.now[distance] > 1.25 * history.lowest[distance]

    return (
        Rule(
            diversity,
            lambda c: c.now[diversity] < 0.5 * c.highest[diversity] and worse(c),
            True,
            "generated images have lost at least half of their diversity: the variance of their "
            "features is {value:.0%} of that of real images",
            f"{GAN_ADVICE}, or another latent_dim. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            coverage,
            # Below a tenth, coverage may halve by chance.
            lambda c: c.now[coverage] < 0.5 * c.highest[coverage] > 0.05 and worse(c),
            True,
            "generated images cover {value:.0%} of real images, less than half as many as before",
            f"{GAN_ADVICE}. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            duplicates,
            lambda c: c.now[duplicates] > 0.5 and c.lowest[duplicates] < 0.25 and worse(c),
            True,
            "{value:.0%} of generated images have a near-duplicate, "
            "compared with 1% of real images",
            f"{GAN_ADVICE}, or a larger latent_dim. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            diversity,
            lambda c: c.epoch > 10 and c.now[diversity] < 0.05,
            True,
            "generated images are all alike: the variance of their features is {value:.1%} of "
            "that of real images",
            f"{GAN_ADVICE}, or another learning rate. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            "discriminator_accuracy",
            lambda c: c.now["discriminator_accuracy"] > 0.99,
            False,
            "the accuracy of the discriminator is {value:.1%}, so that the generator learns little "
            "from it",
            "Try a smaller learning rate for the discriminator, a gradient penalty (--r1), "
            "--discriminator-normalization spectral, or wgan-gp.",
        ),
        Rule(
            gradient,
            lambda c: not 0.05 * c.highest[gradient] < c.now[gradient] < 20 * c.lowest[gradient],
            False,
            "the gradient of the discriminator has vanished or exploded: its norm is {value:.2g}",
            "Try a gradient penalty (--r1, or wgan-gp), or a smaller learning rate.",
        ),
        Rule(
            "val_active_units",
            lambda c: c.now["val_active_units"] < 0.02 * c.latent_dim,
            False,
            "the posterior has collapsed: {value:.0f} latent dimensions vary with the image",
            "Try a smaller beta, --kl-schedule linear, or --free-bits.",
        ),
    )


class CollapseAlarm(keras.callbacks.Callback):
    """Callback that warns of failures, and stops training when generated images collapse.

    It reads the metrics that `DistributionMonitor` and `LatentMonitor` log. Put it after these, and
    before `EarlyStopping(restore_best_weights=True)`, which restores the best weights when training
    ends.

    Args:
        features: name of the feature extractor whose distances are logged.
        patience: number of consecutive measurements that must show a failure.
        stop: whether to stop training after failures that it is not expected to recover from. If
            False, only warn, as for models that are not trained for samples.
        report: called with a message for each alarm.

    Attributes:
        alarms: pairs of an epoch, counted from 1, and its message.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> alarm = CollapseAlarm(patience=1)
    >>> alarm.set_model(model)
    >>> alarm.on_train_begin()
    >>> alarm.on_epoch_end(0, {"val_frechet_faces": 5.0, "val_diversity_faces": 0.8})
    >>> alarm.on_epoch_end(1, {"val_frechet_faces": 9.0, "val_diversity_faces": 0.1})
    Alarm at epoch 2: generated images have lost at least half of their diversity: ...
    >>> model.stop_training
    True
    """

    state_attributes = ("alarms", "counts", "lowest", "highest")

    def __init__(
        self,
        features: str = "faces",
        *,
        patience: int = 2,
        stop: bool = True,
        report: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.rules = rules(features)
        self.patience = patience
        self.stop = stop
        self.report = report
        self._reset()

    def _reset(self) -> None:
        self.alarms: list[tuple[int, str]] = []
        self.counts = [0] * len(self.rules)
        self.lowest: dict[str, float] = {}
        self.highest: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Reset the state."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Apply the rules to the metrics of the epoch."""
        now = {name: float(value) for name, value in (logs or {}).items()}
        for name, value in now.items():
            self.lowest[name] = min(value, self.lowest.get(name, value))
            self.highest[name] = max(value, self.highest.get(name, value))
        history = History(epoch + 1, now, self.lowest, self.highest, self.model.latent_dim)
        for index, rule in enumerate(self.rules):
            if rule.metric in now:
                self.counts[index] = self.counts[index] + 1 if rule.failing(history) else 0
                if self.counts[index] == self.patience:
                    self._raise(rule, history)

    def _raise(self, rule: Rule, history: History) -> None:
        text = f"{rule.meaning.format(value=history.now[rule.metric])}. {rule.advice}"
        self.alarms.append((history.epoch, text))
        self.report(f"Alarm at epoch {history.epoch}: {text}")
        if rule.stops and self.stop:
            self.model.stop_training = True
