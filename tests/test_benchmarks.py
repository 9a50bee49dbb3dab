"""The sides of `scripts/benchmark_train.py` train, and those in PyTorch have the same networks."""

from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_resgen.models import FAMILIES

torch = pytest.importorskip("torch")


@pytest.fixture
def benchmark(monkeypatch):
    """Import a module of `scripts/benchmarks/` by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts"))
    return lambda name: import_module(f"benchmarks.{name}")


@pytest.mark.parametrize("network", ["resnet", "plain"])
@pytest.mark.parametrize(  # an aae has the networks of an ae
    ("family", "image_size"), [("vae", 64), ("aae", 32), ("gan", 32), ("wgan-gp", 64)]
)
def test_plain_pytorch_networks_compute_what_the_keras_networks_compute(
    benchmark, family, network, image_size
):
    options = {"network": network, "image_size": image_size, "width": 4, "latent_dim": 6}
    ours = FAMILIES[family].create(**options).networks
    theirs = benchmark("pytorch_networks").create(family, keras_padding=True, **options)
    generator = np.random.default_rng(0)
    assert ours.keys() == theirs.keys()
    (start,) = [network.start for network in theirs.values() if hasattr(network, "start")]
    for name, original in ours.items():
        original.set_weights([0.1 + 0.2 * generator.random(w.shape) for w in original.weights])
        copy = theirs[name]
        parameters = sum(p.numel() for p in copy.parameters())
        assert parameters == sum(int(np.prod(w.shape)) for w in original.trainable_weights)
        has_maps = any(len(w.shape) == 4 for w in original.weights)
        copy_weights = benchmark("pytorch_weights").copy_weights
        copy_weights(original, copy, start if has_maps else None)
        inputs = generator.random((3, *original.input_shape[1:])).astype("float32")
        tensor = torch.from_numpy(inputs)
        tensor = tensor.permute(0, 3, 1, 2) if tensor.ndim == 4 else tensor
        for training in (False, True):
            expected = keras.tree.flatten(original(inputs, training=training))
            outputs = keras.tree.flatten(copy.train(training)(tensor))
            for got, wanted in zip(outputs, expected, strict=True):
                array = got.detach().numpy()
                array = array.transpose(0, 2, 3, 1) if array.ndim == 4 else array
                np.testing.assert_allclose(array, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("side", ["tensorflow-hand", "pytorch-channels_last-bf16"])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_hand_written_sides_train(benchmark, family, side):
    sides = benchmark("sides")
    side = sides.Side.parse(side)
    setting = sides.Setting(family, "plain", 32, width=2, latent_dim=4, batch=4, steps=2)
    pixels = np.random.default_rng(0).random((8, 32, 32, 3), "float32")
    benchmark(f"{side.engine}_steps").train_by_hand(side, setting, pixels)()
