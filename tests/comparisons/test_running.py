"""Trainings are queued, gone on with and stopped."""

import json
import os
import signal
import threading
import time

import pytest

from keras_resgen.comparisons import running
from keras_resgen.comparisons.folder import metrics_by_variant, read_results
from keras_resgen.comparisons.running import run_entries
from keras_resgen.comparisons.study import Study


def entries(seeds=2):
    study = Study("?", {"width": 2}, {"a": {"network": "resnet"}, "b": {"latent_dim": 8}}, seeds)
    return study.entries()


def called(folder):
    lines = (folder.path.parent / "called.txt").read_text().splitlines()
    return [line.split() for line in lines]


def test_each_is_trained_and_measured_by_commands_of_its_own(folder):
    said, seen = [], set()
    run_entries(folder, entries(), say=said.append, progress=lambda *done: seen.add(done))
    commands = called(folder)
    assert [words[0] for words in commands] == ["train", "evaluate"] * 4
    assert commands[2][1:] == [
        *("--latent-dim", "8", "--width", "2"),
        *("--out", str(folder.path / "runs" / "b-seed0")),
    ]
    assert said[-1] == "b-seed1: done; 4 of 4."
    assert (20, 20, "a-seed0") in seen
    assert "$ resgen evaluate" in folder.log("a-seed1").read_text()
    metrics = metrics_by_variant(read_results(folder, entries()))
    assert metrics == {"a": {"psnr": [20.0, 21.0]}, "b": {"psnr": [20.0, 21.0]}}


def test_more_seeds_go_on_from_what_is_there(folder):
    run_entries(folder, entries(1))
    said = []
    run_entries(folder, entries(2), say=said.append)
    assert said[0] == "2 of 4 training runs are done already."
    assert len(called(folder)) == 8


def test_as_many_at_a_time_as_there_are_jobs(folder, monkeypatch):
    at_work, most = set(), 0
    original = running._Queue._process

    async def counted(self, entry, *arguments):
        nonlocal most
        at_work.add(entry.name)
        most = max(most, len(at_work))
        try:
            return await original(self, entry, *arguments)
        finally:
            at_work.discard(entry.name)

    monkeypatch.setattr(running._Queue, "_process", counted)
    run_entries(folder, entries(2), jobs=2)
    assert most == 2


def test_a_training_that_fails_ends_it_with_its_last_words(folder):
    (folder.path.parent / "bad").touch()
    with pytest.raises(RuntimeError, match=r"a-seed0, which ended with 1:(.|\n)*no such images"):
        run_entries(folder, entries())
    assert len(called(folder)) == 1


def test_a_training_that_left_the_numbers_is_a_result(folder):
    (folder.path.parent / "nan").touch()
    run_entries(folder, entries(1))
    assert len(read_results(folder, entries(1))) == 2


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_stops_all_and_they_go_on_later(folder, number, error):
    slow = folder.path.parent / "slow"
    slow.touch()

    def stop():
        deadline = time.monotonic() + 30
        logs = [folder.log(name) for name in ("a-seed0", "b-seed0")]
        runs = [folder.run(name).metrics for name in ("a-seed0", "b-seed0")]
        while not all(run.is_file() for run in runs) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        assert all(log.is_file() for log in logs)
        os.kill(os.getpid(), number)

    threading.Thread(target=stop).start()
    with pytest.raises(error):
        run_entries(folder, entries(1), jobs=2)
    for name in ("a-seed0", "b-seed0"):
        assert folder.log(name).read_text().endswith("Stopped.\n")
    slow.unlink()
    run_entries(folder, entries(1))
    assert [words[:2] for words in called(folder)[2:]] == [
        ["train", "--resume"],
        ["evaluate", str(folder.path / "runs" / "a-seed0")],
        ["train", "--resume"],
        ["evaluate", str(folder.path / "runs" / "b-seed0")],
    ]


def test_a_measurement_that_fails_is_not_forgiven_for_a_training_that_did(folder):
    (folder.path.parent / "nan").touch()
    (folder.path.parent / "unmeasured").touch()
    with pytest.raises(RuntimeError, match=r"a-seed0, which ended with 1:(.|\n)*no memory"):
        run_entries(folder, entries(1))


def test_what_a_kill_left_before_the_configuration_is_trained_anew(folder):
    torn = folder.run("a-seed0")
    torn.distribution.mkdir(parents=True)
    run_entries(folder, entries(1))
    assert called(folder)[0][:2] == ["train", "--width"]
    assert not torn.distribution.exists()


def test_who_asks_twice_does_not_wait(folder):
    for name in ("slow", "deaf"):
        (folder.path.parent / name).touch()
    run = folder.run("a-seed0").metrics

    def stop():
        deadline = time.monotonic() + 30
        while not run.is_file() and time.monotonic() < deadline:
            time.sleep(0.02)
        for _ in range(2):
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=stop).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_entries(folder, entries(1))
    assert time.monotonic() - start < 30


def test_metrics_of_other_images_do_not_compare(folder):
    run_entries(folder, entries(1))
    file = folder.evaluation("a-seed0") / "metrics.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "held_out": "b"}))
    with pytest.raises(ValueError, match="same held-out images"):
        read_results(folder, entries(1))
