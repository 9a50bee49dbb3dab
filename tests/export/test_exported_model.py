import numpy as np
import pytest

from keras_resgen.export import ExportError
from keras_resgen.export.model import ExportedModel
from keras_resgen.latent import project, walk


@pytest.mark.parametrize("family", ["ae", "vae", "aae"])
def test_an_export_with_an_encoder_does_what_its_model_does(exported, family):
    made = exported(family, "resnet")
    model, export = made.model, ExportedModel(made.folder)
    images = np.random.default_rng(0).random((5, 32, 32, 3), "float32")
    np.testing.assert_array_equal(export.draw_latents(7, 3), model.draw_latents(7, 3))
    np.testing.assert_allclose(export.sample(7, 3), model.sample(7, 3), atol=1e-4)
    np.testing.assert_allclose(export.reconstruct(images), model.reconstruct(images), atol=1e-3)
    for one, other in zip(export.posterior(images), model.posterior(images), strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * np.abs(other).max())
    ends = model.encode(images[:2])
    np.testing.assert_allclose(walk(export, ends, 3), walk(model, ends, 3), atol=1e-3)
    assert (export.image_shape, export.latent_dim) == (model.image_shape, model.latent_dim)


def test_an_export_without_one_says_so(exported):
    export = ExportedModel(exported("gan", "resnet").folder)
    assert not export.has_encoder
    with pytest.raises(ValueError, match=r"needs an ONNX file of encode. Received: one with"):
        export.encode(np.zeros((1, 32, 32, 3), "float32"))


def test_batches_of_any_size_give_the_same_images(exported):
    export = ExportedModel(exported("gan", "resnet").folder)
    latents = export.draw_latents(35)
    np.testing.assert_allclose(
        export.generate(latents), export.generate(latents, batch_size=8), atol=1e-5
    )


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


def test_the_gradients_of_an_export_find_what_those_of_its_model_find(exported):
    made = exported("gan", "resnet")
    images = made.model.sample(2, seed=5)
    of_model, of_export = (
        project(one, images, steps=20, seed=1) for one in (made.model, ExportedModel(made.folder))
    )
    np.testing.assert_allclose(of_export, of_model, atol=0.02)


def test_a_changed_file_is_not_run(tiny_export):
    assert ExportedModel(tiny_export).sample(2).shape == (2, 16, 16, 1)
    path = next(tiny_export.glob("*.onnx"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ExportError, match="was changed"):
        ExportedModel(tiny_export)
