"""Which checkpoint hosts go on from, each of which has a folder of its own."""

import re

import numpy as np
import pytest

from keras_resgen.callbacks.checkpoint_file import checkpoint_path, write_checkpoint
from keras_resgen.callbacks.shared_checkpoint import newest_shared_checkpoint
from keras_resgen.training.devices import hosts

NONE = [[-1, -1], [-1, -1]]


def newest(monkeypatch, tmp_path, own, of_the_other):
    """The checkpoint this host resumes from, if it and another have these; and the reports."""
    for position in own:
        write_checkpoint(checkpoint_path(tmp_path, *position), {"position": position})
    reported = []

    def gather(numbers):
        return np.array([numbers, np.array(of_the_other, "int32")])

    monkeypatch.setattr(hosts, "_current", hosts.Hosts(("a:1", "b:1"), 0, gather))
    found = newest_shared_checkpoint(tmp_path, reported.append)
    return found and found[1]["position"], reported


@pytest.mark.parametrize(
    ("own", "of_the_other", "expected", "reported"),
    [
        ([[1, 0], [2, 0]], [[1, 0], [2, 0]], [2, 0], []),
        ([[1, 0], [1, 5]], [[0, 9], [1, 0]], [1, 0], ["epoch-00001-step-00000005.ckpt"]),
        ([[1, 0], [2, 0]], [[2, 0], [2, 7]], [2, 0], []),
        ([[1, 0]], NONE, None, ["epoch-00001-step-00000000.ckpt"]),
        ([], [[-1, -1], [1, 0]], None, []),
        ([], NONE, None, []),
    ],
)
def test_hosts_go_on_from_the_newest_that_all_have(
    own, of_the_other, expected, reported, monkeypatch, tmp_path
):
    found, messages = newest(monkeypatch, tmp_path, own, of_the_other)
    assert found == expected
    assert messages == [f"Passed over {name}, which not all hosts have." for name in reported]


@pytest.mark.parametrize(
    ("own", "of_the_other", "without"),
    [
        ([[4, 0], [5, 0]], NONE, "host 1 (b:1)"),
        ([], [[4, 0], [5, 0]], "host 0 (a:1)"),
        ([[4, 0], [5, 0]], [[7, 0], [8, 0]], "no host"),
    ],
)
def test_a_host_that_has_lost_its_folder_is_named(
    own, of_the_other, without, monkeypatch, tmp_path
):
    with pytest.raises(ValueError, match=re.escape(f"none at all on {without}. Copy the run's")):
        newest(monkeypatch, tmp_path, own, of_the_other)
