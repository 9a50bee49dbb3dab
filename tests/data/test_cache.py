import json
import multiprocessing
import os
import shutil
import signal
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from keras_resgen.data import cache
from keras_resgen.data.source_plan import Chunk, SourcePlan

SHAPE = (8, 8, 3)
COUNT = 30


def chunks(value=0, pause=0.0):
    for start in range(0, COUNT, 10):
        time.sleep(pause)
        rows = np.arange(start, start + 10)
        yield Chunk(
            np.full((9, *SHAPE), value, np.uint8) + rows[:9, None, None, None].astype(np.uint8),
            names=tuple(str(row) for row in rows[:9]),
            attributes={"even": rows[:9] % 2 == 0},
            factors={"place": rows[:9] / COUNT, "two/parts": np.ones((9, 2))},
            skipped=((str(rows[9]), "bad"),),
            enlarged=1,
        )


def plan(value=0, **changes):
    return SourcePlan(
        **{
            "kind": "test",
            "key": {"value": value},
            "total": COUNT,
            "label": "making",
            "chunks": lambda: chunks(value),
            **changes,
        }
    )


def fetch(folder, made=None, progress=lambda *_: None):
    return cache.fetch(made or plan(), SHAPE, folder, progress)


def never():
    raise AssertionError("made again")
    yield


def test_what_was_made_is_read_back(tmp_path):
    for made in (plan(), plan(chunks=never)):
        entry = fetch(tmp_path / "new", made)
        rows = np.array([row for row in range(COUNT) if row % 10 != 9])
        assert entry.images.shape == (27, *SHAPE)
        np.testing.assert_array_equal(entry.images[:, 0, 0, 0], rows)
        assert entry.names == tuple(map(str, rows))
        np.testing.assert_array_equal(entry.attributes["even"], rows % 2 == 0)
        np.testing.assert_array_equal(entry.factors["place"], rows / COUNT)
        assert entry.factors["two/parts"].shape == (27, 2)
        assert entry.skipped == (("9", "bad"), ("19", "bad"), ("29", "bad"))
        assert entry.enlarged == 3


def test_images_are_memory_mapped_and_cannot_be_changed(tmp_path):
    images = fetch(tmp_path).images
    assert isinstance(images.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 1


def test_progress_goes_from_nothing_to_all(tmp_path):
    calls = []
    fetch(tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [(done, COUNT, "making") for done in (0, 10, 20, 30)]


def test_every_key_has_its_own_entry(tmp_path):
    fingerprints = {fetch(tmp_path, plan(value)).fingerprint for value in (0, 1, 0)}
    assert len(fingerprints) == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_the_fingerprint_knows_the_pixels_and_the_shape_alone(tmp_path):
    pixels = np.arange(8 * 8 * 2 * 3, dtype=np.uint8)

    def fingerprint(shape, name):
        made = Chunk(pixels.reshape(-1, *shape), tuple(name * (pixels.size // np.prod(shape))))
        one = plan(key={"name": name, "shape": shape}, total=1, chunks=lambda: iter([made]))
        return cache.fetch(one, shape, tmp_path, lambda *_: None).fingerprint

    assert fingerprint((8, 8, 3), "a") == fingerprint((8, 8, 3), "b")
    assert fingerprint((8, 8, 3), "a") != fingerprint((8, 8, 1), "a")


def test_a_failure_leaves_nothing(tmp_path):
    def fail():
        yield from chunks()
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fetch(tmp_path, plan(chunks=fail))
    assert list(tmp_path.iterdir()) == []


def test_no_readable_image_is_an_error_that_says_why(tmp_path):
    empty = Chunk(np.empty((0, *SHAPE), np.uint8), (), skipped=(("a.png", "truncated"),))
    with pytest.raises(ValueError, match=r"1 files and none could be read \('a.png': truncated\)"):
        fetch(tmp_path, plan(chunks=lambda: iter([empty])))
    assert list(tmp_path.iterdir()) == []


def damage_images(path):
    os.truncate(path / "images.u8", 100)


def damage_details(path):
    (path / "details.json").write_text("{")


def damage_arrays(path):
    (path / "arrays.npz").write_bytes(b"PK\x03\x04 and no more")


def remove_arrays(path):
    (path / "arrays.npz").unlink()


@pytest.mark.parametrize("damage", [damage_images, damage_details, damage_arrays, remove_arrays])
def test_a_damaged_entry_is_made_again(tmp_path, damage):
    fingerprint = fetch(tmp_path).fingerprint
    (path,) = tmp_path.iterdir()
    damage(path)
    assert fetch(tmp_path).fingerprint == fingerprint
    assert fetch(tmp_path, plan(chunks=never)).fingerprint == fingerprint
    assert list(tmp_path.iterdir()) == [path]


def make_slowly(folder, started):
    started.set()
    fetch(folder, plan(chunks=lambda: chunks(pause=0.3)))


def test_killed_while_making_leaves_nothing_that_is_taken(tmp_path):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=make_slowly, args=(tmp_path, started))
    process.start()
    started.wait()
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    (partial,) = tmp_path.iterdir()
    assert partial.name.startswith(".partial-")
    assert len(fetch(tmp_path).images) == 27
    assert partial.exists()  # it may belong to a process that is still at work


def test_abandoned_partial_entries_are_removed(tmp_path):
    partial = tmp_path / ".partial-old"
    partial.mkdir()
    (partial / "images.u8").write_bytes(b"x")
    for path in (partial / "images.u8", partial):
        os.utime(path, (0, 0))
    fetch(tmp_path)
    assert not partial.exists()


def test_two_processes_at_once_agree(tmp_path):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    processes = [context.Process(target=make_slowly, args=(tmp_path, started)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(list(tmp_path.iterdir())) == 1
    assert len(fetch(tmp_path, plan(chunks=never)).images) == 27


def test_a_cache_that_cannot_be_written_is_refused(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below", Path("/proc/none")):
        with pytest.raises(OSError, match=rf"writable cache folder. Received: {folder}.*KERAS_RES"):
            fetch(folder, plan(chunks=never))


def test_a_read_only_cache_still_serves_what_it_holds(tmp_path, monkeypatch):
    fetch(tmp_path)
    monkeypatch.setattr(cache.tempfile, "mkdtemp", lambda **_: never())
    assert len(fetch(tmp_path).images) == 27


def test_too_little_space_is_found_before_any_work(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 0, COUNT * 8 * 8 * 3 - 1))
    with pytest.raises(OSError, match=r"0\.0 MB are free"):
        fetch(tmp_path, plan(chunks=never))


def test_a_disk_that_fills_up_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device.*Free some space"):
        fetch(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_faults_of_the_source_are_not_blamed_on_the_cache(tmp_path):
    def fail():
        raise PermissionError(13, "Permission denied", "face.jpg")
        yield

    with pytest.raises(PermissionError, match=r"face\.jpg"):
        fetch(tmp_path, plan(chunks=fail))


def test_a_defect_of_a_source_is_noticed(tmp_path):
    wrong = Chunk(np.zeros((2, *SHAPE), np.uint8), ("only one",))
    with pytest.raises(TypeError, match="defect of the image source"):
        fetch(tmp_path, plan(chunks=lambda: iter([wrong])))


def test_names_of_any_characters_survive(tmp_path):
    names = ("new\nline", "\udcff undecodable", "顔 .png", '"quotes"')
    one = Chunk(np.zeros((4, *SHAPE), np.uint8), names, skipped=(("\udcfe", "bad\n"),))
    entry = fetch(tmp_path, plan(chunks=lambda: iter([one])))
    assert entry.names == names
    assert entry.skipped == (("\udcfe", "bad\n"),)


def test_the_cache_folder_is_argument_then_environment_then_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.ENVIRONMENT_VARIABLE, str(tmp_path))
    assert cache.cache_folder(Path("mine")) == Path("mine")
    assert cache.cache_folder() == tmp_path
    monkeypatch.delenv(cache.ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_folder().name == "keras_resgen"


def test_details_can_be_read_by_people(tmp_path):
    fetch(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("test-8x8x3-")
    assert json.loads((path / "details.json").read_text())["plan"]["value"] == 0
