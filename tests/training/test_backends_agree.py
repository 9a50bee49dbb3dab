"""Training steps are equal on every installed backend."""

import functools
import itertools
import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from keras_resgen.backends import ADAPTERS
from keras_resgen.models import FAMILIES
from tests.backends import environment_of, only_on
from tests.training import steps

pytestmark = only_on("tensorflow")  # the test starts the others itself

INSTALLED = [name for name in ADAPTERS if find_spec(name)]
# Noise, phases that share networks, and a gradient penalty.
CASES = [("vae", "plain"), ("aae", "plain"), ("wgan-gp", "plain")]
SLOW_CASES = [
    case for case in itertools.product(sorted(FAMILIES), ("plain", "resnet")) if case not in CASES
]


@pytest.fixture(scope="module")
def steps_of(create, images, tmp_path_factory):
    """`steps_of(cases)`: folder of models trained on every installed backend; see `steps`."""

    @functools.cache
    def of(cases):
        folder = tmp_path_factory.mktemp("steps")
        np.save(folder / "images.npy", images)
        for family, network in cases:
            keras.utils.set_random_seed(1)
            model = create(family, network=network)
            rng = np.random.default_rng(2)
            for variable in model.trainable_variables:
                # Away from their initial values no gradient vanishes.
                variable.assign_add(0.05 * rng.normal(size=variable.shape))
            model.compile(keras.optimizers.SGD(1e-3))
            model.save(folder / f"{family}-{network}.keras")
        runs = [
            subprocess.Popen(
                [sys.executable, steps.__file__, folder],
                env=environment_of(backend),
                stderr=subprocess.PIPE,
                text=True,
            )
            for backend in INSTALLED
        ]
        for run in runs:
            _, errors = run.communicate()
            assert run.returncode == 0, errors
        return folder

    return of


def read(path):
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("backend", [name for name in INSTALLED if name != "tensorflow"])
@pytest.mark.parametrize(
    ("family", "network"),
    [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in SLOW_CASES)],
)
def test_steps_agree_with_tensorflow(backend, family, network, steps_of):
    cases = CASES if (family, network) in CASES else SLOW_CASES
    folder = steps_of(tuple(cases))
    wanted, given = (
        read(folder / f"{family}-{network}-{name}.npz") for name in ("tensorflow", backend)
    )
    before = keras.saving.load_model(folder / f"{family}-{network}.keras").get_weights()
    for name in wanted:
        scale = np.abs(wanted[name]).max()
        assert np.abs(given[name] - wanted[name]).max() <= 1e-4 * scale + 1e-7, name
    moved = [np.abs(wanted[f"one {i}"] - old).max() for i, old in enumerate(before)]
    assert np.median(moved) > 1e-5, "hardly anything moved: the comparison proves nothing"


def test_the_backends_under_test_are_installed():
    """The project's checks install all backends; the tests above skip missing ones."""
    if os.environ.get("CI"):
        assert list(ADAPTERS) == INSTALLED
