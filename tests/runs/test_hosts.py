"""Runs of two hosts: lost ones, stopped ones, and those that do not fit together."""

import signal
import time
from itertools import product

import pytest

from keras_resgen.callbacks.checkpoint_file import checkpoints
from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.runs.folder import RunFolder
from tests.hosts import finish, free_addresses, start
from tests.training.test_devices import INSTALLED

TINY = [
    "--data",
    "faces,count=205",
    "--held-out",
    0.5,
    "--model",
    "vae",
    "--image-size",
    32,
    "--width",
    2,
]
TINY += ["--latent-dim", 4, "--network", "plain", "--normalization", "none", "--batch-size", 16]
TINY += ["--epochs", 4, "--checkpoint-steps", 1]


@pytest.fixture
def resgen(tmp_path):
    """`resgen(backend, *arguments)` starts a command with a cache of the test's own."""

    def run(backend, *arguments):
        cache = {"KERAS_RESGEN_CACHE": str(tmp_path / "cache")}
        return start(backend, "-m", "keras_resgen", *arguments, **cache)

    return run


def logs(out):
    return [
        {name: value for name, value in line.items() if name != "seconds"}
        for line in read_metrics(RunFolder(out).metrics)
    ]


def wait_for_checkpoint(outs, processes):
    """Waits until all have a checkpoint."""
    while not all(checkpoints(RunFolder(out).checkpoints) for out in outs):
        assert all(process.poll() is None for process in processes), finish(processes)
        time.sleep(0.005)


@pytest.fixture
def outs(tmp_path):
    return [tmp_path / "first", tmp_path / "second"]


def slow_but(*cases):
    """All backends and hosts, of which these cases alone are among the fast tests."""
    return [
        pytest.param(*case, marks=[] if case in cases else pytest.mark.slow)
        for case in product(INSTALLED, (0, 1))
    ]


@pytest.mark.parametrize(("backend", "lost"), slow_but())
def test_a_lost_host_ends_the_other_and_the_run_resumes(backend, lost, resgen, outs, tmp_path):
    hosts = free_addresses()
    together = ["--hosts", ",".join(hosts)]
    processes = [
        resgen(backend, "train", *TINY, *together, "--host", i, "--out", out)
        for i, out in enumerate(outs)
    ]
    wait_for_checkpoint(outs, processes)
    processes[lost].kill()
    ends = finish(processes)
    code, _, errors = ends[1 - lost]
    assert code != 0, ends
    named = f"no answer from host {lost} ({hosts[lost]})" in errors
    # JAX aborts when its coordinator, the first host, is gone, and may be faster than our message.
    aborted = lost == 0 and backend == "jax" and "the leader" in errors
    assert named or aborted, errors

    together = ["--hosts", ",".join(free_addresses())]
    ends = finish(
        [
            *(resgen(backend, "train", "--resume", out, *together) for out in outs),
            resgen(backend, "train", *TINY, "--out", tmp_path / "alone"),
        ]
    )
    assert [code for code, *_ in ends] == [0, 0, 0], ends
    assert logs(outs[0]) == logs(outs[1])
    assert logs(outs[0]) == [pytest.approx(line, rel=1e-3) for line in logs(tmp_path / "alone")]


@pytest.mark.parametrize(("backend", "stopped"), slow_but())
def test_a_signal_to_one_host_stops_all_at_the_same_step(backend, stopped, resgen, outs):
    together = ["--epochs", 1000, "--hosts", ",".join(free_addresses())]
    processes = [
        resgen(backend, "train", *TINY, *together, "--host", i, "--out", out)
        for i, out in enumerate(outs)
    ]
    wait_for_checkpoint(outs, processes)
    processes[stopped].send_signal(signal.SIGTERM)
    ends = finish(processes)
    assert [code for code, *_ in ends] == [143, 143], ends
    first, second = [checkpoints(RunFolder(out).checkpoints)[-1].name for out in outs]
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("backend", INSTALLED)
def test_hosts_with_different_options_are_refused(backend, resgen, outs):
    hosts = free_addresses()
    processes = [
        resgen(
            *(backend, "train", *TINY, "--hosts", ",".join(hosts), "--host", i, "--out", out),
            *("--seed", i),
        )
        for i, out in enumerate(outs)
    ]
    for code, _, errors in finish(processes):
        assert code == 2, errors
        assert f"Received: other options than host 0's on host 1 ({hosts[1]})" in errors
    assert not any(out.exists() for out in outs)


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "failing"), slow_but())
def test_a_failing_host_says_why_and_ends_the_others(backend, failing, resgen, outs):
    hosts = free_addresses()
    outs[failing].mkdir()
    (outs[failing] / "notes.txt").write_text("not a run")
    processes = [
        resgen(backend, "train", *TINY, "--hosts", ",".join(hosts), "--host", i, "--out", out)
        for i, out in enumerate(outs)
    ]
    ends = finish(processes)
    assert ends[failing][0] == 2
    assert "notes.txt" in ends[failing][2] or str(outs[failing]) in ends[failing][2]
    assert ends[1 - failing][0] != 0


@pytest.mark.slow
@pytest.mark.parametrize("backend", INSTALLED)
def test_all_hosts_stop_by_the_same_measurements(backend, resgen, outs):
    measured = ["--data", "faces,count=205", "--held-out", 0.5, "--model", "gan"]
    # Batch normalization has statistics of its own on each host.
    options = [*TINY, *measured, "--normalization", "batch", "--epochs", 2]
    together = ["--hosts", ",".join(free_addresses())]
    ends = finish(
        [
            resgen(backend, "train", *options, *together, "--host", i, "--out", out)
            for i, out in enumerate(outs)
        ]
    )
    assert [code for code, *_ in ends] == [0, 0], ends
    assert "val_frechet_faces" in logs(outs[0])[0]
    assert logs(outs[0]) == logs(outs[1])
