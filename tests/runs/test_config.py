import pytest

from keras_resgen.runs.config import RunConfig, read_options


def test_dictionary_round_trip():
    config = RunConfig(model="wgan-gp", n_critic=3, held_out=0.2, strict=True)
    assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run.toml", 'model = "aae"\nimage-size = 32\nbeta = 2\n'),
        ("run.json", '{"model": "aae", "image_size": 32, "beta": 2}'),
    ],
)
def test_files_give_the_same_options(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    config = RunConfig.from_dict(read_options(path))
    assert config == RunConfig(model="aae", image_size=32, beta=2.0)
    assert type(config.beta) is float


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": 1}, r"Received: \['color'\]"),
        ({"epochs": "ten"}, "epochs must be of type int. Received: 'ten'"),
        ({"epochs": True}, "epochs must be of type int. Received: True"),
        ({"epochs": 0}, "epochs must be 1 or more. Received: 0"),
        ({"batch_size": -1}, "batch_size must be 1 or more. Received: -1"),
        ({"held_out": 1.0}, "held_out must be a share.*Received: 1"),
        ({"learning_rate": 0.0}, "learning_rate must be positive. Received: 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be finite. Received: nan"),
        ({"beta": float("inf")}, "beta must be finite. Received: inf"),
        ({"seed": -1}, "seed must be from 0.*Received: -1"),
        ({"weight_decay": -0.1}, "weight_decay must be positive. Received: -0.1"),
        ({"global_clipnorm": 0.0}, "global_clipnorm must be positive. Received: 0.0"),
        ({"ema_momentum": 1.0}, "ema_momentum must be between 0 and 1. Received: 1"),
        ({"gradient_accumulation_steps": 1}, "steps must be 2 or more. Received: 1"),
        ({"precision": "float16"}, "precision must be one of.*Received: 'float16'"),
        ({"attributes": ","}, "attributes must be names.*Received: ','"),
        ({"attributes": "Bald,Bald"}, "attributes must be names.*each of them once"),
        ({"prior_attributes": "Bald,Bald"}, "prior_attributes must be names.*each of them once"),
        ({"limit": 0}, "limit must be 1 or more. Received: 0"),
        ({"beta": "much"}, "beta must be of type float or nothing. Received: 'much'"),
    ],
)
def test_bad_values_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        RunConfig.from_dict(options)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("run.yaml", "", "must end in .toml or .json"),
        ("run.toml", "model = ", "Expected a readable TOML file"),
        ("run.json", "[1]", "must hold one table.*Received: a list"),
        ("run.json", None, "Expected a readable JSON file"),
    ],
)
def test_bad_files_are_named(tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        read_options(tmp_path / name)


def test_a_configuration_prints_what_was_set():
    assert repr(RunConfig(model="gan", width=2)) == "RunConfig(model='gan', width=2)"
    config = RunConfig(imports=("wae",), model="wae", family_options={"scale": 2.0})
    assert repr(config) == "RunConfig(model='wae', imports=('wae',), scale=2.0)"


def test_options_of_families_from_outside_come_back_from_a_dictionary():
    options = {"import": ["my_package.wae"], "model": "wae", "scale": 2.0}
    config = RunConfig.from_dict(options)
    assert config.family_options == {"scale": 2.0}
    assert RunConfig.from_dict(config.to_dict()) == config
    assert config != RunConfig.from_dict({**options, "scale": 3.0})
    assert len({config, RunConfig.from_dict(config.to_dict())}) == 1


@pytest.mark.parametrize("imports", [3, [3], {"a": 1}])
def test_imports_that_are_no_names_are_refused(imports):
    with pytest.raises(ValueError, match="import must be names of modules"):
        RunConfig.from_dict({"import": imports})
