"""Local response normalization against the paper's formula."""

import numpy as np
import pytest
from keras import ops

from keras_resgen.layers import LocalResponseNormalization


def arrays(channels=7):
    return np.random.default_rng(0).normal(0, 30, size=(2, 3, 4, channels)).astype("float32")


def expected(x, size, bias, alpha, beta):
    y = np.empty_like(x)
    last = x.shape[-1] - 1
    for i in range(x.shape[-1]):
        first, final = max(0, i - size // 2), min(last, i + size // 2)
        energy = (x[..., first : final + 1] ** 2).sum(-1)
        y[..., i] = x[..., i] / (bias + alpha * energy) ** beta
    return y


@pytest.mark.parametrize("size", [1, 3, 5])
def test_is_the_papers_formula(size):
    x = arrays()
    y = ops.convert_to_numpy(LocalResponseNormalization(size=size)(x))
    np.testing.assert_allclose(y, expected(x, size, 2.0, 1e-4, 0.75), rtol=1e-5)
    other = LocalResponseNormalization(size=size, bias=1.0, alpha=0.1, beta=0.5)(x)
    np.testing.assert_allclose(
        ops.convert_to_numpy(other), expected(x, size, 1.0, 0.1, 0.5), rtol=1e-5
    )


def test_half_precision_does_not_overflow():
    y = LocalResponseNormalization(dtype="float16")(np.full((1, 1, 1, 5), 300.0, "float16"))
    y = ops.convert_to_numpy(y)
    assert y.dtype == "float16"
    x = np.full((1, 1, 1, 5), 300.0, "float32")
    np.testing.assert_allclose(y, expected(x, 5, 2.0, 1e-4, 0.75), rtol=1e-3)


def test_every_constructor_argument_comes_back():
    layer = LocalResponseNormalization(size=3, bias=1.0, alpha=0.2, beta=0.3)
    again = LocalResponseNormalization.from_config(layer.get_config())
    assert (again.size, again.bias, again.alpha, again.beta) == (3, 1.0, 0.2, 0.3)
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize("size", [0, 4, -1])
def test_even_sizes_are_refused(size):
    with pytest.raises(ValueError, match=rf"odd and positive.*Received: {size}.*Give"):
        LocalResponseNormalization(size=size)
