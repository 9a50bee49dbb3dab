"""One network in every form that `scripts/benchmark_export.py` times."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import tensorflow as tf
import torch

from benchmarks.pytorch_networks import create
from benchmarks.pytorch_weights import copy_weights
from keras_resgen.export import export_model

FORMATS = ("saved_model", "onnx", "onnx_fp16", "onnx_int8")
OURS, PYTORCH = "ONNX", "PyTorch's ONNX"
Run = Callable[[], list[np.ndarray]]


class ExportSides:
    """The networks of a VAE, exported by this package and by PyTorch.

    Args:
        model: a `keras_resgen.models.VariationalAutoencoder`.
        options: arguments that the model was created with.
        folder: where the files are written.
    """

    def __init__(self, model: Any, options: dict[str, Any], folder: Path) -> None:
        self.model = model
        self.folder = folder
        self.manifest = export_model(model, folder / "export", formats=FORMATS)
        self.saved_model = tf.saved_model.load(str(folder / "export/saved_model"))
        networks = create("vae", keras_padding=True, **options)
        for name, network in networks.items():
            copy_weights(model.networks[name], network, networks["decoder"].start)
            self._export_network(name, network.eval())

    def path(self, name: str, ending: str = ".onnx") -> Path:
        """Return the file of a network in this package's export."""
        return self.folder / "export" / f"{name}{ending}"

    def pytorch_path(self, name: str) -> Path:
        """Return the file of a network in PyTorch's export."""
        return self.folder / f"{name}.pytorch.onnx"

    def _export_network(self, name: str, network: torch.nn.Module) -> None:
        size, _, channels = self.model.image_shape
        shape = (channels, size, size) if name == "encoder" else (self.model.latent_dim,)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (torch.zeros(2, *shape),),
                self.pytorch_path(name),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                external_data=False,
                verbose=False,
            )

    def runs(self, name: str, batch: int) -> dict[str, Run]:
        """Return a function for each side that computes a network's outputs.

        PyTorch's file takes images with channels first.

        Args:
            name: `"encoder"` or `"decoder"`.
            batch: number of rows.
        """
        network = self.model.networks[name]
        inputs = np.random.default_rng(0).random((batch, *network.input_shape[1:]), "float32")
        turned = np.ascontiguousarray(inputs.transpose(0, 3, 1, 2)) if inputs.ndim == 4 else inputs
        tensor = tf.constant(inputs)
        signature = self.saved_model.signatures["encode" if name == "encoder" else "decode"]
        (taken,) = signature.structured_input_signature[1]
        traced = tf.function(lambda x: network(x, training=False), autograph=False)

        def arrays(outputs: Any) -> list[np.ndarray]:
            return [np.asarray(output) for output in tf.nest.flatten(outputs)]

        return {
            OURS: _session(self.path(name), inputs),
            PYTORCH: _session(self.pytorch_path(name), turned),
            "ONNX, float16 weights": _session(self.path(name, ".fp16.onnx"), inputs),
            "ONNX, 8-bit integers": _session(self.path(name, ".int8.onnx"), inputs),
            "SavedModel": lambda: arrays(signature(**{taken: tensor})),
            "tf.function": lambda: arrays(traced(tensor)),
            "model()": lambda: arrays(network(tensor, training=False)),
            "predict": lambda: arrays(network.predict(inputs, batch_size=batch, verbose=0)),
        }


def difference(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    """Return the largest difference between the outputs of two sides.

    Args:
        ours: outputs, images with channels last.
        theirs: the same outputs in any order, images in either layout.
    """
    turned = [b.transpose(0, 2, 3, 1) if b.ndim == 4 else b for b in theirs]
    pairs = [[b for b in (*theirs, *turned) if b.shape == a.shape] for a in ours]
    return max(
        min(float(np.abs(a - b).max()) for b in found) for a, found in zip(ours, pairs, strict=True)
    )


def _session(path: Path, inputs: np.ndarray) -> Run:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: inputs}
    return lambda: session.run(None, feed)
