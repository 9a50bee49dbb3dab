"""A callback that keeps the weights of the best epochs."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from keras_resgen.files import move_into_place, temporary_path

SUFFIX = ".weights.h5"


class BestWeights(keras.callbacks.Callback):
    """Callback that keeps the weights of the best few epochs in a folder.

    `keras.callbacks.ModelCheckpoint` keeps one epoch, or all. Files are named after their epoch,
    `epoch-0007.weights.h5`, and hold the moving averages of weights if the optimizer keeps them.

    Args:
        folder: folder of the files; created if missing.
        monitor: name of the metric in the logs.
        keep: number of epochs whose weights are kept.
        mode: `"min"` if lower is better, `"max"` if higher is; see
            `keras_resgen.metrics.metric_direction`.
        save: called with a path to write the weights to; by default `model.save_weights`, which
            writes a compiled model's optimizer too.

    Raises:
        ValueError: if `keep` is not positive, or the mode is unknown.

    Attributes:
        kept: pairs of an epoch, counted from 1, and its metric, the best first.

    Example:

    >>> from keras_resgen.models import Autoencoder
    >>> model = Autoencoder.create(image_size=32, network="plain", width=2, latent_dim=4)
    >>> model.compile()
    >>> best = BestWeights("best", "loss", keep=2)
    >>> images = np.random.default_rng(0).random((8, 32, 32, 3)).astype("float32")
    >>> history = model.fit(images, epochs=3, verbose=0, callbacks=[best])
    >>> sorted(path.name for path in Path("best").iterdir())
    ['epoch-0002.weights.h5', 'epoch-0003.weights.h5']
    """

    state_attributes = ("kept",)

    def __init__(
        self,
        folder: str | Path,
        monitor: str,
        *,
        keep: int = 3,
        mode: str = "min",
        save: Callable[[Path], None] | None = None,
    ) -> None:
        super().__init__()
        if keep < 1:
            raise ValueError(
                f"keep must be 1 or more. Received: {keep}. Leave the callback out to keep none."
            )
        if mode not in ("min", "max"):
            raise ValueError(
                f'mode must be "min" or "max". Received: {mode!r}. Choose "min" for a distance.'
            )
        self.folder = Path(folder)
        self.monitor = monitor
        self.keep = keep
        self.mode = mode
        self.save = save
        self.kept: list[tuple[int, float]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Create the folder and reset the state."""
        self.kept = []
        self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save the weights if they are among the best, and removes those that no longer are."""
        logs = logs or {}
        metric = logs.get(self.monitor)
        if metric is None or not all(math.isfinite(value) for value in logs.values()):
            return  # after a failure, FiniteGuard has restored the weights of another epoch
        ranked = sorted(
            [*self.kept, (epoch + 1, float(metric))],
            key=lambda pair: pair[1],
            reverse=self.mode == "max",
        )
        self.kept, rejected = ranked[: self.keep], ranked[self.keep :]
        if epoch + 1 in [kept for kept, _ in self.kept]:
            path = self.path(epoch + 1)
            temporary = temporary_path(path)
            with self.model.averaged_weights():
                (self.save or self.model.save_weights)(temporary)
            move_into_place(temporary, path)
        for other, _ in rejected:
            self.path(other).unlink(missing_ok=True)

    def path(self, epoch: int) -> Path:
        """Return the file of an epoch, counted from 1."""
        return self.folder / f"epoch-{epoch:04d}{SUFFIX}"


def parse_epoch(path: Path) -> int:
    """Return the epoch of a file, counted from 1.

    Args:
        path: path of a file that `BestWeights` wrote.

    Example:

    >>> parse_epoch(Path("best/epoch-0007.weights.h5"))
    7
    """
    return int(path.name.removeprefix("epoch-").removesuffix(SUFFIX))
