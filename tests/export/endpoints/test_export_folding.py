"""Exports contain no spectral normalization, and record the prior of latent vectors."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from keras_resgen.export import export_model
from keras_resgen.export.endpoints.signatures import trace_signatures
from keras_resgen.export.formats.onnx_format import onnx_bytes

OPTIONS = {"network": "plain", "width": 2, "prior": "swiss_roll"}


@pytest.fixture(scope="module")
def special(random_model, tmp_path_factory):
    """An adversarial autoencoder with a spectral discriminator and a prior of its own."""
    model = random_model("aae", discriminator_normalization="spectral", **OPTIONS)
    folder = tmp_path_factory.mktemp("exports") / "aae"
    return SimpleNamespace(model=model, folder=folder, manifest=export_model(model, folder))


def test_spectral_normalization_is_folded_into_the_kernels(special, random_model):
    codes = special.model.draw_latents(5)
    expected = special.model.discriminator.predict(codes, verbose=0)
    path = special.folder / "discriminator.onnx"
    (logits,) = onnxruntime.InferenceSession(path).run(None, {"codes": codes})
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    served = tf.saved_model.load(str(special.folder / "saved_model")).signatures["discriminate"]
    outputs = served(codes=tf.constant(codes))
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-4, atol=1e-5)
    nodes = served.graph.as_graph_def().node
    assert not {node.op for node in nodes} & {"Sqrt", "RealDiv", "Square"}

    other = random_model("aae", discriminator_normalization="none", **OPTIONS)
    (discriminate,) = (s for s in trace_signatures(other) if s.name == "discriminate")
    graph, plain = onnx.load(path).graph, onnx.load_from_string(onnx_bytes(discriminate, {})).graph
    assert Counter(n.op_type for n in graph.node) == Counter(n.op_type for n in plain.node)
    assert sorted(tuple(i.dims) for i in graph.initializer) == sorted(
        tuple(i.dims) for i in plain.initializer
    )


def test_an_export_records_its_prior_and_samples_from_it(special, monkeypatch):
    assert special.manifest.latent == {
        "dim": 8,
        "prior": "swiss_roll",
        "components": 10,
        "draw": {"distribution": "swiss_roll", "fitted": False},
    }
    card = (special.folder / "README.md").read_text()
    assert "from the prior `swiss_roll`" in card
    monkeypatch.chdir(special.folder)
    snippets = [block.split("```")[0] for block in card.split("```python\n")[1:]]
    assert len(snippets) == 2
    for code in snippets:
        namespace = {}
        exec(code, namespace)
        assert (
            namespace["noise"].shape[0] == 4
        )  # which the network of the prior maps to latent vectors
        assert namespace["images"].shape == (4, 32, 32, 3)
