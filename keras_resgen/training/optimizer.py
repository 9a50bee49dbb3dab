"""One optimizer object for Keras, holding one optimizer for each phase."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from keras_resgen.backends import adapter


def check_phase_names(given: Iterable[str], phase_names: Sequence[str]) -> None:
    """Raise a ValueError unless `given` names exactly the phases."""
    if set(given) != set(phase_names):
        raise ValueError(
            f"optimizer must name one optimizer for each of the phases {list(phase_names)}. "
            f"Received: {sorted(given)}. Give exactly these, or one for all."
        )


def optimizer_per_phase(
    optimizer: Any, phase_names: Sequence[str]
) -> dict[str, keras.optimizers.Optimizer]:
    """Return an optimizer for every phase, each named after its phase.

    Args:
        optimizer: a mapping from phase name to optimizer, or one optimizer (an instance, a name or
            a configuration) that is copied for every phase.
        phase_names: the model's phases.

    Raises:
        ValueError: if a mapping does not name exactly the phases.

    Example:

    >>> optimizer_per_phase("adam", ("critic", "generator"))["critic"].name
    'critic'
    """
    if isinstance(optimizer, Mapping):
        check_phase_names(optimizer, phase_names)
        choices = {name: keras.optimizers.get(optimizer[name]) for name in phase_names}
    else:
        choices = dict.fromkeys(phase_names, keras.optimizers.get(optimizer))
    return {name: _copy(choice, name) for name, choice in choices.items()}


def _copy(optimizer: keras.optimizers.Optimizer, name: str) -> keras.optimizers.Optimizer:
    return type(optimizer).from_config({**optimizer.get_config(), "name": name})


@keras.saving.register_keras_serializable("keras_resgen")
class PhaseOptimizer(keras.optimizers.Optimizer):
    """One optimizer per phase behind the interface of one Keras optimizer.

    Keras's trainers, checkpoints and callbacks use one `model.optimizer`. `PhaseOptimizer` lists
    the variables of all inner optimizers as its own, and the inner optimizers as `optimizers`, the
    protocol that `LearningRateScheduler`, `ReduceLROnPlateau` and `SwapEMAWeights` follow.
    `keras.optimizers.MultiOptimizer` gives each variable one optimizer, but the encoder of an
    adversarial autoencoder needs two.

    Args:
        phase_optimizers: mapping from phase name to a Keras optimizer.
        name: the optimizer's name.

    Raises:
        ValueError: if the mapping is empty.

    Example:

    >>> optimizer = PhaseOptimizer({"critic": keras.optimizers.Adam(1e-4, name="critic")})
    >>> [inner.name for inner in optimizer.optimizers]
    ['critic']
    """

    def __init__(
        self,
        phase_optimizers: Mapping[str, keras.optimizers.Optimizer],
        name: str = "phase_optimizer",
    ) -> None:
        if not phase_optimizers:
            raise ValueError(
                "PhaseOptimizer needs at least one phase. Received: an empty mapping. "
                "Give {phase name: optimizer}."
            )
        super().__init__(learning_rate=0.0, name=name)
        self.phase_optimizers = dict(phase_optimizers)

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        """The inner optimizers in the order of the phases, without `LossScaleOptimizer`."""
        return [getattr(o, "inner_optimizer", o) for o in self.phase_optimizers.values()]

    @property
    def variables(self) -> list[keras.Variable]:
        """The variables of this optimizer and of all inner optimizers."""
        return self._variables + [
            v for inner in self.phase_optimizers.values() for v in inner.variables
        ]

    def build_phases(self, variables: Mapping[str, Sequence[keras.Variable]]) -> None:
        """Create the slots of every phase, so that weights load and no step is traced twice.

        Biases and the scales and offsets of normalizations are excluded from weight decay here,
        since Keras does not save such exclusions with an optimizer.

        Args:
            variables: the variables that each phase trains, by the phase's name.
        """
        for inner in self.optimizers:
            if inner.weight_decay is not None and not inner.built:
                inner.exclude_from_weight_decay(
                    [v for group in variables.values() for v in group if len(v.shape) < 2]
                )
        for name, phase_optimizer in self.phase_optimizers.items():
            if not phase_optimizer.built:
                phase_optimizer.build(list(variables[name]))
        for inner in self.optimizers:
            adapter().fuse_updates(inner)
        self.built = True

    def apply_phase(
        self, phase: str, gradients: Sequence[Any], variables: Sequence[keras.Variable]
    ) -> None:
        """Update the variables of one phase with its optimizer.

        Args:
            phase: the phase's name.
            gradients: one gradient for each variable.
            variables: the variables that `build_phases` received for this phase.
        """
        adapter().apply_gradients(self.phase_optimizers[phase], gradients, variables)

    def scale_phase_loss(self, phase: str, loss: Any) -> Any:
        """Return the loss scaled by the phase's optimizer (`LossScaleOptimizer`)."""
        return self.phase_optimizers[phase].scale_loss(loss)

    @property
    def iterations(self) -> Any:
        """The number of updates that the first phase's optimizer has made."""
        return self.optimizers[0].iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the first phase's optimizer; the setter sets it in every phase."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        for inner in self.optimizers:
            inner.learning_rate = value

    @property
    def averages(self) -> list[tuple[keras.Variable, keras.Variable]]:
        """Pairs of weights and moving averages, of phases whose optimizer has `use_ema`.

        A weight that several phases average is listed once, with the average of the first.
        """
        found: dict[int, tuple[keras.Variable, keras.Variable]] = {}
        for inner in self.optimizers:
            if inner.use_ema:
                averages = inner._model_variables_moving_average
                for pair in zip(inner._trainable_variables, averages, strict=True):
                    found.setdefault(id(pair[0]), pair)
        return list(found.values())

    def finalize_variable_values(self, var_list: Sequence[keras.Variable]) -> None:
        """Overwrite weights with their moving averages; Keras calls it when `fit` ends."""
        for variable, average in self.averages:
            if any(variable is known for known in var_list):
                # A copy, since on JAX two variables must not share a buffer that a step overwrites.
                variable.assign(ops.copy(average.value))

    def save_own_variables(self, store: Any) -> None:
        """Store this optimizer's own variables; Keras saves the inner optimizers separately."""
        for i, variable in enumerate(self._variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` stored."""
        for i, variable in enumerate(self._variables):
            variable.assign(store[str(i)])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "name": self.name,
            "phase_optimizers": {
                name: keras.saving.serialize_keras_object(inner)
                for name, inner in self.phase_optimizers.items()
            },
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "PhaseOptimizer":
        """Rebuild the optimizer from `get_config`."""
        phase_optimizers = {
            name: keras.saving.deserialize_keras_object(inner, custom_objects)
            for name, inner in config["phase_optimizers"].items()
        }
        return cls(phase_optimizers, name=config["name"])
