import numpy as np
import pytest
from PIL import Image

from keras_resgen.callbacks import SampleGrid


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("family", "kinds"),
    [
        ("vae", ["interpolation", "reconstructions", "samples"]),
        ("gan", ["interpolation", "samples"]),
    ],
)
def test_draws_at_the_start_and_after_each_epoch(create, images, tmp_path, family, kinds):
    model = create(family)
    model.compile()
    grid = SampleGrid(tmp_path, images[:4], samples=4, columns=2)
    model.fit(images, batch_size=4, epochs=2, verbose=0, callbacks=[grid])
    expected = [f"{kind}-{epoch:04d}.png" for kind in kinds for epoch in range(3)]
    assert names(tmp_path) == sorted([*expected, "reals.png"])


def test_pictures_hold_the_real_images_and_the_models_own(create, images, tmp_path):
    model = create("ae")
    grid = SampleGrid(tmp_path, images[:2], samples=2, columns=2)
    grid.set_model(model)
    sheet = grid.sheets()["reconstructions"]
    assert sheet.shape == (2 * 34 + 2, 2 * 34 + 2, 3)
    np.testing.assert_array_equal(sheet[2:34, 2:34], np.rint(images[0] * 255))
    np.testing.assert_array_equal(
        sheet[36:68, 2:34], np.rint(model.reconstruct(images[:1])[0] * 255)
    )
    path = grid.sheets()["interpolation"]
    np.testing.assert_allclose(path[2:34, 2:34], sheet[36:68, 2:34], atol=1)


def test_the_same_latent_vectors_each_time(create, images, tmp_path):
    grid = SampleGrid(tmp_path, images[:2], samples=2)
    grid.set_model(create("gan"))
    np.testing.assert_array_equal(grid.sheets()["samples"], grid.sheets()["samples"])


def test_pictures_of_a_conditional_model_have_the_attributes_of_the_images(
    create, images, tmp_path
):
    model, attributes_given = create("vae", attributes=1), np.array([[1], [0]])
    grid = SampleGrid(tmp_path, images[:2], attributes=attributes_given, samples=4, columns=2)
    grid.set_model(model)
    sheets = grid.sheets()

    def pictures(sheet):
        return np.stack(
            [
                sheet[2 + 34 * r : 34 + 34 * r, 2 + 34 * c : 34 + 34 * c]
                for r in range(len(sheet) // 34)
                for c in range(2)
            ]
        )

    def pixels(made):
        return np.rint(255 * made)

    samples = model.sample(4, attributes=[[1], [0], [1], [0]])
    assert np.abs(samples - model.sample(4, attributes=[0])).max() > 0.01
    np.testing.assert_allclose(pictures(sheets["samples"]), pixels(samples), atol=1)
    made = pixels(model.reconstruct(images[:2], attributes_given))
    np.testing.assert_allclose(pictures(sheets["reconstructions"])[2:], made, atol=1)
    np.testing.assert_allclose(pictures(sheets["interpolation"]), made, atol=1)


def test_drawing_does_not_disturb_training(create, images, tmp_path):
    weights = []
    for callbacks in ([], [SampleGrid(tmp_path, images[:2], samples=2)]):
        model = create("gan", seed=3)
        model.set_weights([np.full(w.shape, 0.01, w.dtype) for w in model.weights])
        model.compile("sgd")
        model.fit(images, batch_size=4, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    for plain, drawn in zip(*weights, strict=True):
        np.testing.assert_array_equal(plain, drawn)


def test_gray_images_make_gray_pictures(create, tmp_path):
    grid = SampleGrid(tmp_path, np.zeros((2, 32, 32, 1), "float32"), samples=2)
    grid.set_model(create("vae", channels=1))
    grid.draw(0)
    assert Image.open(tmp_path / "samples-0000.png").mode == "L"


def test_two_images_at_least(tmp_path):
    with pytest.raises(ValueError, match="Received: 1"):
        SampleGrid(tmp_path, np.zeros((1, 32, 32, 3)))


def test_tensorboard_gets_the_pictures_too(create, images, tmp_path):
    pytest.importorskip("tensorboardX")
    grid = SampleGrid(tmp_path / "grids", images[:2], samples=2, tensorboard=tmp_path / "logs")
    grid.set_model(create("gan"))
    grid.draw(1)
    grid.on_train_end()
    (events,) = (tmp_path / "logs").iterdir()
    assert b"samples" in events.read_bytes()
