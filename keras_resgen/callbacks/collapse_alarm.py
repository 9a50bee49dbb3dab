"""Signs that a training is failing, and what to do about them."""

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
    """What a training has logged: the metrics now, and the extremes of each so far.

    Attributes:
        epoch: counted from 1.
        now: metrics by name.
        lowest: of every metric, up to now.
        highest: of every metric, up to now.
        latent_dim: of the model.
    """

    epoch: int
    now: Mapping[str, float]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    latent_dim: int


class Rule(NamedTuple):
    """What tells of a failure.

    Attributes:
        metric: the name in the logs of what is looked at.
        failing: whether a history shows the rule.
        stops: whether training cannot be expected to recover.
        meaning: what the rule means; `{value}` stands for the metric.
        advice: what to try.
    """

    metric: str
    failing: Callable[[History], bool]
    stops: bool
    meaning: str
    advice: str


def rules(features: str = "faces") -> tuple[Rule, ...]:
    """Returns the rules that `CollapseAlarm` looks for.

    The bounds are such that healthy trainings, which dip and recover, pass them; see
    `scripts/experiments/collapse_on_purpose.py`.

    Args:
        features: name of the features whose distances are logged.

    Example:

    >>> [rule.metric for rule in rules() if rule.stops]
    ['val_diversity_faces', 'val_coverage_faces', 'val_duplicates_faces', 'val_diversity_faces']
    """
    distance, diversity = f"val_frechet_{features}", f"val_diversity_{features}"
    coverage, duplicates = f"val_coverage_{features}", f"val_duplicates_{features}"
    gradient = "val_score_gradient_norm"

    def worse(history: History) -> bool:
        """Whether images are farther from real ones than they were: what improves is no failure."""
        return distance in history.now and history.now[distance] > 1.25 * history.lowest[distance]

    return (
        Rule(
            diversity,
            lambda c: c.now[diversity] < 0.5 * c.highest[diversity] and worse(c),
            True,
            "generated images have lost half of their diversity, or more: their features vary "
            "{value:.0%} as much as those of real ones",
            f"{GAN_ADVICE}, or another latent_dim. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            coverage,
            # Below a tenth, halving may be chance.
            lambda c: c.now[coverage] < 0.5 * c.highest[coverage] > 0.05 and worse(c),
            True,
            "generated images reach {value:.0%} of the real ones, not half as many as before",
            f"{GAN_ADVICE}. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            duplicates,
            lambda c: c.now[duplicates] > 0.5 and c.lowest[duplicates] < 0.25 and worse(c),
            True,
            "{value:.0%} of generated images have a duplicate, where 1% of real ones do",
            f"{GAN_ADVICE}, or a larger latent_dim. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            diversity,
            lambda c: c.epoch > 10 and c.now[diversity] < 0.05,
            True,
            "generated images are all alike: their features vary {value:.1%} as much as those of "
            "real ones",
            f"{GAN_ADVICE}, or another learning rate. {AUTOENCODER_ADVICE}",
        ),
        Rule(
            "discriminator_accuracy",
            lambda c: c.now["discriminator_accuracy"] > 0.99,
            False,
            "the discriminator is right {value:.1%} of the time, so that little can be learned "
            "from it",
            "Try a smaller learning rate for the discriminator, a gradient penalty (--r1), "
            "--discriminator-normalization spectral, or wgan-gp.",
        ),
        Rule(
            gradient,
            lambda c: not 0.05 * c.highest[gradient] < c.now[gradient] < 20 * c.lowest[gradient],
            False,
            "the discriminator has become flat, or very steep: its gradient's norm is {value:.2g}",
            "Try a gradient penalty (--r1, or wgan-gp), or a smaller learning rate.",
        ),
        Rule(
            "val_active_units",
            lambda c: c.now["val_active_units"] < 0.02 * c.latent_dim,
            False,
            "the posterior has collapsed: {value:.0f} latent dimensions change with the image",
            "Try a smaller beta, --kl-schedule linear, or --free-bits.",
        ),
    )


class CollapseAlarm(keras.callbacks.Callback):
    """Warns of a training that fails, and ends one whose images have become alike.

    It reads what `DistributionMonitor` and `LatentMonitor` log, so it comes after these, and before
    `EarlyStopping`, which brings back the best weights when training ends
    (`restore_best_weights=True`).

    Args:
        features: name of the features whose distances are logged.
        patience: how many measurements in a row must show a rule.
        stop: whether to end training where it cannot be expected to recover, or only to warn, as
            for models that are trained for something else than samples.
        report: called with a sentence for every alarm.

    Attributes:
        alarms: pairs of an epoch, counted from 1, and the sentence that was reported.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> alarm = CollapseAlarm(patience=1)
    >>> alarm.set_model(model)
    >>> alarm.on_train_begin()
    >>> alarm.on_epoch_end(0, {"val_frechet_faces": 5.0, "val_diversity_faces": 0.8})
    >>> alarm.on_epoch_end(1, {"val_frechet_faces": 9.0, "val_diversity_faces": 0.1})
    Alarm at epoch 2: generated images have lost half of their diversity, or more: ...
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
        self._forget()

    def _forget(self) -> None:
        self.alarms: list[tuple[int, str]] = []
        self.counts = [0] * len(self.rules)
        self.lowest: dict[str, float] = {}
        self.highest: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forgets an earlier training."""
        self._forget()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Looks at the metrics."""
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
