"""The options of families, and their types."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import keras
import pytest

from keras_resgen.models import (
    FAMILIES,
    GAN,
    CommonOptions,
    VariationalAutoencoder,
    base,
    create_model,
    list_models,
)

ROOT = Path(__file__).parents[2]
TINY = {"image_size": 32, "network": "plain", "width": 2, "latent_dim": 4}


class WarmVAE(VariationalAutoencoder):
    """A family made of another one."""

    def __init__(self, *args: Any, warmth: float = 1.5, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warmth = warmth

    @classmethod
    def create_networks(cls, architecture, *, depth: int = 3, **options):
        assert depth > 0
        return super().create_networks(architecture, **options)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_declared_types_are_those_of_the_options(family):
    hints = get_type_hints(FAMILIES[family].create.__func__)
    (declared,) = get_args(hints["options"])
    common = set(CommonOptions.__annotations__)
    assert set(get_type_hints(declared)) == common | set(FAMILIES[family].options())
    assert not common & set(FAMILIES[family].options())


def test_a_subclass_inherits_the_options_of_its_family():
    inherited = VariationalAutoencoder.options()
    assert WarmVAE.options() == {**inherited, "warmth": 1.5, "depth": 3}
    model = WarmVAE.create(**TINY, warmth=2.0, depth=1, beta=4.0, encoder_network="plain")
    assert isinstance(model, WarmVAE)
    assert (model.warmth, model.initial_beta) == (2.0, 4.0)


def test_a_method_without_keywords_to_pass_on_ends_the_options():
    class Fixed(GAN):
        def __init__(self, generator, discriminator, *, seed=0, name=None):
            super().__init__(generator, discriminator, seed=seed, name=name)

    assert set(Fixed.options()) == {"r1", "r2", "discriminator_normalization"}


@pytest.mark.parametrize(
    ("option", "suggestion"),
    [("bta", "Did you mean 'beta'"), ("image_sizes", "Did you mean 'image_size'"), ("z", "Leave")],
)
def test_an_unknown_option_is_refused_before_anything_is_built(option, suggestion, monkeypatch):
    monkeypatch.setattr(base, "Architecture", None)
    with pytest.raises(
        ValueError,
        match=rf"VariationalAutoencoder must be one of .*beta.*Received: '{option}'.*{suggestion}",
    ):
        VariationalAutoencoder.create(**{option: 1})


def test_positional_arguments_are_refused():
    with pytest.raises(TypeError, match=r"keyword arguments only. Received: \(64,\). Name them"):
        super(VariationalAutoencoder, VariationalAutoencoder).create(64)


def test_models_are_created_by_the_name_of_their_family():
    assert list_models() == sorted(FAMILIES)
    model = create_model("vae", **TINY, beta=2.0, seed=3, name="mine")
    assert type(model) is VariationalAutoencoder
    assert (model.initial_beta, model.seed, model.name) == (2.0, 3, "mine")
    assert isinstance(model, keras.Model)
    with pytest.raises(ValueError, match=r"model must be one of .*'vae'.*another package"):
        create_model("vqvae")


PROGRAM = """
import numpy as np
from keras_resgen.models import FAMILIES, VariationalAutoencoder, create_model

images = np.zeros((2, 32, 32, 3), "float32")
model = VariationalAutoencoder.create(image_size=32, beta=1.0)
reveal_type(model)
reveal_type(create_model("aae"))
reveal_type(create_model("gan", image_size=32, r1=1.0))
name: str = input()
reveal_type(FAMILIES[name].create(image_size=32))
reveal_type(model.reconstruct(images))
reveal_type(model.sample(2))
reveal_type(model.encode(images))
reveal_type(model.generate(model.draw_latents(2)))
VariationalAutoencoder.create(bta=1.0)
VariationalAutoencoder.create(beta="one")
create_model("gan", beta=1.0)
"""


def test_a_type_checker_infers_families_and_knows_their_options(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    run = subprocess.run(
        [*command, str(tmp_path / "program.py")], cwd=ROOT, capture_output=True, text=True
    )
    revealed = [line.split('"')[1] for line in run.stdout.splitlines() if "Revealed" in line]
    assert [name.split("[")[0].rsplit(".", 1)[-1] for name in revealed] == [
        "VariationalAutoencoder",
        "AdversarialAutoencoder",
        "GAN",
        "GenerativeModel",
        *["ndarray"] * 4,
    ], run.stdout + run.stderr
    errors = [line for line in run.stdout.splitlines() if "error" in line]
    assert 'Unexpected keyword argument "bta"' in errors[0], run.stdout
    assert 'incompatible type "str"; expected "float"' in errors[1], run.stdout
    assert "No overload variant" in errors[2], run.stdout
    assert len(errors) == 4, run.stdout  # and their sum


def test_every_family_documents_its_options():
    for family in FAMILIES.values():
        methods = (getattr(ancestor, "create_networks", None) for ancestor in family.__mro__)
        text = "".join(inspect.getdoc(documented) or "" for documented in (family, *methods))
        assert all(f"{name}:" in text for name in family.options())
