"""The effects of a phase, and its declaration."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen.training import Phase, PhasedModel

PHASES = [
    ("ae", "reconstruction", ("encoder", "decoder")),
    ("vae", "evidence_lower_bound", ("encoder", "decoder")),
    ("aae", "reconstruction", ("encoder", "decoder")),
    ("aae", "discriminator", ("discriminator",)),
    ("aae", "regularization", ("encoder",)),
    ("gan", "discriminator", ("discriminator",)),
    ("gan", "generator", ("generator",)),
    ("wgan-gp", "critic", ("critic",)),
    ("wgan-gp", "generator", ("generator",)),
]


@pytest.fixture(scope="module")
def models(create):
    """Return a function that compiles every family once."""
    built = {}

    def of(family):
        if family not in built:
            built[family] = create(family)
            built[family].compile(keras.optimizers.SGD(1e-2), run_eagerly=True)
        return built[family]

    return of


def values(variables):
    return [keras.ops.convert_to_numpy(v) for v in variables]


def run_phase(model, name, images):
    """Run a single phase of the step of a model that was compiled to run eagerly."""
    phases = model.phases
    model.phases = tuple(phase for phase in phases if phase.name == name)
    try:
        model.train_on_batch(images)
    finally:
        model.phases = phases


def test_the_families_have_these_phases(models):
    for family in {family for family, *_ in PHASES}:
        assert [(family, phase.name, phase.networks) for phase in models(family).phases] == [
            case for case in PHASES if case[0] == family
        ]


@pytest.mark.parametrize(("family", "name", "trained"), PHASES)
def test_a_phase_changes_its_networks_and_nothing_else(family, name, trained, models, images):
    model = models(family)
    before = {key: values(network.variables) for key, network in model.networks.items()}
    slots = {key: values(o.variables) for key, o in model.optimizer.phase_optimizers.items()}
    run_phase(model, name, images[:4])

    for key, network in model.networks.items():
        for variable, old in zip(network.variables, before[key], strict=True):
            same = np.array_equal(variable.numpy(), old)
            if key not in trained:
                assert same, f"{variable.path} moved"
            elif "moving_" in variable.path or variable.path.endswith("kernel"):
                assert not same, f"{variable.path} did not move"
    for key, optimizer in model.optimizer.phase_optimizers.items():
        moved = [
            not np.array_equal(v, o) for v, o in zip(optimizer.variables, slots[key], strict=True)
        ]
        assert any(moved) == (key == name)


def test_each_phase_sees_the_weights_the_previous_one_left(models, images):
    model = models("gan")
    weights, state = model.get_weights(), ops.convert_to_numpy(model.seed_generator.state)
    model.train_on_batch(images[:4])
    together = model.get_weights()
    model.set_weights(weights)
    model.seed_generator.state.assign(state)
    for name in ("discriminator", "generator"):
        run_phase(model, name, images[:4])
    for a, b in zip(together, model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_each_update_of_a_phase_has_its_own_images(create, images):
    model = create("wgan-gp", n_critic=3)
    model.compile("sgd", run_eagerly=True)
    seen = []
    critic_phase = model.phases[0].function

    def recorded(batch, training):
        seen.append(np.array(batch))
        return critic_phase(batch, training)

    object.__setattr__(model.phases[0], "function", recorded)
    model.train_on_batch(images)
    np.testing.assert_array_equal(np.stack(seen), [images[i::3] for i in range(3)])
    assert [int(o.iterations) for o in model.optimizer.optimizers] == [3, 1]


def test_labels_are_divided_with_their_images(create, images):
    model = create("wgan-gp", n_critic=3)
    model.compile("sgd", run_eagerly=True)
    model.batch = lambda data: data[:2]
    seen = []

    def recorded(batch, training):
        seen.append([np.array(part) for part in batch])
        return critic_phase(batch[0], training)

    critic_phase = model.phases[0].function
    model.phases = model.phases[:1]
    object.__setattr__(model.phases[0], "function", recorded)
    model.train_on_batch(images, np.arange(12))
    for i, (part, numbers) in enumerate(seen):
        np.testing.assert_array_equal(part, images[i::3])
        np.testing.assert_array_equal(numbers, np.arange(12)[i::3])


def test_a_frozen_network_keeps_its_weights_and_statistics(create, images):
    model = create("ae")
    model.encoder.trainable = False
    model.compile(keras.optimizers.SGD(1e-3))
    before = values(model.encoder.variables), values(model.decoder.variables)
    model.fit(images[:4], batch_size=4, verbose=0)
    for variable, old in zip(model.encoder.variables, before[0], strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)
    assert not np.array_equal(model.decoder.variables[0].numpy(), before[1][0])


def test_a_phase_whose_networks_are_frozen_changes_nothing(create, images):
    model = create("gan")
    model.generator.trainable = False
    model.compile("sgd", run_eagerly=True)
    before = values(model.generator.variables), values(model.discriminator.variables)
    run_phase(model, "generator", images[:4])
    for network, old in zip((model.generator, model.discriminator), before, strict=True):
        for variable, value in zip(network.variables, old, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)


def small_network(name, **options):
    images = keras.Input((4, 4, 1))
    x = keras.layers.Flatten()(images)
    return keras.Model(images, keras.layers.Dense(1, **options)(x), name=name)


class TwoNetworks(PhasedModel):
    """A model that trains `first` on a loss of 0 and the penalties of its layers."""

    def __init__(self, first, second):
        super().__init__((4, 4, 1))
        self.first, self.second = first, second
        self.declare(
            ("first", "second"), [Phase("only", self.phase, networks=("first",), loss="loss")]
        )

    def phase(self, images, training):
        outputs = self.first(images, training=training) + self.second(images, training=training)
        return {"loss": 0.0 * ops.mean(outputs)}


def test_regularizers_of_the_trained_networks_are_minimized():
    l2 = keras.regularizers.L2(0.5)
    model = TwoNetworks(
        small_network("first", kernel_regularizer=l2),
        small_network("second", kernel_regularizer=l2),
    )
    model.compile(keras.optimizers.SGD(0.1))
    kernels = [network.trainable_variables[0].numpy() for network in (model.first, model.second)]
    history = model.fit(np.ones((2, 4, 4, 1), "float32"), verbose=0)
    # The gradient of 0.5 * w^2 is w.
    np.testing.assert_allclose(model.first.get_weights()[0], 0.9 * kernels[0], rtol=1e-6)
    np.testing.assert_array_equal(model.second.get_weights()[0], kernels[1])
    assert history.history == {"loss": [0.0]}


def test_losses_that_layers_add_are_minimized():
    model = TwoNetworks(
        small_network("first", activity_regularizer=keras.regularizers.L1(1.0)),
        small_network("second"),
    )
    model.first.trainable_variables[0].assign(np.full((16, 1), 0.5))
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(np.ones((2, 4, 4, 1), "float32"), verbose=0)
    # The output is positive, so its absolute value rises with every weight at the rate 1.
    np.testing.assert_allclose(model.first.get_weights()[0], 0.4, rtol=1e-6)


@pytest.mark.parametrize(
    ("returned", "received"),
    [({"loss": 0.0}, r"\['loss'\]"), ({"loss": 0.0, "mse": 0.0, "l1": 0.0}, "'l1', 'loss', 'mse'")],
)
def test_a_phase_must_return_the_metrics_that_it_declares(returned, received):
    phase = Phase(
        "only", lambda batch, training: returned, networks=(), loss="loss", metrics=("mse",)
    )
    with pytest.raises(ValueError, match=rf"'only' must return .*Received: .*{received}.*Return"):
        phase.compute(None, True)


def test_a_phase_minimizes_the_loss_that_it_names():
    class Named(TwoNetworks):
        """The loss is not the first of the metrics that the phase returns."""

        def phase(self, images, training):
            outputs = ops.mean(self.first(images, training=training))
            return {"unused": -outputs, "loss": outputs}

        def declare(self, networks, phases):
            phase = Phase("only", self.phase, networks=("first",), loss="loss", metrics=("unused",))
            super().declare(networks, [phase])

    model = Named(small_network("first"), small_network("second"))
    model.compile(keras.optimizers.SGD(0.1))
    before = model.first.get_weights()[1]
    history = model.fit(np.ones((2, 4, 4, 1), "float32"), verbose=0).history
    np.testing.assert_allclose(model.first.get_weights()[1], before - 0.1, rtol=1e-5)
    assert history["unused"] == [-history["loss"][0]]


def test_metrics_of_phases_have_names_of_their_own():
    with pytest.raises(ValueError, match=r"name of its own. Received: \['loss', 'loss'\]"):
        Phase("one", None, networks=(), loss="loss", metrics=("loss",))
    model = TwoNetworks(small_network("first"), small_network("second"))
    twice = [Phase(name, None, networks=(), loss="loss") for name in ("one", "two")]
    with pytest.raises(ValueError, match=r"name of its own. Received: \['loss', 'loss'\]"):
        model.declare(("first", "second"), twice)


def test_a_phase_trains_declared_networks_only():
    model = TwoNetworks(small_network("first"), small_network("second"))
    phase = Phase("only", None, networks=("third",), loss="loss")
    with pytest.raises(ValueError, match=r"'only' must train some of .*Received: \['third'\]"):
        model.declare(("first", "second"), [phase])
