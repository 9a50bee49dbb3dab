import os
import subprocess
import sys

# Stands for an installed backend that has no adapter: keras itself would import it.
SCRIPT = """
import sys
import keras
keras.backend.backend = lambda: "openvino"
sys.argv = ["resgen", "train", "--data", "faces,count=60", "--out", "run"]
from keras_resgen import cli
cli.main()
"""


def test_a_backend_without_an_adapter_ends_the_command_with_one_message(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
    )
    assert result.returncode == 1
    expected = "('tensorflow', 'jax', 'torch'). Received: 'openvino'."
    assert f"Training needs one of the Keras backends {expected}" in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())
