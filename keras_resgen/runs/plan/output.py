"""The output part of a plan: what a run writes into its folder while it trains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import keras

from keras_resgen.callbacks import Checkpoints, MetricsLog, SampleGrid
from keras_resgen.data.image_set import ImageSet
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.plan.data import DataPlan

TENSORBOARD_PACKAGES = ("tensorboard", "tensorboardX")
PICTURED_IMAGES = 32


@dataclass(frozen=True)
class OutputPlan:
    """What a run writes, beside its weights.

    Attributes:
        data: the data part of the plan.
        options: all options of the run by name, for `config.json`.
        checkpoint_steps: steps between checkpoints; None for checkpoints after epochs only.
        tensorboard: whether TensorBoard logs are written.
        seed: seed of the pictured samples.
    """

    data: DataPlan = field(repr=False)
    options: dict[str, Any] = field(repr=False)
    checkpoint_steps: int | None
    tensorboard: bool
    seed: int

    def describe(self) -> dict[str, Any]:
        """Return the options of this part by name."""
        return {"checkpoint_steps": self.checkpoint_steps, "tensorboard": self.tensorboard}

    def log_callbacks(self, run: RunFolder, held_out: ImageSet) -> list[keras.callbacks.Callback]:
        """Return the callbacks that write metrics and pictures.

        Args:
            run: folder of the run.
            held_out: held-out images, of which the first few are pictured.
        """
        attributes = self.data.attribute_labels(held_out)
        grid = SampleGrid(
            run.samples,
            held_out.floats(slice(PICTURED_IMAGES)),
            attributes=None if attributes is None else attributes[:PICTURED_IMAGES],
            seed=self.seed,
            tensorboard=run.tensorboard if self.tensorboard else None,
        )
        return [MetricsLog(run.metrics), grid]

    def tensorboard_callbacks(self, run: RunFolder) -> list[keras.callbacks.Callback]:
        """Return Keras's callback for TensorBoard, if the run writes its logs.

        Args:
            run: folder of the run.
        """
        return [keras.callbacks.TensorBoard(str(run.tensorboard))] if self.tensorboard else []

    def checkpoints(
        self,
        run: RunFolder,
        callbacks: Sequence[keras.callbacks.Callback],
        report: Callable[[str], None],
    ) -> Checkpoints:
        """Return the callback that saves all state, which goes behind all others.

        Args:
            run: folder of the run.
            callbacks: all others.
            report: called with what there is to say about checkpoints.
        """
        return Checkpoints(
            run.checkpoints, callbacks, every_steps=self.checkpoint_steps, report=report
        )


def resolve_output(config: RunConfig, data: DataPlan) -> OutputPlan:
    """Return the output part of a plan.

    Args:
        config: the configuration of a run.
        data: the data part of its plan.

    Raises:
        ValueError: for TensorBoard logs without TensorBoard.

    Example:

    >>> from keras_resgen.runs.plan.data import resolve_data
    >>> config = RunConfig()
    >>> resolve_output(config, resolve_data(config)).describe()
    {'checkpoint_steps': None, 'tensorboard': False}
    """
    missing = [name for name in TENSORBOARD_PACKAGES if find_spec(name) is None]
    if config.tensorboard and missing:
        raise ValueError(
            f"tensorboard needs the packages {', '.join(TENSORBOARD_PACKAGES)}. "
            f"Received: no {', '.join(missing)}. Install keras-resgen[tensorboard]."
        )
    return OutputPlan(
        data=data,
        options=config.to_dict(),
        checkpoint_steps=config.checkpoint_steps,
        tensorboard=config.tensorboard,
        seed=config.seed,
    )
