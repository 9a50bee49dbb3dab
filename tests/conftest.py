"""The backend, seeds and tiny models that tests share."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import signal
import sys

import numpy as np
import pytest

# Non-interactive shells start background processes with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def cache(tmp_path_factory):
    """A folder for prepared images in place of the user's cache, also for subprocesses."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_RESGEN_CACHE", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _seeded():
    """Seed NumPy, and Keras if a test module has imported it."""
    np.random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)


@pytest.fixture(autouse=True, scope="module")
def _session(request):
    """Clear Keras's global state after each module.

    The fast tests disable TensorFlow's graph optimizer, as `resgen train` does: it takes a quarter
    of a tiny model's time.
    """
    if "tensorflow" in sys.modules and request.config.option.markexpr == "not slow":
        options = sys.modules["tensorflow"].config.optimizer
        options.set_experimental_options({"disable_meta_optimizer": True})
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()


@pytest.fixture(scope="session")
def images():
    """Twelve images of noise: three batches of 4, or two of 6."""
    return np.random.default_rng(0).random((12, 32, 32, 3), "float32")


@pytest.fixture(scope="session")
def create():
    """`create(family, **options)`: a model of 32 pixels that is traced within a second."""
    from keras_resgen.models import create_model

    family_options = {"wgan-gp": {"n_critic": 2}}

    def build(family, *, network="plain", width=2, latent_dim=4, **options):
        return create_model(
            family,
            image_size=32,
            latent_dim=latent_dim,
            network=network,
            width=width,
            **{**family_options.get(family, {}), **options},
        )

    return build


@pytest.fixture(scope="module")
def trained(create, images):
    """`trained(family)`: `(model, history)` after three steps with Adam.

    Each family is trained once in a module; tests must not train it further.
    """
    import keras

    models = {}

    def train_once(family):
        if family not in models:
            keras.utils.set_random_seed(1)
            model = create(family)
            model.compile(keras.optimizers.Adam(1e-3))
            history = model.fit(images, batch_size=4, shuffle=False, verbose=0).history
            models[family] = (model, history)
        return models[family]

    return train_once


@pytest.fixture
def _weightless(monkeypatch):
    """Initialize weights that are only counted with zeros."""
    import keras

    monkeypatch.setattr(
        keras.initializers.VarianceScaling,
        "__call__",
        lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype),
    )


@pytest.fixture
def resgen(monkeypatch, capsys):
    """Run the command like a shell: `(exit code, standard output, standard error)`."""
    from keras_resgen import cli

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["resgen", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
