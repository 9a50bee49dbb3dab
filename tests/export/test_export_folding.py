"""Exports have no trace of what only training needs."""

from collections import Counter

import numpy as np
import onnx
import onnxruntime
import tensorflow as tf

from keras_resgen.export import export_model
from keras_resgen.export.onnx_format import onnx_bytes
from keras_resgen.export.signatures import trace_signatures


def test_spectral_normalisation_is_folded_into_the_kernels(random_model, tmp_path):
    options = {"network": "plain", "width": 2}
    model = random_model("gan", discriminator_normalization="spectral", **options)
    export_model(model, tmp_path / "gan")
    images = np.random.default_rng(0).random((2, 32, 32, 3)).astype("float32")
    expected = model.discriminator.predict(images, verbose=0)
    path = tmp_path / "gan" / "discriminator.onnx"
    (logits,) = onnxruntime.InferenceSession(path).run(None, {"images": images})
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    served = tf.saved_model.load(str(tmp_path / "gan" / "saved_model")).signatures["discriminate"]
    outputs = served(images=tf.constant(images))
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-4, atol=1e-5)
    nodes = served.graph.as_graph_def().node
    assert not {node.op for node in nodes} & {"Sqrt", "RealDiv", "Square"}

    other = random_model("gan", discriminator_normalization="none", **options)
    (discriminate,) = (s for s in trace_signatures(other) if s.name == "discriminate")
    graph, plain = onnx.load(path).graph, onnx.load_from_string(onnx_bytes(discriminate, {})).graph
    assert Counter(n.op_type for n in graph.node) == Counter(n.op_type for n in plain.node)
    assert sorted(tuple(i.dims) for i in graph.initializer) == sorted(
        tuple(i.dims) for i in plain.initializer
    )


def test_an_export_tells_its_prior_and_has_draws_of_it(random_model, tmp_path, monkeypatch):
    model = random_model("aae", network="plain", width=2, prior="swiss_roll")
    manifest = export_model(model, tmp_path / "aae")
    assert manifest.latent == {"dim": 8, "prior": "swiss_roll", "components": 10}
    card = (tmp_path / "aae" / "README.md").read_text()
    assert "from the prior `swiss_roll`" in card
    monkeypatch.chdir(tmp_path / "aae")
    snippets = [block.split("```")[0] for block in card.split("```python\n")[1:]]
    assert len(snippets) == 2
    for code in snippets:
        namespace = {}
        exec(code, namespace)
        np.testing.assert_array_equal(namespace["latents"], model.draw_latents(4))
        assert namespace["images"].shape == (4, 32, 32, 3)
