"""Training in the terminal: epoch, images per second, time left, metrics."""

from collections.abc import Container, Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from keras_resgen.callbacks.epoch_clock import EpochClock
from keras_resgen.callbacks.metric_names import error_name, without_errors


class TrainingProgress(EpochClock):
    """Shows a progress bar while training, and one line for every finished epoch.

    Where the output is no terminal, only the lines are printed.

    Args:
        steps_per_epoch: steps in an epoch.
        images_per_step: images that one step consumes.
        console: where to print.
        left_out: metrics that the lines do not show.

    A metric with a standard error, `name_error` beside `name`, is shown with it.

    Example:

    >>> TrainingProgress(steps_per_epoch=10, images_per_step=32, console=Console()).images_per_step
    32
    """

    def __init__(
        self,
        steps_per_epoch: int,
        images_per_step: int,
        console: Console,
        *,
        left_out: Container[str] = (),
    ) -> None:
        super().__init__()
        self.left_out = left_out
        self.steps_per_epoch = steps_per_epoch
        self.images_per_step = images_per_step
        self.console = console
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("{task.fields[rate]:.0f} images/s, left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = TaskID(0)
        self._epoch = 0
        self._epoch_rate: float | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Draw the bar."""
        total = self.params["epochs"] * self.steps_per_epoch
        self._task = self._progress.add_task("", total=total, epoch=1, rate=0.0)
        self._progress.start()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the bar to the epoch's start, which a resumed run does not reach step by step."""
        super().on_epoch_begin(epoch, logs)
        self._epoch = epoch
        self._epoch_rate = None
        self._progress.update(self._task, completed=epoch * self.steps_per_epoch, epoch=epoch + 1)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Advance the bar."""
        done = self._epoch * self.steps_per_epoch + batch + 1
        self._progress.update(self._task, completed=done, rate=self._rate(batch + 1))

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Note the training's speed before validation spends its time."""
        self._epoch_rate = self._rate(self.steps_per_epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Print the epoch's line."""
        rate = self._epoch_rate or self._rate(self.steps_per_epoch)
        metrics = "  ".join(
            f"{name} {value:.4g}{_plus_minus(name, logs)}"
            for name, value in without_errors(logs or {}).items()
            if name not in self.left_out
        )
        self.console.print(
            f"epoch {epoch + 1}/{self.params['epochs']}  {rate:.0f} images/s  {metrics}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Remove the bar."""
        self.close()

    def close(self) -> None:
        """Remove the bar and shows the cursor again, also where training ended in an error."""
        if self._progress.live.is_started:
            self._progress.stop()

    def _rate(self, steps: int) -> float:
        return steps * self.images_per_step / self.seconds


def _plus_minus(name: str, logs: Mapping[str, float] | None) -> str:
    error = (logs or {}).get(error_name(name))
    return "" if error is None else f" ± {error:.2g}"
