"""Training on two virtual CPU devices equals training on one."""

import subprocess
import sys
from importlib.util import find_spec

import keras
import pytest

from keras_resgen.models import Autoencoder
from keras_resgen.training import distributed
from keras_resgen.training.devices import ENGINES, current_devices
from tests.backends import environment_of, only_on

INSTALLED = [name for name in ENGINES if find_spec(name)]
CASES = {"tensorflow": ["vae:synchronized"], "jax": ["gan:none"]}
SLOW_CASES = [
    "gan:synchronized",
    "ae:none",
    "vae:none",
    "aae:none",
    "aae:synchronized",
    "gan:none",
    "vae:synchronized",
]
SLOW_CASES += ["wgan-gp:none", "ae:batch", "vae:none:conditional", "gan:none:conditional"]


@only_on("tensorflow")  # the test starts the others itself
@pytest.mark.parametrize(
    ("backend", "cases"),
    [
        *((backend, CASES[backend]) for backend in INSTALLED),
        *(pytest.param(backend, SLOW_CASES, marks=pytest.mark.slow) for backend in INSTALLED),
    ],
)
def test_two_devices_equal_one(backend, cases):
    run = subprocess.run(
        [sys.executable, "-m", "tests.training.many_devices", *cases],
        env=environment_of(backend),
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


def test_more_devices_than_exist_are_refused():
    with pytest.raises(ValueError, match=r"devices must be 1 or more. Received: 0"), distributed(0):
        pass


@only_on("tensorflow")
def test_other_strategies_of_tensorflow_are_refused(monkeypatch):
    import tensorflow as tf

    with (
        tf.distribute.experimental.CentralStorageStrategy().scope(),
        pytest.raises(ValueError, match="Received: CentralStorageStrategy"),
    ):
        Autoencoder.create(image_size=32, latent_dim=4, width=2)
    # To make one takes a cluster.
    server = object.__new__(tf.distribute.ParameterServerStrategy)
    monkeypatch.setattr(tf.distribute, "get_strategy", lambda: server)
    monkeypatch.setattr(tf.distribute, "has_strategy", lambda: True)
    with pytest.raises(ValueError, match="Received: ParameterServerStrategyV2"):
        current_devices()


@only_on("tensorflow", "jax")
def test_unsupported_distributions_of_keras_are_refused():
    kinds = keras.distribution
    mesh = kinds.DeviceMesh((1,), ["batch"], devices=kinds.list_devices()[:1])
    distribution = {
        "tensorflow": lambda: kinds.DataParallel(device_mesh=mesh),
        "jax": lambda: kinds.ModelParallel(layout_map=kinds.LayoutMap(mesh)),
    }[keras.backend.backend()]()
    kinds.set_distribution(distribution)
    try:
        with pytest.raises(ValueError, match=f"Received: {type(distribution).__name__}"):
            Autoencoder.create(image_size=32, latent_dim=4, width=2)
    finally:
        kinds.set_distribution(None)
