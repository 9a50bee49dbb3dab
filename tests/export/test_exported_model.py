import numpy as np
import pytest

from keras_resgen.export import ExportError
from keras_resgen.export.exported_model import ExportedModel
from keras_resgen.latent import project


def test_a_conditional_export_is_told_attributes(random_model, tmp_path):
    from keras_resgen.export import export_model

    model = random_model("gan", network="plain", attributes=2)
    export_model(model, tmp_path / "e")
    export = ExportedModel(tmp_path / "e")
    assert export.attributes == 2
    for told in (np.array([1, 0]), np.array([[0, 1], [1, 1], [0, 0]])):
        np.testing.assert_allclose(
            export.sample(3, attributes=told), model.sample(3, attributes=told), atol=1e-4
        )
    with pytest.raises(ValueError, match=r"told 2 attributes of each image. Received: none. Give"):
        export.sample(3)
    images = model.sample(2, attributes=[1, 0])
    assert project(export, images, attributes=np.ones((2, 2)), steps=2).shape == (2, 8)


def test_a_changed_file_is_not_run(tiny_export):
    assert ExportedModel(tiny_export).sample(2).shape == (2, 16, 16, 1)
    path = next(tiny_export.glob("*.onnx"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ExportError, match="was changed"):
        ExportedModel(tiny_export)
