"""The real builders of TensorFlow Datasets, driven on small made archives."""

import hashlib
import io
import tarfile
import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image
from tensorflow_datasets.datasets.celeb_a.celeb_a_dataset_builder import (
    ATTR_HEADINGS,
    LANDMARK_HEADINGS,
)

from keras_resgen.data.sources import load_images


@pytest.fixture
def manual(tmp_path):
    folder = tmp_path / "tfds" / "downloads" / "manual"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def load(tmp_path):
    return lambda name, **arguments: load_images(
        f"tfds:{name},data_dir={tmp_path}/tfds",
        **{"image_size": 16, "cache_dir": tmp_path / "cache", **arguments},
    )


def picture(level, format, size=(256, 256)):
    stream = io.BytesIO()
    Image.new("RGB", size, (level, 0, 0)).save(stream, format)
    return stream.getvalue()


def reds(images):
    return images.images[:, 0, 0, 0].tolist()


def smiling(index):
    return index % 3 == 0


def annotation(names):
    """CelebA's attribute file: `Smiling` follows the index, `No_Beard` is its opposite."""
    lines = [str(len(names)), " ".join(ATTR_HEADINGS)]
    for index, name in enumerate(names):
        signs = {"Smiling": smiling(index), "No_Beard": not smiling(index)}
        lines.append(f"{name} " + " ".join("1" if signs.get(a) else "-1" for a in ATTR_HEADINGS))
    return "\n".join(lines) + "\n"


def write_tar(manual, names, levels):
    with tarfile.open(manual / "data256x256.tar", "w") as archive:
        for name, level in zip(names, levels, strict=True):
            content = picture(level, "PNG")
            entry = tarfile.TarInfo(f"data256x256/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def by_level(images, attribute):
    """Values of an attribute, in the order of the images' red level."""
    order = np.argsort(reds(images))
    return images.attribute(attribute)[order].tolist()


def test_celeb_a_hq_takes_attributes_by_index(manual, load):
    write_tar(manual, [f"imgHQ{index:05}.png" for index in range(7)], range(7))
    images = load("celeb_a_hq/256")
    assert sorted(reds(images)) == list(range(7))
    assert images.attributes == {}
    assert "put CelebAMask-HQ-attribute-anno.txt" in images.notes[0]
    assert str(manual) in images.notes[0]
    (manual / "CelebAMask-HQ-attribute-anno.txt").write_text(
        annotation([f"{index}.jpg" for index in range(30)])
    )
    again = load("celeb_a_hq/256")
    assert by_level(again, "Smiling") == [smiling(index) for index in range(7)]
    assert by_level(again, "No_Beard") == [not smiling(index) for index in range(7)]
    assert len(again.attributes) == 40
    assert again.names == images.names
    assert images.names[0].startswith("data256x256/imgHQ")
    assert "CelebAMask-HQ" in again.notes[0]


def test_celeb_a_hq_takes_attributes_through_the_image_list(manual, load):
    write_tar(manual, [f"{index:05}.jpg" for index in range(4)], range(4))
    originals = ["000009.jpg", "000002.jpg", "000005.jpg", "000001.jpg"]
    (manual / "image_list.txt").write_text(
        "idx orig_idx orig_file proc_md5 final_md5\n"
        + "".join(f"{i} {int(o[:6]) - 1} {o} x y\n" for i, o in enumerate(originals))
    )
    celeba = [f"{index:06}.jpg" for index in range(12)]
    (manual / "list_attr_celeba.txt").write_text(annotation(celeba))
    images = load("celeb_a_hq/256")
    assert by_level(images, "Smiling") == [smiling(int(name[:6])) for name in originals]


def test_celeb_a_hq_under_celebas_own_names(manual, load):
    originals = ["000009.jpg", "000002.jpg", "000005.jpg"]
    write_tar(manual, originals, range(3))
    (manual / "image_list.txt").write_text("idx orig_idx orig_file\n0 1 000002.jpg\n")
    celeba = [f"{index:06}.jpg" for index in range(12)]
    (manual / "list_attr_celeba.txt").write_text(annotation(celeba))
    images = load("celeb_a_hq/256")
    assert by_level(images, "Smiling") == [smiling(int(name[:6])) for name in originals]


def test_celeb_a_hq_images_beyond_the_annotation_are_refused(manual, load):
    write_tar(manual, ["imgHQ00001.png", "imgHQ00002.png"], (1, 2))
    (manual / "CelebAMask-HQ-attribute-anno.txt").write_text(annotation(["0.jpg", "1.jpg"]))
    with pytest.raises(ValueError, match=r"1 of 2 images \('data256x256/imgHQ00002.png'\)"):
        load("celeb_a_hq/256")


def test_an_image_list_of_another_kind_is_refused(manual, load):
    write_tar(manual, ["imgHQ00000.png"], (1,))
    (manual / "image_list.txt").write_text("0 119612 119613.jpg\n")
    (manual / "list_attr_celeba.txt").write_text(annotation(["000001.jpg"]))
    with pytest.raises(ValueError, match="columns idx and orig_file"):
        load("celeb_a_hq/256")


@pytest.mark.parametrize("other_file", [None, "data512x512.tar"])
def test_celeb_a_hq_without_its_archive_says_what_goes_where(manual, load, other_file):
    if other_file:  # where tfds would raise a TypeError of its own
        (manual / other_file).write_bytes(b"x")
    with pytest.raises(FileNotFoundError, match=rf"in {manual}.*data256x256.tar \(missing\)"):
        load("celeb_a_hq/256")


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "0 bytes instead of many"), (b"no archive" * 100, r"good files.*tfds: ReadError")],
)
def test_a_bad_archive_is_refused(manual, load, content, message):
    (manual / "data256x256.tar").write_bytes(content)
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        load("celeb_a_hq/256")


@pytest.fixture
def celeb_a(manual, monkeypatch):
    """Small files in the place of celeb_a's, and their checksums in the place of the real ones."""
    names = [f"{index + 1:06}.jpg" for index in range(9)]
    with zipfile.ZipFile(manual / "img_align_celeba.zip", "w") as archive:
        for index, name in enumerate(names):
            archive.writestr(f"img_align_celeba/{name}", picture(20 * index, "JPEG", (178, 218)))
    texts = {
        "list_attr_celeba.txt": annotation(names),
        "list_eval_partition.txt": "".join(
            f"{n} {(i > 4) + (i > 7)}\n" for i, n in enumerate(names)
        ),
        "list_landmarks_align_celeba.txt": f"9\n{' '.join(LANDMARK_HEADINGS)}\n"
        + "".join(f"{name}{' 1' * 10}\n" for name in names),
        "identity_CelebA.txt": "".join(f"{name} 7\n" for name in names),
    }
    for name, text in texts.items():
        (manual / name).write_text(text)
    builder = tfds.builder_cls("celeb_a")
    small = {}
    for url, info in builder.url_infos.items():
        content = (manual / info.filename).read_bytes()
        small[url] = type(info)(
            size=len(content), checksum=hashlib.sha256(content).hexdigest(), filename=info.filename
        )
    monkeypatch.setattr(builder, "url_infos", small)
    return manual


def test_celeb_a_comes_with_its_attributes(celeb_a, load):
    images = load("celeb_a")
    assert len(images) == 5
    order = np.argsort(reds(images))
    assert np.abs(np.array(reds(images))[order] - 20 * np.arange(5)).max() <= 3
    assert by_level(images, "Smiling") == [smiling(index) for index in range(5)]
    assert len(images.attributes) == 40
    assert images.images.shape == (5, 16, 16, 3)
    assert images.notes == ()


def test_splits_and_limits(celeb_a, load):
    assert len(load("celeb_a,split=validation")) == 3
    assert len(load("celeb_a,split=train+validation")) == 8
    assert len(load("celeb_a,split=train[:2]")) == 2
    limited = load("celeb_a", limit=3)
    np.testing.assert_array_equal(limited.images, load("celeb_a").images[:3])
    np.testing.assert_array_equal(
        limited.attribute("Smiling"), load("celeb_a").attribute("Smiling")[:3]
    )
    with pytest.raises(ValueError, match=r"one of test, train, validation.*Received: 'nosuch'"):
        load("celeb_a,split=nosuch")


def test_celeb_a_with_a_cut_off_file_says_which(celeb_a, load):
    (celeb_a / "list_attr_celeba.txt").write_text("9")
    (celeb_a / "identity_CelebA.txt").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        load("celeb_a")
    assert "list_attr_celeba.txt (1 bytes instead of" in str(caught.value)
    assert "identity_CelebA.txt (missing)" in str(caught.value)
    assert "img_align_celeba.zip" not in str(caught.value)


def test_celeb_a_with_a_damaged_file_is_refused(celeb_a, load):
    path = celeb_a / "img_align_celeba.zip"
    path.write_bytes(path.read_bytes()[::-1])
    with pytest.raises(ValueError, match="NonMatchingChecksumError"):
        load("celeb_a")


def test_celeb_a_without_files_says_which_and_where_at_once(manual, load):
    with pytest.raises(FileNotFoundError) as caught:
        load("celeb_a")
    for part in (str(manual), "img_align_celeba.zip (missing)", "mmlab.ie.cuhk.edu.hk"):
        assert part in str(caught.value)


class ResgenDigits(tfds.core.GeneratorBasedBuilder):
    """A gray image set with labels, such as mnist."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(28, 28, 1)),
            "label": tfds.features.ClassLabel(num_classes=10),
        }
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for index in range(300):
            yield index, {"image": np.full((28, 28, 1), index % 256, np.uint8), "label": 3}


class ResgenTexts(tfds.core.GeneratorBasedBuilder):
    """No image set."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = {"text": tfds.features.Text()}
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {}

    def _generate_examples(self):
        return iter(())


def test_any_prepared_image_set_can_be_loaded(tmp_path, load):
    with pytest.raises(FileNotFoundError, match=r"tfds build resgen_digits --data_dir=.*/tfds"):
        load("resgen_digits")
    ResgenDigits(data_dir=tmp_path / "tfds").download_and_prepare()
    for channels in (1, 3):
        images = load("resgen_digits", channels=channels)
        assert images.images.shape == (300, 16, 16, channels)
        assert sorted(reds(images)) == sorted(index % 256 for index in range(300))
    assert images.attributes == {}
    assert images.factors is None
    assert images.names[:2] == ("0", "1")


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    ResgenDigits(data_dir=tmp_path / "elsewhere").download_and_prepare()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "elsewhere"))
    images = load_images("tfds:resgen_digits", image_size=8, limit=2, cache_dir=tmp_path / "cache")
    assert len(images) == 2


def test_what_is_no_image_set_is_refused(load):
    with pytest.raises(ValueError, match=r"feature `image`.*resgen_texts with text"):
        load("resgen_texts")


@pytest.mark.parametrize("name", ["resgen_nonsense", "celeb_a_hq/300", "celeb_a:0.0.1", "a b", "/"])
def test_unknown_names_are_refused_briefly(load, name):
    with pytest.raises(ValueError, match=r"such as celeb_a_hq/256") as caught:
        load(name)
    assert len(str(caught.value)) < 1000
