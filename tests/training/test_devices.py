"""Many devices do what one does; here two virtual CPU devices, in processes of their own."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from keras_resgen.training import distributed
from keras_resgen.training.devices import ENGINES
from tests.backends import FAST_COMPILATION, only_on

INSTALLED = [name for name in ENGINES if find_spec(name)]
CASES = ["vae:synchronized", "wgan-gp:none", "ae:batch"]
SLOW_CASES = ["ae:none", "vae:none", "aae:none", "aae:synchronized", "gan:none", "gan:synchronized"]


@only_on("tensorflow")  # the test starts the others itself
@pytest.mark.parametrize("cases", [CASES, pytest.param(SLOW_CASES, marks=pytest.mark.slow)])
@pytest.mark.parametrize("backend", INSTALLED)
def test_two_devices_do_what_one_does(backend, cases):
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.many_devices", *cases],
        env={**os.environ, "KERAS_BACKEND": backend, "XLA_FLAGS": FAST_COMPILATION},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    refusals = run.stdout.splitlines()
    for text in ("Received: a batch of 3", "Received: a batch of 1", "devices must be at most 2"):
        assert any(text in line for line in refusals), run.stdout
    if backend == "tensorflow":
        for text in ("gradient_accumulation_steps on 2", "jit_compile on 2"):
            assert any(f"Received: {text} devices. Leave it out" in line for line in refusals)


@only_on("torch")
def test_a_backend_without_an_engine_is_refused():
    with pytest.raises(ValueError, match=r"Many devices need.*Received: 'torch'"), distributed(2):
        pass


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match=r"devices must be 1 or more. Received: 0"), distributed(0):
        pass
