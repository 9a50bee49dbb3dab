"""Which Keras backend the tests run on."""

import os

import keras
import pytest

# Tiny networks spend their time in the compiler; scripts/test sets this for JAX too. And XLA ends a
# process whose devices do not meet within 40 seconds, as they may not on a busy machine.
XLA_FLAGS = (
    "--xla_backend_optimization_level=0 --xla_cpu_collective_call_terminate_timeout_seconds=600"
)


def only_on(*backends):
    """Skips a test on other backends, whose users have no such feature."""
    return pytest.mark.skipif(
        keras.backend.backend() not in backends, reason=f"only on {', '.join(backends)}"
    )


def environment_of(backend, **more):
    """What a process that runs on a backend has in its environment."""
    return {**os.environ, "KERAS_BACKEND": backend, "XLA_FLAGS": XLA_FLAGS, **more}
