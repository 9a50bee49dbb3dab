"""Which Keras backend the tests run on."""

import keras
import pytest

# Tiny networks spend their time in XLA's compiler; scripts/test sets it for JAX too.
FAST_COMPILATION = "--xla_backend_optimization_level=0"


def only_on(*backends):
    """Skips a test on other backends, whose users have no such feature."""
    return pytest.mark.skipif(
        keras.backend.backend() not in backends, reason=f"only on {', '.join(backends)}"
    )
