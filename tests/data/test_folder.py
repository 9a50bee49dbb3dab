import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data.sources import load_images


@pytest.fixture
def folder(tmp_path):
    """A folder, and a function that adds a picture of one gray level to it."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


def add(folder, name, level=100, size=(16, 16)):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, level).save(path, format="PNG")
    return path


@pytest.fixture
def load(folder, tmp_path):
    def load(options="", **arguments):
        arguments = {"image_size": 8, "channels": 1, "cache_dir": tmp_path / "cache", **arguments}
        return load_images(f"folder:{folder}{options}", **arguments)

    return load


def levels(images):
    return images.images[:, 0, 0, 0].tolist()


def test_every_image_below_the_folder_is_found_in_the_order_of_names(folder, load):
    names = ["b.png", "a/z.JPG", "a/b/c.jpeg", "Z.GIF", "c.bmp", "d.WebP", "é ü.png", "e\nf.png"]
    for level, name in enumerate(names):
        add(folder, name, level)
    for other in ("notes.txt", ".hidden.png", "._b.png", ".git/x.png", "__MACOSX/b.png"):
        add(folder, other)
    images = load()
    assert images.names == tuple(sorted(names))
    assert levels(images) == [names.index(name) for name in sorted(names)]
    assert images.images.dtype == np.uint8
    assert images.skipped == ()


def test_names_that_are_no_text_survive(folder, load):
    name = os.fsdecode(b"\xff\xfe.png")
    add(folder, name, 3)
    (folder / f"bad{name}").touch()
    for _ in range(2):
        images = load()
        assert images.names == (name,)
        assert images.skipped == ((f"bad{name}", "empty file"),)


def test_bad_files_are_skipped_by_name_with_a_reason(folder, load):
    add(folder, "good.png", 7)
    add(folder, "tiny.png", size=(1, 1))
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image")
    content = add(folder, "cut.png", size=(64, 64)).read_bytes()
    (folder / "cut.png").write_bytes(content[:60])
    (folder / "link.png").symlink_to("nowhere.png")
    (folder / "self.png").symlink_to("self.png")
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    images = load()
    assert images.names == ("good.png",)
    reasons = dict(images.skipped)
    assert set(reasons) == {
        "tiny.png", "empty.png", "text.jpg", "cut.png", "link.png", "self.png", "pipe.png"
    }  # fmt: skip
    assert reasons["empty.png"] == "empty file"
    assert reasons["pipe.png"] == "not a regular file"
    assert "1x1" in reasons["tiny.png"]
    assert "leads nowhere" in reasons["link.png"]
    for _ in range(2):
        with pytest.raises(ValueError, match=r"7 bad ones:(.|\n)*'empty.png': empty file"):
            load(strict=True)


def test_strict_takes_good_images(folder, load):
    add(folder, "a.png")
    assert len(load(strict=True)) == 1


def test_no_good_image_at_all_is_an_error(folder, load):
    (folder / "a.png").write_text("nothing")
    with pytest.raises(ValueError, match=r"none could be read \('a.png': cannot identify"):
        load()


def test_no_image_file_at_all_is_an_error(folder, load):
    (folder / "a.txt").touch()
    with pytest.raises(ValueError, match="none in"):
        load()


def test_what_is_no_folder_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_images(f"folder:{tmp_path}/none", image_size=8)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_images("folder:~nobody-of-this-name/x", image_size=8)
    with pytest.raises(NotADirectoryError, match="a file"):
        load_images(f"folder:{file}", image_size=8)


def test_a_folder_that_cannot_be_read_is_refused(folder, load, monkeypatch):
    add(folder, "a.png")
    add(folder, "locked/b.png")
    scandir = os.scandir

    def deny(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)
    with pytest.raises(OSError, match=r"folders that can be read.*locked.*Permission denied"):
        load()


def test_links_are_followed_but_never_in_circles(folder, load, tmp_path):
    add(folder, "a/one.png", 1)
    (folder / "a" / "up").symlink_to(folder)
    (folder / "a" / "again").symlink_to(folder / "a")
    add(tmp_path / "elsewhere", "two.png", 2)
    (folder / "b").symlink_to(tmp_path / "elsewhere")
    (folder / "three.png").symlink_to(tmp_path / "elsewhere" / "two.png")
    images = load()
    assert images.names == ("a/one.png", "b/two.png", "three.png")
    assert levels(images) == [1, 2, 2]


def test_images_come_from_the_cache_until_a_file_changes(folder, load, monkeypatch):
    path = add(folder, "a.png", 1)
    first = load()
    monkeypatch.setattr("keras_resgen.data.decoding.decode_image", None)
    assert load().fingerprint == first.fingerprint
    monkeypatch.undo()
    add(folder, "a.png", 2)
    os.utime(path, ns=(0, 0))
    assert levels(load()) == [2]
    add(folder, "b.png", 3)
    assert levels(load()) == [2, 3]
    path.unlink()
    assert levels(load()) == [3]
    assert load(channels=3).images.shape == (1, 8, 8, 3)
    assert load(image_size=16).images.shape == (1, 16, 16, 1)


def test_the_same_files_elsewhere_are_not_taken_for_these(folder, load, tmp_path):
    os.utime(add(folder, "a.png", 1), ns=(0, 0))
    assert levels(load()) == [1]
    os.utime(add(tmp_path / "other", "a.png", 2), ns=(0, 0))
    other = load_images(
        f"folder:{tmp_path}/other", image_size=8, channels=1, cache_dir=tmp_path / "cache"
    )
    assert levels(other) == [2]


def test_limit_is_spread_over_the_folder(folder, load):
    for level in range(10):
        add(folder, f"{level // 5}/{level}.png", level)
    assert levels(load(limit=4)) == [0, 2, 5, 7]
    assert levels(load(limit=100)) == list(range(10))


def test_smaller_images_are_noted(folder, load):
    add(folder, "a.png", size=(16, 16))
    add(folder, "b.png", size=(64, 64))
    assert load(image_size=16).notes == ()
    (note,) = load(image_size=32).notes
    assert note.startswith("1 of 2 images were smaller than 32 pixels")


def test_attributes_are_read_anew_and_need_a_row_for_each_image(folder, load, tmp_path):
    for name in ("a.png", "sub/b.png"):
        add(folder, name)
    table = tmp_path / "my, table=1.csv"
    table.write_text("filename,Smiling,mood\na.png,1,glad\nb.png,0,sad\n")
    images = load(f",attributes={table}")
    assert images.attribute("Smiling").tolist() == [True, False]
    assert "'mood'" in images.notes[0]
    table.write_text("filename,Smiling\na.png,0\nb.png,1\n")
    assert load(f",attributes={table}").attribute("Smiling").tolist() == [False, True]
    table.write_text("filename,Smiling\na.png,0\n")
    with pytest.raises(ValueError, match=r"1 of 2 images \('sub/b.png'\)"):
        load(f",attributes={table}")
    with pytest.raises(ValueError, match=r"Expected an attribute of .*: none. Received: 'Smiling'"):
        load().attribute("Smiling")


def test_attributes_of_skipped_images_are_left_out(folder, load, tmp_path):
    add(folder, "a.png")
    (folder / "b.png").touch()
    add(folder, "c.png")
    table = tmp_path / "table.csv"
    table.write_text("filename,x\na.png,1\nb.png,1\nc.png,0\n")
    assert load(f",attributes={table}").attribute("x").tolist() == [True, False]


def test_an_unreadable_file_is_an_error_and_not_a_bad_image(folder, load, monkeypatch):
    add(folder, "a.png")

    def deny(*_):
        raise PermissionError(13, "Permission denied", "a.png")

    monkeypatch.setattr("keras_resgen.data.decoding.decode_image", deny)
    with pytest.raises(PermissionError, match=r"a\.png"):
        load()


def test_many_files_keep_their_order(folder, load):
    for index in range(300):
        add(folder, f"{index:03}.png", index % 256)
    assert levels(load()) == [index % 256 for index in range(300)]
