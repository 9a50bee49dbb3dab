"""Exports for the tests of the page."""

import keras
import numpy as np
import pytest

from keras_resgen.export import LatentTools, export_model
from keras_resgen.latent import fit_gaussian
from keras_resgen.models import FAMILIES

LATENT_DIM = 8
ATTRIBUTES = ["Eyeglasses", "No_Beard"]


@pytest.fixture(scope="session")
def export_for_page(tmp_path_factory):
    """`export_for_page(kind)`: folder of an export, made once.

    It has two directions, or of the kind "conditional gan" a model with two attributes.
    """
    folders = {}
    options = {"image_size": 32, "latent_dim": LATENT_DIM, "width": 2, "network": "plain"}

    def export_conditional(folder):
        keras.utils.set_random_seed(0)
        model = FAMILIES["gan"].create(**options, attributes=2)
        weights = model.generator.get_weights()
        model.generator.set_weights(
            [3 * w for w in weights]
        )  # so that attributes change the images
        export_model(model, folder, formats=("onnx",), metadata={"attributes": ATTRIBUTES})

    def of(family):
        if family not in folders:
            folder = tmp_path_factory.mktemp("exports") / family
            folders[family] = folder
            if family == "conditional gan":
                export_conditional(folder)
                return folder
            rng = np.random.default_rng(0)
            model = FAMILIES[family].create(**options)
            tools = LatentTools(
                prior=fit_gaussian(rng.normal(size=(50, LATENT_DIM))),
                fitted="gaussian",
                directions={name: rng.normal(size=LATENT_DIM) for name in ("Smiling", "No_Beard")},
                method="means",
            )
            export_model(model, folder, formats=("onnx", "onnx_fp16"), tools=tools)
        return folders[family]

    return of
