"""What the options of the families change in training, beside the hand-written steps."""

import numpy as np
import pytest
from keras import ops

from keras_resgen.models import gan


@pytest.fixture
def gradients_taken(monkeypatch):
    """Where the discriminator was differentiated by its input."""
    adapter, taken = gan.adapter(), []
    original = adapter.input_gradient

    def recorded(function, inputs):
        taken.append(inputs)
        return original(function, inputs)

    monkeypatch.setattr(adapter, "input_gradient", recorded)
    return taken


@pytest.mark.parametrize(
    ("weights", "count"), [({}, 0), ({"r1": 1.0}, 1), ({"r2": 1.0}, 1), ({"r1": 1.0, "r2": 2.0}, 2)]
)
def test_only_penalties_with_a_weight_cost_something(weights, count, gradients_taken, create):
    model = create("gan", **weights)
    figures = model.discriminator_phase(ops.ones((2, 32, 32, 3)), True)
    assert len(gradients_taken) == count
    assert [name for name in figures if "penalty" in name] == [
        f"{name}_penalty" for name in weights
    ]
    assert tuple(figures) == model.phases[0].figures


@pytest.mark.parametrize(("loss", "passes"), [("hinge", 1), ("relativistic", 2)])
@pytest.mark.parametrize("family", ["gan", "aae"])
def test_only_a_relativistic_generator_asks_for_real_logits(family, loss, passes, create, images):
    model = create(family, adversarial=loss)
    discriminator, judged = model.discriminator, []

    def recorded(inputs, training):
        judged.append(inputs)
        return discriminator(inputs, training=training)

    model.phases[-1].loss(images[:2], True)  # builds nothing new
    object.__setattr__(model, "discriminator", recorded)
    model.phases[-1].loss(images[:2], True)
    assert len(judged) == passes


def test_r1_flattens_the_discriminator_at_real_images(create, images):
    def slope(weight):
        model = create("gan", seed=3, r1=weight)
        model.discriminator.set_weights(start)
        model.compile("sgd")
        model.optimizer.learning_rate = 1e-3
        model.fit(images, batch_size=4, epochs=2, verbose=0)
        gradients = gan.adapter().input_gradient(
            lambda at: model.discriminator(at, training=False), ops.convert_to_tensor(images)
        )
        return float(np.mean(np.square(gradients)))

    start = create("gan", r1=1.0).discriminator.get_weights()
    assert slope(30.0) < 0.5 * slope(1e-6)
