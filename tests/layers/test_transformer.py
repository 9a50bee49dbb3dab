"""The Transformer block against the same computed by hand."""

import math

import keras
import numpy as np
import pytest

from keras_resgen.layers import TransformerBlock

array = keras.ops.convert_to_numpy
X = np.random.default_rng(0).normal(size=(2, 5, 8)).astype("float32")


def randomized(block):
    rng = np.random.default_rng(1)
    block.build(X.shape)
    block.set_weights([rng.normal(0.3, 0.4, w.shape) for w in block.get_weights()])
    return block


def normalized(x, layer):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    scaled = (x - mean) / np.sqrt(variance + layer.epsilon)
    return scaled * array(layer.gamma) + array(layer.beta)


def attended(x, layer):
    """softmax(Q K^T / sqrt(d)) V of each head, put together."""
    query, key, value, output = (
        (array(part.kernel), array(part.bias))
        for part in (layer.query_dense, layer.key_dense, layer.value_dense, layer.output_dense)
    )
    q, k, v = (
        np.einsum("btc,chd->bhtd", x, kernel) + bias[None, :, None]
        for kernel, bias in (query, key, value)
    )
    scores = q @ k.transpose(0, 1, 3, 2) / math.sqrt(q.shape[-1])
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return np.einsum("bhtd,hdc->btc", shares @ v, output[0]) + output[1]


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


@pytest.mark.parametrize("shortcut", [True, False])
def test_equals_the_formulas(shortcut):
    block = randomized(TransformerBlock(heads=2, expansion=3, shortcut=shortcut))
    x = shortcut * X + attended(normalized(X, block.attention_norm), block.attention)
    hidden = gelu(
        normalized(x, block.dense_norm) @ array(block.hidden.kernel) + array(block.hidden.bias)
    )
    expected = shortcut * x + hidden @ array(block.dense.kernel) + array(block.dense.bias)
    np.testing.assert_allclose(array(block(X)), expected, rtol=1e-3, atol=1e-3)


def test_its_parameters_are_those_of_the_paper():
    block = TransformerBlock(heads=4)
    block.build((None, None, 16))
    attention = 4 * (16 * 16 + 16)
    network = 16 * 64 + 64 + 64 * 16 + 16
    assert block.count_params() == attention + network + 2 * 2 * 16


def test_tokens_have_no_order():
    block = randomized(TransformerBlock(heads=2))
    order = [3, 0, 4, 1, 2]
    np.testing.assert_allclose(array(block(X[:, order])), array(block(X))[:, order], atol=1e-4)


def test_it_comes_back_with_a_model(tmp_path):
    tokens = keras.Input((5, 8))
    model = keras.Model(tokens, TransformerBlock(heads=2, expansion=2, shortcut=False)(tokens))
    model.save(tmp_path / "block.keras")
    loaded = keras.saving.load_model(tmp_path / "block.keras")
    np.testing.assert_array_equal(array(loaded(X)), array(model(X)))


def test_channels_are_divided_among_heads():
    with pytest.raises(ValueError, match="8 channels and 3 heads"):
        TransformerBlock(heads=3)(X)
