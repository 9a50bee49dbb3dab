"""The effects of the families' options in training, beside the hand-written steps."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_resgen import networks
from keras_resgen.backends import adapter
from keras_resgen.models import AdversarialAutoencoder


@pytest.fixture
def gradients_taken(monkeypatch):
    """The inputs at which the discriminator was differentiated."""
    taken, original = [], adapter().input_gradient

    def recorded(function, inputs):
        taken.append(inputs)
        return original(function, inputs)

    monkeypatch.setattr(adapter(), "input_gradient", recorded)
    return taken


@pytest.mark.parametrize(
    ("weights", "count"), [({}, 0), ({"r1": 1.0}, 1), ({"r2": 1.0}, 1), ({"r1": 1.0, "r2": 2.0}, 2)]
)
def test_only_penalties_with_a_weight_are_computed(weights, count, gradients_taken, create):
    model = create("gan", **weights)
    metrics = model.discriminator_phase(ops.ones((2, 32, 32, 3)), True)
    assert len(gradients_taken) == count
    assert [name for name in metrics if "penalty" in name] == [
        f"{name}_penalty" for name in weights
    ]
    assert tuple(metrics) == model.phases[0].logged


@pytest.mark.parametrize(("loss", "passes"), [("hinge", 1), ("relativistic", 2)])
@pytest.mark.parametrize("family", ["gan", "aae"])
def test_only_a_relativistic_generator_uses_real_logits(family, loss, passes, create, images):
    model = create(family, adversarial=loss)
    discriminator, calls = model.discriminator, []

    def recorded(inputs, training):
        calls.append(inputs)
        return discriminator(inputs, training=training)

    model.phases[-1].compute(images[:2], True)  # builds nothing new
    object.__setattr__(model, "discriminator", recorded)
    model.phases[-1].compute(images[:2], True)
    assert len(calls) == passes


def test_r1_flattens_the_discriminator_at_real_images(create, images):
    def slope(weight):
        model = create("gan", seed=3, r1=weight)
        model.discriminator.set_weights(start)
        model.compile("sgd")
        model.optimizer.learning_rate = 1e-3
        model.fit(images, batch_size=4, epochs=2, verbose=0)
        gradients = adapter().input_gradient(
            lambda at: model.discriminator(at, training=False), ops.convert_to_tensor(images)
        )
        return float(ops.mean(ops.square(gradients)))

    start = create("gan", r1=1.0).discriminator.get_weights()
    assert slope(30.0) < 0.5 * slope(1e-6)


SCHEDULED = {"beta": 3.0, "kl_schedule": "linear", "kl_steps": 4}


def shares(model, history):
    """The share of beta in each epoch's training loss."""
    history = {name: np.array(values) for name, values in history.history.items()}
    penalty = history["loss"] - history["reconstruction_loss"]
    return penalty / (model.initial_beta * history["kl_loss"])


def test_a_schedule_counts_updates_and_continues_in_a_loaded_model(create, images, tmp_path):
    model = create("vae", **SCHEDULED)
    model.compile(keras.optimizers.Adam(1e-2))
    settings = {"batch_size": 4, "epochs": 3, "verbose": 0}
    np.testing.assert_allclose(
        shares(model, model.fit(images[:4], **settings)), [0, 0.25, 0.5], atol=0.03
    )
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    np.testing.assert_allclose(
        shares(again, again.fit(images[:4], **settings)), [0.75, 1, 1], atol=0.03
    )


@pytest.mark.parametrize("capacity", [0.0, 5.0])
def test_evaluation_uses_the_final_objective(capacity, create, images):
    scheduled = create("vae", capacity=capacity, **SCHEDULED)
    plain = create("vae", capacity=capacity, beta=3.0)
    plain.set_weights(scheduled.get_weights())
    metrics = []
    for model in (scheduled, plain):
        model.compile("sgd")
        metrics.append(model.evaluate(images, verbose=0, return_dict=True))
    assert metrics[0] == pytest.approx(metrics[1], rel=1e-6)
    penalty = metrics[0]["loss"] - metrics[0]["reconstruction_loss"]
    if not capacity:
        assert penalty == pytest.approx(3 * metrics[0]["kl_loss"], rel=1e-3)


def test_the_divergence_approaches_the_capacity(create, images):
    model = create("vae", beta=1000.0, capacity=6.0)
    model.compile(keras.optimizers.Adam(1e-2))
    history = model.fit(images, batch_size=12, epochs=40, verbose=0).history
    assert history["kl_loss"][0] < 4
    assert history["kl_loss"][-1] == pytest.approx(6, abs=1)


def test_a_learned_variance_is_trained_saved_and_loaded(create, images, tmp_path):
    model = create("vae", decoder_variance="learned")
    model.compile(keras.optimizers.Adam(0.05))
    history = model.fit(images, batch_size=4, epochs=20, verbose=0).history
    # The images are noise of variance 1/12 about any mean.
    assert history["decoder_variance"][0] > 0.5
    assert history["decoder_variance"][-1] == pytest.approx(1 / 12, rel=0.3)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    assert float(again.decoder_log_variance) == float(model.decoder_log_variance)
    assert again.evaluate(images, verbose=0) == model.evaluate(images, verbose=0)


def test_the_discriminator_sees_the_label_and_a_draw_of_its_component(create, images):
    model = create("aae", prior="mixture", labels=3, adversarial="relativistic")
    labels, seen = np.array([2, 0, 1, 2]), []
    discriminator = model.discriminator
    object.__setattr__(
        model,
        "discriminator",
        lambda codes, training: seen.append(ops.convert_to_numpy(codes)) or discriminator(codes),
    )
    for phase in model.phases[1:]:
        phase.compute((ops.convert_to_tensor(images[:4]), ops.convert_to_tensor(labels)), True)
    assert [codes.shape for codes in seen] == [(4, 4 + 3)] * 4
    for codes in seen:
        np.testing.assert_array_equal(codes[:, 4:], np.eye(3)[labels])
    real, fake = seen[:2]
    petal = real[:, 0] + 1j * real[:, 1]
    turned = petal * np.exp(-2j * np.pi * labels / 3)
    assert np.abs(turned.imag).max() < 0.5  # five deviations across
    codes = ops.convert_to_numpy(model.code(images[:4], True))
    np.testing.assert_allclose(fake[:, :4], codes, rtol=1e-4, atol=1e-4)


def test_labels_arrange_the_codes():
    """The codes of dark and bright images lie in the petals of their labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 256)
    images = 0.1 * rng.random((256, 4, 4, 1), "float32")
    images[labels == 1] += 0.8
    dense = keras.layers.Dense
    model = AdversarialAutoencoder(
        keras.Sequential(
            [keras.Input((4, 4, 1)), keras.layers.Flatten(), dense(32, "leaky_relu"), dense(2)]
        ),
        keras.Sequential([keras.Input((2,)), dense(16), keras.layers.Reshape((4, 4, 1))]),
        # A discriminator that is not smooth sends codes away from their petal as often as not.
        networks.latent_discriminator(4, units=64, normalization="spectral"),
        adversarial="hinge",
        prior="mixture",
        labels=2,
    )
    adam = keras.optimizers.Adam
    model.compile(
        {
            "reconstruction": adam(1e-3),
            "discriminator": adam(5e-3, beta_1=0.5),
            "regularization": adam(1e-3, beta_1=0.5),
        }
    )
    model.fit(images, labels, batch_size=64, epochs=25, verbose=0)
    codes = model.encode(images)
    # The petals of two labels point along the first axis, to the right and to the left.
    assert ((codes[:, 0] < 0) == labels).mean() > 0.95
    metrics = model.evaluate(images, labels, verbose=0, return_dict=True)
    assert set(metrics) == {name for phase in model.phases for name in phase.logged}


@pytest.mark.parametrize(
    ("labels", "received"), [(None, "none"), (np.zeros((12, 3), "int32"), r"shape \(\w+, 3\)")]
)
def test_images_without_their_labels_are_refused(labels, received, create, images):
    model = create("aae", labels=3)
    model.compile("sgd")
    with pytest.raises(ValueError, match=rf"integer from 0 to 2.*Received: {received}.*Give fit"):
        model.fit(images, labels, batch_size=4, verbose=0)
