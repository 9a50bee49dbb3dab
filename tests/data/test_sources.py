import subprocess
import sys

import numpy as np
import pytest

from keras_resgen.data import faces
from keras_resgen.data.decoding import to_gray
from keras_resgen.data.sources import load_images


@pytest.fixture
def load(tmp_path):
    return lambda source, **options: load_images(
        source, **{"image_size": 32, "cache_dir": tmp_path, **options}
    )


def test_faces_come_with_attributes_and_factors(load):
    images = load("faces,count=300,seed=3")
    factors = faces.sample_factors(300, 3)
    np.testing.assert_array_equal(images.images, faces.draw(factors, 32))
    for name, values in faces.attributes(factors).items():
        np.testing.assert_array_equal(images.attribute(name), values)
    for name, values in factors.items():
        np.testing.assert_array_equal(images.factors[name], values)
    assert images.names[:2] == ("0", "1")
    assert images.source == "faces,count=300,seed=3"


def test_faces_are_drawn_once(load, monkeypatch):
    first = load("faces,count=5")
    monkeypatch.setattr(faces, "draw", None)
    assert load("faces,count=5").fingerprint == first.fingerprint
    monkeypatch.setattr(faces, "VERSION", "another")
    with pytest.raises(TypeError):
        load("faces,count=5")


def test_limit_takes_the_first_faces(load):
    limited = load("faces,count=9", limit=4)
    assert len(limited) == 4
    np.testing.assert_array_equal(limited.images, load("faces,count=9").images[:4])


def test_options_change_the_faces(load):
    sources = ("faces,count=6", "faces,count=6,seed=1", "faces,count=6,variant=correlated")
    assert len({load(source).fingerprint for source in sources}) == 3


def test_gray_faces_are_the_luma_of_colored_ones(load):
    gray, color = (load("faces,count=4", channels=channels) for channels in (1, 3))
    np.testing.assert_array_equal(gray.images, to_gray(color.images))


@pytest.mark.parametrize(
    ("source", "arguments", "message"),
    [
        ("faces,variant=odd", {}, "odd"),
        ("faces", {"image_size": 4}, "image_size=4"),
        ("faces", {"channels": 4}, "channels=4"),
        ("faces", {"limit": 0}, "limit=0"),
        ("celeba", {}, r"faces\[,count=.*folder:PATH.*tfds:NAME.*Received: 'celeba'"),
        ("faces,cuont=7", {}, "cuont"),
    ],
)
def test_bad_requests_are_refused(load, tmp_path, source, arguments, message):
    with pytest.raises(ValueError, match=message):
        load(source, **arguments)
    assert list(tmp_path.iterdir()) == []


def test_the_package_and_its_sources_are_light_to_import():
    script = (
        "import sys, keras_resgen.data; assert 'numpy' not in sys.modules; "
        "from keras_resgen.data import load_images; "
        "assert not {'tensorflow', 'keras', 'tensorflow_datasets'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_public_name_can_be_imported():
    import keras_resgen.data

    public = [getattr(keras_resgen.data, name) for name in keras_resgen.data.__all__]
    assert all(callable(value) or value is keras_resgen.data.SOURCES for value in public)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = keras_resgen.data.nonsense
