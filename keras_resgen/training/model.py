"""The model whose training step is a list of phases."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resgen.backends import adapter
from keras_resgen.training.checks import check_data
from keras_resgen.training.devices import current_devices
from keras_resgen.training.optimizer import (
    PhaseOptimizer,
    check_phase_names,
    optimizer_per_phase,
)
from keras_resgen.training.phase import Metrics, Phase, check_distinct

PhasedTrainer: Any = adapter().PhasedTrainer


class PhasedModel(PhasedTrainer, keras.Model):
    """A Keras model trained by phases, each with its own loss, networks and optimizer.

    A step runs the phases in order. Each phase sees the weights that the previous one left. A phase
    changes the trainable variables of its networks, the moving statistics of their batch
    normalization, and its optimizer, and nothing else. Every network runs in training mode, so
    that a discriminator sees images normalized by their own batch. The moving statistics of a
    network that a phase uses without training it are restored after the phase.

    A layer may have a method `before_update`. It is called before each update of a phase that
    trains the layer's network, and may assign to non-trainable weights.

    A subclass sets its networks as attributes and then calls `declare`.

    Args:
        image_shape: `(size, size, channels)` of the images in [0, 1] that `fit` takes.
        seed: seed of the noise drawn in training. The state of the seed generator is saved with
            the weights.

    Example:

    >>> issubclass(PhasedModel, keras.Model)
    True
    """

    def __init__(self, image_shape: tuple[int, int, int], *, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.image_shape = tuple(image_shape)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # Every evaluation draws the same noise and does not advance the noise of training.
        self.evaluation_seed_generator = keras.random.SeedGenerator(seed + 1)
        self.devices = current_devices()
        self._averaged = False

    def declare(self, networks: Sequence[str], phases: Sequence[Phase]) -> None:
        """Declare the model's networks and phases, and mark the model as built.

        Args:
            networks: attribute names of the sub-networks, which must be built.
            phases: the phases of a training step, in order.

        Raises:
            ValueError: if a phase trains a network that is not declared, or two metrics have the
                same name.
        """
        for phase in phases:
            if unknown := sorted(set(phase.networks) - set(networks)):
                raise ValueError(
                    f"The phase {phase.name!r} must train some of the networks {list(networks)}. "
                    f"Received: {unknown}. Declare these networks, or train others."
                )
        check_distinct(tuple(name for phase in phases for name in phase.logged))
        self.network_names = tuple(networks)
        self.phases = tuple(phases)
        self.metric_trackers = [
            keras.metrics.Mean(name=metric) for phase in phases for metric in phase.logged
        ]
        self.built = True

    @property
    def networks(self) -> dict[str, keras.Model]:
        """The sub-networks by name."""
        return {name: getattr(self, name) for name in self.network_names}

    @property
    def batches_per_step(self) -> int:
        """The number of equal parts that a step divides its batch into, one for each update."""
        return max(phase.updates for phase in self.phases)

    def phase_variables(self, phase: Phase) -> list[keras.Variable]:
        """Return the trainable variables of the phase's networks."""
        return [v for name in phase.networks for v in self.networks[name].trainable_variables]

    def noise(self, shape: Sequence[int], training: bool) -> Any:
        """Draw standard normal noise from the model's seed generator.

        On many replicas each one gets the rows that belong to its part of the batch.

        Args:
            shape: shape of the tensor; the first number counts the rows.
            training: if false, a second seed generator is used, which every `evaluate` restarts.

        Returns:
            A float32 tensor of that shape.
        """
        return self._draw(keras.random.normal, shape, training)

    def uniform_noise(self, shape: Sequence[int], training: bool) -> Any:
        """Draw uniform noise from 0 to 1; otherwise as `noise`."""
        return self._draw(keras.random.uniform, shape, training)

    def _draw(self, distribution: Any, shape: Sequence[int], training: bool) -> Any:
        seed = self.seed_generator if training else self.evaluation_seed_generator
        return self.devices.rows(lambda whole: distribution(whole, seed=seed), shape)

    # Averaged weights

    @contextmanager
    def averaged_weights(self) -> Iterator[None]:
        """Replace the weights by their moving averages within the context.

        Optimizers with `use_ema=True` keep averages; without them nothing changes. Sampling,
        evaluation and exports use this context; training must not.

        Example:

        >>> from keras_resgen.models import GAN
        >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
        >>> model.compile(keras.optimizers.Adam(2e-4, use_ema=True, ema_momentum=0.999))
        >>> with model.averaged_weights():
        ...     weights = model.generator.get_weights()
        """
        if self._averaged or not self.compiled:
            yield
            return
        # Copies, since PyTorch changes values in place and JAX donates their buffers.
        latest = [(v, ops.copy(v.value)) for v, _ in self.optimizer.averages]
        self._averaged = True
        self.optimizer.finalize_variable_values(self.trainable_variables)
        try:
            yield
        finally:
            for variable, value in latest:
                variable.assign(value)
            self._averaged = False

    # Compiling

    def default_optimizer(self, learning_rate: float | None = None) -> Any:
        """Return the optimizer that `compile()` uses by default; a family may override it.

        Args:
            learning_rate: replaces the default of 0.001.
        """
        return keras.optimizers.Adam(learning_rate or 1e-3)

    def compile(
        self,
        optimizer: Any = None,
        *,
        metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
    ) -> None:
        """Configure training.

        Args:
            optimizer: `{phase name: optimizer}`; or one optimizer, copied for every phase; or None
                for the family's default. Under the `mixed_float16` policy each is wrapped in a
                `LossScaleOptimizer`. Schedules, clipping, `weight_decay` (not applied to biases
                and normalizations), `gradient_accumulation_steps` and `use_ema` (see
                `averaged_weights`) work for each phase separately.
            metrics: Keras metrics that `evaluate` and validation compute on
                `(images, self.evaluation_images(batch))`.
            run_eagerly: as in Keras.
            steps_per_execution: as in Keras.
            jit_compile: as in Keras.

        Raises:
            ValueError: if a mapping does not name exactly the phases, or the backend does not
                support a setting on many devices.
        """
        names = [phase.name for phase in self.phases]
        if isinstance(optimizer, PhaseOptimizer):
            check_phase_names(optimizer.phase_optimizers, names)
        else:
            optimizers = optimizer_per_phase(
                self.default_optimizer() if optimizer is None else optimizer, names
            )
            if any(n.dtype_policy.name == "mixed_float16" for n in self.networks.values()):
                optimizers = {
                    name: inner
                    if isinstance(inner, keras.optimizers.LossScaleOptimizer)
                    else keras.optimizers.LossScaleOptimizer(inner, name=name)
                    for name, inner in optimizers.items()
                }
            optimizer = PhaseOptimizer(optimizers)
        self.devices.check(optimizer.optimizers, jit_compile)
        super().compile(
            optimizer=optimizer,
            loss=None,
            metrics=metrics,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            auto_scale_loss=False,
        )
        # Built here, so that weights load into the slots and the first step is traced once.
        optimizer.build_phases({phase.name: self.phase_variables(phase) for phase in self.phases})
        if self._compile_metrics is not None:
            # Keras would build them by calling the model on images, which a GAN does not take.
            images = keras.KerasTensor((None, *self.image_shape))
            self._compile_metrics.build(images, images)

    def compile_from_config(self, config: Mapping[str, Any]) -> None:
        """Compile a loaded model like the saved one."""
        settings = keras.saving.deserialize_keras_object(config)
        self.compile(
            **{
                name: settings[name]
                for name in ("optimizer", "metrics", "run_eagerly", "jit_compile")
                if settings.get(name) is not None
            },
            steps_per_execution=settings.get("steps_per_execution") or 1,
        )

    # Steps

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """One running mean per metric, then the metrics given to `compile`."""
        compiled = [self._compile_metrics] if self.compiled and self._compile_metrics else []
        return [*getattr(self, "metric_trackers", []), *compiled]

    def batch(self, data: Any) -> Any:
        """Return the part of the data that phases receive: the images.

        A family that takes labels or attributes too returns a tuple that begins with the images.
        Each of its tensors is divided among the updates of a phase.

        Args:
            data: as in `run_train_step`.
        """
        return keras.utils.unpack_x_y_sample_weight(data)[0]

    def _batch_tensors(self, data: Any) -> Any:
        """Return the batch as tensors; on PyTorch `train_on_batch` passes arrays."""
        return keras.tree.map_structure(ops.convert_to_tensor, self.batch(data))

    def run_train_step(self, data: Any) -> Metrics:
        """Run every phase on one batch.

        Args:
            data: images, or a tuple whose first element is images: float tensor of shape
                `(batch, size, size, channels)` in [0, 1]; batch a multiple of `batches_per_step`.

        Returns:
            The running means of the metrics.
        """
        batch, count = self._batch_tensors(data), self.batches_per_step
        # Every count-th row, so that the shares of many devices form the parts of the whole batch.
        parts = [
            keras.tree.map_structure(lambda rows, i=i: rows[i::count], batch) for i in range(count)
        ]
        for phase in self.phases:
            for part in parts[: phase.updates]:
                self._track(phase, self._update(phase, part), part)
        return self.devices.metrics(
            {tracker.name: tracker.result() for tracker in self.metric_trackers}
        )

    def _update(self, phase: Phase, batch: Any) -> Metrics:
        """Make one update of a phase."""
        variables = self.phase_variables(phase)
        frozen = [
            variable
            for name, network in self.networks.items()
            if name not in phase.networks
            for variable in network.non_trainable_weights
        ]
        statistics = [ops.copy(variable.value) for variable in frozen]

        def loss() -> tuple[Any, Metrics]:
            metrics = phase.compute(batch, True)
            # Regularizers and `add_loss` of the trained networks are minimized with the loss.
            penalties = [ops.sum(p) for name in phase.networks for p in self.networks[name].losses]
            return sum(penalties, metrics[phase.loss]), metrics

        if variables:
            for name in phase.networks:
                for layer in self.networks[name]._flatten_layers():
                    # Spectral normalization updates its estimates outside the loss on all backends.
                    getattr(layer, "before_update", lambda: None)()
            metrics, gradients = adapter().value_and_gradients(
                loss, variables, lambda value: self.optimizer.scale_phase_loss(phase.name, value)
            )
            self.optimizer.apply_phase(phase.name, gradients, variables)
        else:
            metrics = phase.compute(batch, True)
        for variable, value in zip(frozen, statistics, strict=True):
            variable.assign(value)
        return metrics

    def _track(self, phase: Phase, metrics: Metrics, batch: Any) -> None:
        images = keras.tree.flatten(batch)[0]
        trackers = {tracker.name: tracker for tracker in self.metric_trackers}
        for name in phase.logged:
            trackers[name].update_state(metrics[name], sample_weight=ops.shape(images)[0])

    def run_test_step(self, data: Any) -> Metrics:
        """Evaluate every phase on one batch, in inference mode and without any update.

        Args:
            data: as in `run_train_step`.

        Returns:
            The running means of the metrics and the results of the compiled metrics.
        """
        batch = self._batch_tensors(data)
        images = keras.tree.flatten(batch)[0]
        for phase in self.phases:
            self._track(phase, phase.compute(batch, False), batch)
        if self._compile_metrics is not None:
            self._compile_metrics.update_state(images, self.evaluation_images(batch))
        return self.devices.metrics(self.get_metrics_result())

    def evaluation_images(self, batch: Any) -> Any:
        """Return the images that compiled metrics compare with the batch: the model's output."""
        return self(batch, training=False)

    # Entry points, checked

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Train as `keras.Model.fit` does, after checking the training and validation images.

        Raises:
            ValueError: if the images do not fit the model, are not floats in [0, 1], or a batch
                cannot be divided among the updates of a phase.
        """
        batch_size = args[1] if len(args) > 1 else kwargs.get("batch_size")
        trained_on = x
        splits = kwargs.get("validation_split") and kwargs.get("validation_data") is None
        if isinstance(x, np.ndarray) and splits:
            trained_on = x[: math.floor(len(x) * (1 - kwargs["validation_split"]))]
            check_data(x[len(trained_on) :], self.image_shape, devices=self.devices.count)
        check_data(
            trained_on,
            self.image_shape,
            batch_size=batch_size,
            updates=self.batches_per_step,
            devices=self.devices.count,
        )
        validation, _, _ = keras.utils.unpack_x_y_sample_weight(kwargs.get("validation_data"))
        if validation is not None:
            check_data(validation, self.image_shape, devices=self.devices.count)
            kwargs["validation_data"], kwargs["validation_steps"] = self.devices.own_batches(
                kwargs["validation_data"], kwargs.get("validation_steps")
            )
        x, kwargs["steps_per_epoch"] = self.devices.own_batches(x, kwargs.get("steps_per_epoch"))
        return super().fit(x, *args, **kwargs)

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Evaluate as `keras.Model.evaluate` does, with the same noise at every call.

        Moving averages of the weights are used where an optimizer keeps them, in validation too.

        Raises:
            ValueError: if the images do not fit the model or are not floats in [0, 1].
        """
        batch_size = args[1] if len(args) > 1 else kwargs.get("batch_size")
        check_data(x, self.image_shape, batch_size=batch_size, devices=self.devices.count)
        self.evaluation_seed_generator.state.assign(
            keras.random.SeedGenerator(self.seed + 1).state.value
        )
        if not kwargs.get("_use_cached_eval_dataset"):  # a data set that `fit` has prepared
            x, kwargs["steps"] = self.devices.own_batches(x, kwargs.get("steps"))
        with self.averaged_weights():
            return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Predict as `keras.Model.predict` does, with averaged weights if an optimizer keeps them.

        Raises:
            ValueError: on many hosts, where only `sample`, `encode` and `decode` work.
        """
        if self.devices.host_count > 1:
            raise ValueError(
                f"predict works on one host. Received: {self.devices.host_count} hosts. Use "
                "sample, encode or decode, or load the weights outside of distributed()."
            )
        with self.averaged_weights():
            return super().predict(x, *args, **kwargs)

    def predict_by(self, network: keras.Model, inputs: Any, batch_size: int) -> Any:
        """Return a sub-network's outputs for all rows, computed on every device.

        All hosts must call it with the same inputs. Each receives the outputs of all rows.

        Args:
            network: one of `networks`.
            inputs: array of at least one row, or a list of such arrays.
            batch_size: rows computed at a time.

        Returns:
            An array of the outputs, or a list of such arrays.
        """
        batches = []
        with self.averaged_weights():
            for first in range(0, len(keras.tree.flatten(inputs)[0]), batch_size):
                rows = keras.tree.map_structure(lambda a, i=first: a[i : i + batch_size], inputs)
                count = len(keras.tree.flatten(rows)[0])
                # Not `predict`: it divides rows among hosts, and on TensorFlow it may take twice as
                # long, since an autotuned tf.data.Dataset ends only when its tuner wakes.
                outputs = network.predict_on_batch(rows)
                # TensorFlow appends the other replicas' outputs for the same rows.
                batches.append(
                    keras.tree.map_structure(lambda output, n=count: output[:n], outputs)
                )
        return keras.tree.map_structure(lambda *parts: np.concatenate(parts), *batches)

    # Saving

    def save_own_variables(self, store: Any) -> None:
        """Store the weights and the state of the seed generator, which Keras leaves out."""
        super().save_own_variables(store)
        store["seed_generator_state"] = ops.convert_to_numpy(self.seed_generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Load what `save_own_variables` stored."""
        own = {key: store[key] for key in store.keys() if key != "seed_generator_state"}  # noqa: SIM118
        super().load_own_variables(own)
        self.seed_generator.state.assign(store["seed_generator_state"])
