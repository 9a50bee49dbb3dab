"""Training on two hosts, here processes on the loopback address, equals training on one."""

import itertools
import socket

import numpy as np
import pytest

from keras_resgen.training import distributed
from keras_resgen.training.devices import hosts as hosts_module
from keras_resgen.training.devices.hosts import Hosts, answer_probes
from tests.backends import only_on
from tests.hosts import finish, free_addresses, start
from tests.training.test_devices import INSTALLED

CASES = ["vae:none"]
SLOW_CASES = ["ae:none", "vae:synchronized", "aae:none", "gan:synchronized", "wgan-gp:none"]
SLOW_CASES += ["vae:none:conditional"]


@only_on("tensorflow")  # the test starts the others itself
@pytest.mark.parametrize(
    ("backend", "cases"),
    [
        pytest.param(*case, marks=[] if case == ("tensorflow", CASES) else pytest.mark.slow)
        for case in itertools.product(INSTALLED, (CASES, SLOW_CASES))
    ],
)
def test_two_hosts_equal_one(backend, cases, tmp_path):
    hosts = ",".join(free_addresses())
    outs = [tmp_path / f"{name}.npz" for name in ("first", "second", "alone")]
    program = ("-m", "tests.training.many_hosts")
    ends = finish(
        [
            start(backend, *program, outs[0], hosts, 0, *cases),
            start(backend, *program, outs[1], hosts, 1, *cases),
            start(backend, *program, outs[2], "", 0, *cases),
        ]
    )
    assert [code for code, *_ in ends] == [0, 0, 0], ends
    *of_hosts, alone = [dict(np.load(out)) for out in outs]
    for name, array in alone.items():
        for host in of_hosts:
            np.testing.assert_allclose(host[name], array, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, ["a:1", "b:2"], 2), r"host must be an index of the 2 hosts, from 0. Received: 2"),
        ((1, (), 1), r"host must be an index of the 0 hosts"),
    ],
)
def test_unknown_hosts_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message), distributed(*arguments):
        pass


def test_a_process_belongs_to_the_same_hosts_until_it_ends(monkeypatch):
    monkeypatch.setattr(hosts_module, "_joined", Hosts(("a:1", "b:1"), 0))
    with (
        pytest.raises(ValueError, match=r"Received: \('a:1', 'c:1'\) after \('a:1', 'b:1'\)"),
        distributed(1, ["a:1", "c:1"], 0),
    ):
        pass


@only_on("torch")
def test_a_backend_without_an_engine_is_refused():
    with (
        pytest.raises(ValueError, match=r"Many devices need.*Received: 'torch'"),
        distributed(1, ["127.0.0.1:1", "127.0.0.1:2"], 0),
    ):
        pass


@only_on("tensorflow")
def test_a_process_that_has_used_tensorflow_cannot_join_others():
    import tensorflow as tf

    tf.constant(1) + 1
    with (
        pytest.raises(ValueError, match=r"before it uses TensorFlow.*Enter distributed\(\) first"),
        distributed(1, free_addresses(), 0),
    ):
        pass


def test_a_vanished_host_ends_the_process_with_an_error_that_names_it(monkeypatch, capsys):
    alive, gone = free_addresses()
    answer_probes(alive)
    server = socket.create_server(("127.0.0.1", int(gone.rpartition(":")[2])))
    hosts = Hosts(("127.0.0.1:1", alive, gone), 0)
    assert hosts.unreachable() == []

    class EndedError(Exception):
        pass

    class Clock:
        """Time passes at once, and the second host vanishes after the first look."""

        looks = 0

        def is_set(self):
            return False

        def wait(self, seconds):
            self.looks += 1
            if self.looks == 2:
                server.close()
            return False

    def end(code):
        raise EndedError(code)

    monkeypatch.setattr(hosts_module.os, "_exit", end)
    clock = Clock()
    with pytest.raises(EndedError, match="1"):
        hosts_module._watch(hosts, clock)
    assert clock.looks == 1 + hosts_module.PROBES_MISSED
    assert f"Received: no answer from host 2 ({gone})." in capsys.readouterr().err
