import subprocess
import sys

import pytest

from keras_resgen.files import write_json
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.destination import check_destination, empty, locked
from keras_resgen.runs.folder import RunFolder


def test_a_folder_that_holds_no_run_is_kept(tmp_path):
    out = tmp_path / "run"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"not empty.*--overwrite"):
        check_destination(RunFolder(out), overwrite=False)
    assert (out / "precious.txt").read_text() == "mine"
    with pytest.raises(ValueError, match="Only a run can be overwritten"):
        check_destination(RunFolder(out), overwrite=True)
    (out / "config.json").write_text('{"name": "of another program"}')
    with pytest.raises(ValueError, match="Only a run can be overwritten"):
        check_destination(RunFolder(out), overwrite=True)
    assert (out / "precious.txt").read_text() == "mine"


def test_emptying_a_run_keeps_its_folder_and_other_files(tmp_path):
    old, link = tmp_path / "old", tmp_path / "link"
    (old / "samples").mkdir(parents=True)
    (old / "samples" / "reals.png").write_bytes(b"")
    (tmp_path / "kept.txt").write_text("kept")
    (old / "model.weights.h5").symlink_to(tmp_path / "kept.txt")
    (old / "photos").mkdir()
    (old / "photos" / "me.jpg").write_bytes(b"")
    link.symlink_to(old)
    write_json(old / "config.json", RunConfig().to_dict())
    check_destination(RunFolder(link), overwrite=True)
    empty(RunFolder(link))
    assert link.is_symlink()
    assert [path.name for path in old.iterdir()] == ["photos"]  # which no run made
    assert (old / "photos" / "me.jpg").is_file()
    assert (tmp_path / "kept.txt").read_text() == "kept"


def test_a_file_as_destination_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="Received: a file"):
        check_destination(RunFolder(tmp_path / "file"), overwrite=True)
    with pytest.raises(ValueError, match="is not writable"):
        check_destination(RunFolder(tmp_path / "file" / "run"), overwrite=False)


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    script = (
        "import os, sys; from pathlib import Path; from keras_resgen.runs.folder import RunFolder;"
        "from keras_resgen.runs.destination import locked\n"
        "with locked(RunFolder(Path(sys.argv[1]))): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)]).returncode == 9
    with locked(RunFolder(tmp_path)):
        check_destination(RunFolder(tmp_path), overwrite=False)  # a lock alone is no content


def test_a_configuration_of_another_program_is_no_run(tmp_path):
    """Options that this package does not know may be those of a family from outside."""
    write_json(tmp_path / "config.json", {"model": "bert", "hidden_size": 768})
    assert not RunFolder(tmp_path).is_own()
    with pytest.raises(ValueError, match="Only a run can be overwritten"):
        check_destination(RunFolder(tmp_path), overwrite=True)
