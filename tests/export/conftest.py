"""Exports that tests share. Tests that change an export copy it."""

import shutil
from contextlib import nullcontext
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from keras_resgen.export import LatentTools, export_model
from keras_resgen.latent import fit_mixture
from keras_resgen.models import FAMILIES


def randomized(model, seed=0):
    """Randomize biases, scales and moving statistics, so that a wrong fold is noticed."""
    rng = np.random.default_rng(seed)
    for network in model.networks.values():
        network.set_weights(
            [
                rng.uniform(0.5, 1.5, w.shape)
                * (rng.choice([-1, 1], w.shape) if w.min() <= 0 else 1)
                if w.ndim == 1
                else w
                for w in network.get_weights()
            ]
        )
    return model


@pytest.fixture(scope="session")
def random_model():
    """`random_model(family, **options)`: a model of 32 pixels with random weights."""

    def build(family, *, image_size=32, latent_dim=8, width=4, **options):
        model = FAMILIES[family].create(
            image_size=image_size, latent_dim=latent_dim, width=width, **options
        )
        return randomized(model)

    return build


def latent_tools():
    """A mixture of three components, and two directions."""
    rng = np.random.default_rng(1)
    codes = np.concatenate([rng.normal(size=(50, 8)) + offset for offset in (-3.0, 0.0, 3.0)])
    directions = {name: rng.normal(size=8) for name in ("Smiling", "Eyeglasses")}
    return LatentTools(fit_mixture(codes, components=3), "mixture", directions, "means")


# The one export with latent tools and all formats of the required packages.
EVERYTHING = ("vae", "resnet")


@pytest.fixture(scope="session")
def exported(random_model, tmp_path_factory):
    """`exported(family, network)`: its `model`, `folder`, `manifest` and `tools`, exported once."""
    exports = {}

    def of(family, network):
        if (family, network) not in exports:
            model = random_model(family, network=network)
            folder = tmp_path_factory.mktemp("exports") / family
            options, tools = {}, None
            if (family, network) == EVERYTHING:
                tools = latent_tools()
                options["formats"] = ("saved_model", "onnx", "onnx_fp16", "onnx_int8")
            manifest = export_model(
                model, folder, tools=tools, metadata={"data": "faces"}, **options
            )
            exports[family, network] = SimpleNamespace(
                model=model, folder=folder, manifest=manifest, tools=tools
            )
        return exports[family, network]

    return of


class TinyModel:
    """The smallest exportable model: a dense layer, and images of 16 x 16 gray pixels."""

    def __init__(self, decode=None, latent_dim=2):
        self.image_shape = (16, 16, 1)
        self.latent_dim = latent_dim
        self.prior, self.prior_components = "gaussian", 0
        latents = keras.Input((latent_dim,))
        x = keras.layers.Dense(256, activation="sigmoid", bias_initializer="normal")(latents)
        self.decoder = keras.Model(latents, keras.layers.Reshape(self.image_shape)(x))
        self.networks = {"decoder": self.decoder}
        self.decode = decode or (lambda images: images)

    def averaged_weights(self):
        return nullcontext()

    def draw_latents(self, count):
        return np.random.default_rng(0).standard_normal((count, self.latent_dim), "float32")

    def endpoints(self):
        return {
            "generate": SimpleNamespace(
                function=lambda latents: {"images": self.decode(self.decoder(latents))},
                inputs={"latents": (self.latent_dim,)},
                network="decoder",
            )
        }


@pytest.fixture(scope="session")
def tiny_model():
    """`tiny_model(decode=None)`: a model that exports quickly; `decode` changes its images."""
    return TinyModel


@pytest.fixture(scope="session")
def tiny_original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny") / "export"
    export_model(TinyModel(), folder)
    return folder


@pytest.fixture
def tiny_export(tiny_original, tmp_path):
    """A copy of a small export that tests may damage."""
    return shutil.copytree(tiny_original, tmp_path / "export")
