"""A callback that saves checkpoints and resumes training from them, exactly."""

from collections.abc import Callable, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Self

import keras

from keras_resgen.callbacks.checkpoint_file import (
    checkpoint_path,
    remove_checkpoints,
    write_checkpoint,
)
from keras_resgen.callbacks.finite_guard import FiniteGuard
from keras_resgen.callbacks.shared_checkpoint import newest_shared_checkpoint
from keras_resgen.callbacks.stop_signals import StopSignals

# The state of Keras's callbacks.
STATE_ATTRIBUTES: dict[type[keras.callbacks.Callback], tuple[str, ...]] = {
    keras.callbacks.EarlyStopping: ("wait", "best", "best_epoch", "best_weights", "stopped_epoch"),
    keras.callbacks.ReduceLROnPlateau: ("wait", "best", "cooldown_counter"),
    keras.callbacks.ModelCheckpoint: (
        *("best", "_batches_seen_since_last_saving", "_last_batch_seen"),
    ),
    keras.callbacks.SwapEMAWeights: ("_ema_weights_in_model",),
    keras.callbacks.TensorBoard: ("_global_train_batch",),
}


class Checkpoints(keras.callbacks.History):
    """Callback that saves the whole state of training, and resumes from it exactly.

    After every epoch, and every so many steps if asked, one file holds the variables of the model,
    its optimizer and its metrics, the generators of noise, the state of the other callbacks, and
    the history. `fit` with a folder that holds a checkpoint goes on from the newest whole one. The
    metrics, the weights and the moment of stopping are then those of a training that was never
    stopped, if the data of an epoch depend on the epoch alone, as those of `training_batches` do.
    In the middle of an epoch the batches that were trained on are drawn again and passed over. Many
    hosts each have a folder, and go on from the newest checkpoint that is in all of them.

    As a context manager it also lets Ctrl-C and SIGTERM wait for the end of the step (of the
    epoch, in validation), saves, and then ends `fit` with KeyboardInterrupt or SystemExit(143). A
    second Ctrl-C ends it at once. On many hosts a signal to one of them stops all.

    It comes last among the callbacks. It is the `History` that `fit` returns. A callback of your
    own lists its state in an attribute `state_attributes`. All variables must exist before
    `fit`, as they do in a compiled `PhasedModel`.

    Args:
        folder: folder of the last two checkpoints; made if missing.
        callbacks: the others given to `fit`, in the same order each time.
        every_steps: steps from one checkpoint within an epoch to the next; by
            default only the ends of epochs are.
        report: called with a sentence if torn files are passed over.

    Raises:
        ValueError: if `every_steps` is not positive; in `fit`, if the checkpoint is of another
            model or of other callbacks, or `initial_epoch` is not the checkpoint's.

    Attributes:
        initial_epoch: the epochs that the newest checkpoint has behind it.
        stopped: whether a callback had ended the training; there is nothing to go on with.

    Example:

    >>> from keras_resgen.data import training_batches
    >>> from keras_resgen.models import Autoencoder
    >>> def train(epochs):
    ...     model = Autoencoder.create(image_size=32, network="plain", width=2, latent_dim=4)
    ...     model.compile()
    ...     stopping = keras.callbacks.EarlyStopping("loss", patience=1)
    ...     with Checkpoints("checkpoints", [stopping]) as checkpoints:
    ...         first = checkpoints.initial_epoch
    ...         batches = training_batches(images, 4, seed=0, start_step=2 * first)
    ...         return model.fit(batches, steps_per_epoch=2, initial_epoch=first, epochs=epochs,
    ...                          callbacks=[stopping, checkpoints], verbose=0)
    >>> images = np.zeros((8, 32, 32, 3), "uint8")
    >>> train(epochs=1).epoch
    [0]
    >>> train(epochs=3).epoch
    [0, 1, 2]
    """

    def __init__(
        self,
        folder: str | Path,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        *,
        every_steps: int | None = None,
        report: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        if every_steps is not None and every_steps < 1:
            raise ValueError(
                f"every_steps must be 1 or more. Received: {every_steps}. Leave it out to save "
                "only after epochs."
            )
        self.folder = Path(folder)
        self.callbacks = tuple(callbacks)
        self.every_steps = every_steps
        self._signals = StopSignals()
        self.initial_epoch = 0
        self.stopped = False
        self._path: Path | None = None
        self._state: dict[str, Any] | None = None  # to be restored
        if newest := newest_shared_checkpoint(self.folder, report):
            self._path, self._state = newest
            self.initial_epoch = self._state["epochs_done"]
            self.stopped = self._state["stopped"]
        self._current_epoch = 0
        self._saved_step = 0

    def __enter__(self) -> Self:
        """Let signals wait."""
        self._signals.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        """Give the signals back their effect."""
        self._signals.__exit__(*error)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Put the checkpoint's state in place, once the other callbacks have reset themselves."""
        super().on_train_begin(logs)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._state is not None:
            self._restore(self._state)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Begin the epoch in its middle, if the checkpoint was written there."""
        self._current_epoch = epoch
        self._saved_step = 0
        if self._state is None:
            return
        if self.stopped or epoch != self.initial_epoch:
            epochs = f"initial_epoch={self.initial_epoch}"
            raise ValueError(
                f"Expected to go on with {self._path}, "
                + ("which ended the training, " if self.stopped else "")
                + f"at {epochs}. Received: epoch {epoch} to train. "
                + (f"Give epochs={self.initial_epoch} too" if self.stopped else f"Give {epochs}")
                + ", or an empty folder."
            )
        if self._state["step"]:
            self._pass_over(self._state)
        else:
            self._state = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Save, if it is time to, or a signal has come."""
        step = batch + 1
        if self._state is not None:
            if step >= self._state["step"]:
                # Callbacks have seen the batches that were passed over; they had before, too.
                self._restore(self._state)
                self._saved_step = step
                self._state = None
            return
        due = self.every_steps and step - self._saved_step >= self.every_steps
        signal = self._signals.agreed()
        # On JAX to ask for the model brings it up to date, which costs too much for every step.
        if (due or signal) and not self.model.stop_training:
            self._save(self._current_epoch, step)
            self._signals.raise_for(signal)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save."""
        super().on_epoch_end(epoch, logs)
        signal = self._signals.agreed()
        self._save(epoch + 1, 0)
        self._signals.raise_for(signal)

    def _save(self, epochs_done: int, step: int) -> None:
        """Write the file, unless a guard has put back weights that do not fit the optimizer's."""
        if any(isinstance(one, FiniteGuard) and one.failure for one in self.callbacks):
            return
        model = self.model
        self.initial_epoch = epochs_done
        self.stopped = bool(model.stop_training)
        self._saved_step = step
        path = checkpoint_path(self.folder, epochs_done, step)
        write_checkpoint(
            path,
            {
                "epochs_done": epochs_done,
                "step": step,
                "stopped": self.stopped,
                "variables": [keras.ops.convert_to_numpy(v) for v in _variables(model)],
                "callbacks": [
                    [type(one).__name__, {name: getattr(one, name) for name in names}]
                    for one, names in _stateful(self.callbacks)
                ],
                "history": self.history,
                "epoch": self.epoch,
            },
        )
        remove_checkpoints(self.folder, keep=(path, self._path))
        self._path = path

    def _restore(self, state: dict[str, Any]) -> None:
        variables = _variables(self.model)
        shapes = [tuple(variable.shape) for variable in variables]
        if shapes != [value.shape for value in state["variables"]]:
            raise ValueError(
                f"Expected a checkpoint of this model, with {len(shapes)} variables. Received: "
                f"{self._path}, with {len(state['variables'])} or of other shapes. "
                "Build and compile the model as it was, or give an empty folder."
            )
        stateful = _stateful(self.callbacks)
        kinds = [type(one).__name__ for one, _ in stateful]
        saved = [kind for kind, _ in state["callbacks"]]
        if kinds != saved:
            raise ValueError(
                f"Expected the callbacks of {self._path} with state, {saved}. "
                f"Received: {kinds}. Give the same in the same order, or an empty folder."
            )
        for variable, value in zip(variables, state["variables"], strict=True):
            variable.assign(value)
        for (one, _), (_, values) in zip(stateful, state["callbacks"], strict=True):
            for name, value in values.items():
                setattr(one, name, value)
        self.history = state["history"]
        self.epoch = state["epoch"]

    def _pass_over(self, state: dict[str, Any]) -> None:
        """Let `fit` draw the batches it has trained on, and do nothing with them.

        Keras has no way into the middle of an epoch but through the function that trains a step:
        `(iterator) -> metrics`, or on JAX `(variables, iterator) -> (metrics, variables)`.
        """
        self._restore(state)  # fit has reset the metrics
        model = self.model
        train_function = model.train_function
        metrics = model.get_metrics_result()
        steps = model.steps_per_execution
        calls = count(1)

        def pass_over(*arguments: Any) -> Any:
            *variables, iterator = arguments
            for _ in islice(iterator, steps):
                pass
            if next(calls) * steps >= state["step"]:
                model.train_function = train_function
            return (metrics, *variables) if variables else metrics

        model.train_function = pass_over


def _variables(model: keras.Model) -> list[keras.Variable]:
    """All that a step of training may change, noise and running metrics included."""
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


def _stateful(
    callbacks: Sequence[keras.callbacks.Callback],
) -> list[tuple[keras.callbacks.Callback, tuple[str, ...]]]:
    """The callbacks with state, and the names of their state attributes."""
    named = [
        (
            callback,
            getattr(callback, "state_attributes", ())
            or next((n for kind, n in STATE_ATTRIBUTES.items() if isinstance(callback, kind)), ()),
        )
        for callback in callbacks
    ]
    return [(callback, names) for callback, names in named if names]
