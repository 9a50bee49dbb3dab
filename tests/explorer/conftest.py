"""Exports that pages are made of."""

import numpy as np
import pytest

from keras_resgen.export import LatentTools, export_model
from keras_resgen.latent import fit_gaussian
from keras_resgen.models import FAMILIES

LATENT_DIM = 8


@pytest.fixture(scope="session")
def export_for_page(tmp_path_factory):
    """`export_for_page(family)`: folder of an export with two directions, made once."""
    folders = {}

    def of(family):
        if family not in folders:
            rng = np.random.default_rng(0)
            model = FAMILIES[family].create(
                image_size=32, latent_dim=LATENT_DIM, width=2, network="plain"
            )
            tools = LatentTools(
                prior=fit_gaussian(rng.normal(size=(50, LATENT_DIM))),
                fitted="gaussian",
                directions={name: rng.normal(size=LATENT_DIM) for name in ("Smiling", "No_Beard")},
                method="means",
            )
            folder = tmp_path_factory.mktemp("exports") / family
            export_model(model, folder, formats=("onnx", "onnx_fp16"), tools=tools)
            folders[family] = folder
        return folders[family]

    return of
