import re
from pathlib import Path

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_resgen.models import FAMILIES
from keras_resgen.networks import classifier
from keras_resgen.precision import PRECISIONS
from keras_resgen.runs.config import (
    BUILT_IN_FAMILIES,
    RunConfig,
    option_names,
    option_text,
)
from keras_resgen.runs.plan.building import (
    CHOICES,
    build_model,
    check_config,
    families_with,
    further_options,
    resolve_model,
)
from keras_resgen.runs.plan.describe import training_memory
from keras_resgen.runs.plan.plan import resolve
from keras_resgen.runs.run import load_model
from keras_resgen.runs.train import train


def listed_names(text):
    """The names behind the last colon of a help text."""
    return sorted(re.split(r", | or ", re.split("[;.]", text.rpartition(": ")[2])[0]))


def test_weights_are_drawn_from_the_seed():
    config = RunConfig(model="ae", image_size=32, width=2, latent_dim=4, seed=5)
    first, second = build_model(config), build_model(config)
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    other = build_model(RunConfig(**{**config.to_dict(), "seed": 6}))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_each_combination_of_attributes_is_a_class():
    options = {"image_size": 32, "width": 2, "latent_dim": 4, "network": "plain"}
    names = "Smiling,Eyeglasses"
    config = RunConfig(model="aae", prior_attributes=names, prior="mixture", **options)
    assert build_model(config).labels == 4
    assert build_model(config).attributes == 0
    assert resolve_model(config).describe()["prior_attributes"] == names
    assert "prior_attributes" not in resolve_model(RunConfig(model="vae")).describe()


@pytest.mark.parametrize("family", list(FAMILIES))
def test_a_model_is_conditioned_on_each_attribute(family):
    options = {"image_size": 32, "width": 2, "latent_dim": 4, "network": "plain"}
    assert (
        build_model(RunConfig(model=family, attributes="Bald, Male, Young", **options)).attributes
        == 3
    )


def test_an_encoder_starts_from_its_weights_file_and_loads_trained_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    classifier("lenet5").save("digits.keras")
    options = {"image_size": 32, "channels": 1, "latent_dim": 4, "width": 2, "network": "plain"}
    config = RunConfig(
        model="ae",
        data="faces,count=60",
        epochs=1,
        encoder="lenet5",
        encoder_weights="digits.keras",
        **options,
    )
    trained = keras.saving.load_model("digits.keras").get_layer("c1").get_weights()
    first = build_model(config).encoder.get_layer("lenet5").get_layer("c1").get_weights()
    np.testing.assert_array_equal(first[0], trained[0])
    run = train(config, tmp_path / "run", console=Console(quiet=True))
    assert run.read_config().encoder_weights == str(tmp_path / "digits.keras")
    Path("digits.keras").unlink()
    loaded = load_model(run).encoder.get_layer("lenet5").get_layer("c1").get_weights()
    assert 0 < np.abs(loaded[0] - trained[0]).max() < 0.1


def test_a_family_without_encoder_takes_none():
    with pytest.raises(ValueError, match="encoder is an option of aae, ae, vae"):
        check_config(RunConfig(model="gan", encoder="resnet18"))


def test_family_options_reach_the_model():
    config = RunConfig(model="wgan-gp", image_size=32, width=2, n_critic=3)
    assert build_model(config).n_critic == 3


@pytest.mark.parametrize("family", list(FAMILIES))
def test_the_help_gives_the_defaults_of_the_family(family):
    options = resolve_model(RunConfig(model=family)).describe()
    for name in option_names():
        default = options.get(name)
        if getattr(RunConfig(), name) is None and default is not None:
            text = default if isinstance(default, str) else f"{default:g}"
            assert option_text(name).endswith(f"{text} by default.")


@pytest.mark.parametrize("name", CHOICES)
def test_the_help_lists_the_names_of_the_table(name):
    assert listed_names(option_text(name)) == sorted(CHOICES[name]())
    with pytest.raises(ValueError, match=rf"^{name} must be one of .*Received: 'other'"):
        check_config(RunConfig(**{"model": (families_with(name) or ["vae"])[0], name: "other"}))


def test_the_help_lists_the_precisions():
    assert listed_names(option_text("precision")) == sorted(PRECISIONS)


@pytest.mark.parametrize("name", option_names())
def test_the_help_names_the_families_of_an_option(name):
    families = families_with(name)
    beginning = option_text(name).partition(": ")[0]
    named = sorted(beginning.split(", "))
    assert named == sorted(families) if families else not set(named) & set(FAMILIES)


def test_every_option_of_the_families_is_an_option_of_runs():
    assert not any(further_options(family) for family in BUILT_IN_FAMILIES)
    assert set(BUILT_IN_FAMILIES) == set(FAMILIES)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_the_monitor_of_a_family_is_a_metric_of_its_model(family):
    model = build_model(RunConfig(model=family, image_size=32, width=2, network="plain"))
    metrics = [f"val_{tracker.name}" for tracker in model.metric_trackers]
    assert (model.monitor in metrics) == ("val_loss" in metrics)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "diffusion"}, "model must be one of .*'vae'.*Received: 'diffusion'"),
        ({"network": "unet"}, "network must be one of .*'plain'.*Received: 'unet'"),
        ({"image_size": 48}, "power of two from 32 to 256 pixels. Received: 48"),
        ({"image_size": 1}, "power of two from 32 to 256 pixels. Received: 1"),
        ({"channels": 4}, "Received: 4"),
        ({"model": "gan", "beta": 2.0}, "beta is an option of vae. Received: it with gan"),
        ({"model": "gan", "prior_attributes": "Bald"}, "prior_attributes is an option of aae."),
        ({"model": "vae", "n_critic": 2}, "n_critic is an option of wgan-gp"),
        ({"features": "vgg"}, "features must be one of .*'faces'.*Received: 'vgg'"),
    ],
)
def test_bad_configurations_are_refused_beforehand(options, message):
    with pytest.raises(ValueError, match=message):
        check_config(RunConfig(**options))


def test_missing_tensorboard_is_refused_beforehand(monkeypatch):
    from keras_resgen.runs.plan import output

    monkeypatch.setattr(output, "find_spec", lambda name: None)
    config = RunConfig(tensorboard=True, image_size=32, width=2)
    with pytest.raises(ValueError, match=r"Install keras-resgen\[tensorboard\]"):
        resolve(config)
    build_model(config)  # what a run was logged with does not matter to who uses it


def test_the_memory_of_a_library_encoder_is_that_of_its_layers():
    options = {"image_size": 32, "width": 2, "latent_dim": 4, "network": "plain"}
    model = build_model(RunConfig(model="ae", encoder="resnet20", **options))
    layers = model.encoder.get_layer("resnet20").layers
    held = sum(layer.output.shape[1] ** 2 * layer.output.shape[3] for layer in layers)
    memory = [training_memory(model, batch_size) for batch_size in (1, 2)]
    assert memory[1] - memory[0] > 8 * held


def test_memory_grows_with_batch_and_width():
    def memory(width, batch_size):
        return training_memory(build_model(RunConfig(image_size=32, width=width)), batch_size)

    assert memory(4, 64) > memory(4, 32)
    assert memory(8, 32) > memory(4, 32)
