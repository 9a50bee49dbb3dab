"""What feature networks are given, and what the one for faces knows."""

import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.metrics import face_network
from keras_resgen.metrics.features import BATCH, FEATURES, FeatureExtractor


@pytest.fixture(scope="module")
def extractor():
    return FEATURES["faces"]()


@pytest.fixture(scope="module")
def drawn():
    factors = faces.sample_factors(160, seed=3)
    return factors, faces.draw(factors, 64)


def test_levels_and_floats_have_the_same_features(extractor, drawn):
    _, images = drawn
    floats = images[:3] / np.float32(255.0)
    np.testing.assert_array_equal(extractor(floats), extractor(images[:3]))
    np.testing.assert_array_equal(extractor(floats + 1e-3), extractor(images[:3]))


def test_rows_do_not_depend_on_the_batch(extractor, drawn):
    _, images = drawn
    assert len(images) > 2 * BATCH
    np.testing.assert_allclose(extractor(images)[-1], extractor(images[-1:])[0], atol=1e-4)


def test_sizes_that_divide_are_averaged_and_repeated(extractor):
    images = np.random.default_rng(0).integers(0, 256, (2, 128, 128, 3), "uint8")
    expected = images.reshape(2, 64, 2, 64, 2, 3).mean(axis=(2, 4)) / 255.0
    np.testing.assert_allclose(np.asarray(extractor.prepare(images)), expected, atol=1e-6)
    small = np.asarray(extractor.prepare(images[:, :32, :32]))
    np.testing.assert_allclose(small[:, ::2, 1::2], images[:, :32, :32] / 255.0, atol=1e-6)


def test_gray_images_have_three_equal_colors(extractor):
    gray = np.random.default_rng(0).random((2, 64, 64, 1)).astype("float32")
    prepared = np.asarray(extractor.prepare(gray))
    assert prepared.shape == (2, 64, 64, 3)
    np.testing.assert_array_equal(prepared[..., 0], prepared[..., 2])


def test_other_sizes_are_resized(drawn):
    import keras

    network = keras.Sequential([keras.Input((48, 48, 3)), keras.layers.GlobalAveragePooling2D()])
    means = FeatureExtractor("means", network)(drawn[1][:4])
    np.testing.assert_allclose(means, drawn[1][:4].mean(axis=(1, 2)) / 255.0, atol=5e-3)


def test_a_version_tells_weights_apart(extractor):
    network = face_network.build()
    assert FeatureExtractor("faces", network).version != extractor.version
    assert len(extractor.version) == 12


def test_unknown_features_are_named():
    with pytest.raises(ValueError, match=r"features must be one of \['faces', 'inception'\]"):
        FEATURES["vgg"]


def test_what_is_encoded_is_decoded():
    factors = faces.sample_factors(50, seed=1)
    factors |= {"blur": np.linspace(0, 2, 50), "noise": np.linspace(0, 0.1, 50)}
    targets = face_network.encode(factors)
    found = face_network.decode(targets)
    for name, values in factors.items():
        if name in faces.FACTORS and faces.FACTORS[name].kind == "binary":
            np.testing.assert_array_equal(found[name] > 0.6, values == 1)
        elif name in faces.FACTORS and faces.FACTORS[name].kind == "choice":
            np.testing.assert_array_equal(found[name].argmax(axis=1), values)
        else:
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5)


def test_the_network_reads_faces_it_has_not_seen(drawn):
    factors, images = drawn
    predictions = face_network.load().predict(images / np.float32(255.0), verbose=0)[1]
    found = face_network.decode(predictions)
    for name in ("smile", "eyeglasses", "beard", "hat"):
        assert np.mean((found[name] > 0.5) == factors[name]) > 0.9, name
    assert np.corrcoef(found["yaw"], factors["yaw"])[0, 1] > 0.9


def test_the_weights_are_small():
    assert face_network.WEIGHTS.stat().st_size < 1_000_000
    assert face_network.WEIGHTS.with_suffix(".md").is_file()
