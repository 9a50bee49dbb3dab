import ml_dtypes
import numpy as np
import pytest

from keras_resgen import files
from keras_resgen.callbacks.checkpoint_file import (
    checkpoints,
    newest_checkpoint,
    read_checkpoint,
    write_checkpoint,
)


def state(epoch):
    return {"epochs_done": epoch, "weights": [np.arange(5.0) + epoch, np.uint32(7)], "best": None}


@pytest.fixture
def folder(tmp_path):
    """Three checkpoints, whose names sort in their order."""
    for epoch in range(3):
        write_checkpoint(tmp_path / f"{epoch}.ckpt", state(epoch))
    return tmp_path


def test_gives_back_types_shapes_and_values(tmp_path):
    given = {
        "half": np.array([[1.5, np.nan]], ml_dtypes.bfloat16),
        "count": np.int64(3),
        "empty": np.zeros((0, 2)),
        "metrics": [0.1, float("inf"), None, True, "name"],
    }
    write_checkpoint(tmp_path / "1.ckpt", given)
    read = read_checkpoint(tmp_path / "1.ckpt")
    assert read["metrics"] == given["metrics"]
    for name in ("half", "count", "empty"):
        assert read[name].dtype == given[name].dtype
        assert read[name].shape == given[name].shape
        assert read[name].tobytes() == given[name].tobytes()


def test_equal_arrays_are_held_once(tmp_path):
    weights = np.random.default_rng(0).random(100_000)
    write_checkpoint(tmp_path / "1.ckpt", {"now": weights, "best": weights.copy(), "other": -1.0})
    assert (tmp_path / "1.ckpt").stat().st_size < 1.01 * weights.nbytes


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "half a checksum"])
def test_a_torn_file_is_passed_over_with_one_message(folder, damage):
    newest = folder / "2.ckpt"
    whole = newest.read_bytes()
    for position in (40, len(whole) // 2, len(whole) - 1):
        flipped = bytearray(whole)
        flipped[position] ^= 1
        torn = {"cut": whole[:position], "flipped": flipped, "empty": b"", "half a checksum": b"1"}
        newest.write_bytes(torn[damage])
        messages = []
        path, read = newest_checkpoint(folder, messages.append)
        assert path == folder / "1.ckpt"
        assert read["epochs_done"] == 1
        [message] = messages
        assert f"torn in {folder}: 2.ckpt; the one used is 1.ckpt" in message


def test_all_torn_is_said(folder):
    for path in checkpoints(folder):
        path.write_bytes(b"")
    messages = []
    assert newest_checkpoint(folder, messages.append) is None
    assert "2.ckpt, 1.ckpt, 0.ckpt; there is no older one" in messages[0]


def test_a_write_that_fails_leaves_what_was_there(folder, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")

    before = (folder / "2.ckpt").read_bytes()
    monkeypatch.setattr(files, "_flush", full)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(folder / "2.ckpt", state(9))
    assert (folder / "2.ckpt").read_bytes() == before
    assert [path.name for path in sorted(folder.iterdir())] == ["0.ckpt", "1.ckpt", "2.ckpt"]


def test_the_content_is_on_the_disk_before_the_name_is(folder, monkeypatch):
    steps = []
    flush, replace = files._flush, files.os.replace
    monkeypatch.setattr(files, "_flush", lambda path: (steps.append(path.name), flush(path)))
    monkeypatch.setattr(files.os, "replace", lambda *p: (steps.append("renamed"), replace(*p)))
    write_checkpoint(folder / "3.ckpt", state(3))
    assert steps == [".tmp.3.ckpt", "renamed", folder.name]
