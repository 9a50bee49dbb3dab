import numpy as np
import pytest

from keras_resgen.export import ExportedModel, ExportError, export_model
from keras_resgen.latent import project


def test_a_conditional_export_generates_what_the_model_does(random_model, tmp_path):
    model = random_model("gan", network="plain", attributes=2)
    export_model(model, tmp_path / "e")
    export = ExportedModel(tmp_path / "e")
    assert export.attributes == 2
    for attributes in (np.array([1, 0]), np.array([[0, 1], [1, 1], [0, 0]])):
        np.testing.assert_allclose(
            export.sample(3, attributes=attributes),
            model.sample(3, attributes=attributes),
            atol=1e-4,
        )
    with pytest.raises(
        ValueError, match=r"conditioned on 2 attributes. Received: no attributes. Give"
    ):
        export.sample(3)
    images = model.sample(2, attributes=[1, 0])
    assert project(export, images, attributes=np.ones((2, 2)), steps=2).shape == (2, 8)


def test_an_export_with_a_changed_file_is_not_loaded(tiny_export):
    assert ExportedModel(tiny_export).sample(2).shape == (2, 16, 16, 1)
    path = next(tiny_export.glob("*.onnx"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ExportError, match="was changed"):
        ExportedModel(tiny_export)
