"""One network in every form that it is run in, as functions to time."""

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
    """A VAE's networks, exported by this package and by PyTorch.

    Args:
        model: a `keras_resgen.models.VariationalAutoencoder`.
        options: that it was created with.
        folder: for the files.
    """

    def __init__(self, model: Any, options: dict[str, Any], folder: Path) -> None:
        self.model = model
        self.folder = folder
        self.manifest = export_model(model, folder / "export", formats=FORMATS)
        self.saved_model = tf.saved_model.load(str(folder / "export/saved_model"))
        twins = create("vae", keras_padding=True, **options)
        for name, twin in twins.items():
            copy_weights(model.networks[name], twin, twins["decoder"].start)
            self._export_twin(name, twin.eval())

    def path(self, name: str, ending: str = ".onnx") -> Path:
        """The file of a network."""
        return self.folder / "export" / f"{name}{ending}"

    def pytorch_path(self, name: str) -> Path:
        """The file of its twin."""
        return self.folder / f"{name}.pytorch.onnx"

    def _export_twin(self, name: str, twin: torch.nn.Module) -> None:
        size, _, channels = self.model.image_shape
        shape = (channels, size, size) if name == "encoder" else (self.model.latent_dim,)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                twin,
                (torch.zeros(2, *shape),),
                self.pytorch_path(name),
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                external_data=False,
                verbose=False,
            )

    def runs(self, name: str, batch: int) -> dict[str, Run]:
        """Returns what computes a network's outputs for so many rows, by name.

        Images go to PyTorch's file channels first, as it takes them.

        Args:
            name: `"encoder"` or `"decoder"`.
            batch: how many rows.
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
    """Returns the largest difference between outputs.

    Args:
        ours: outputs, images channels last.
        theirs: the same outputs in some order, images in either layout.
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
