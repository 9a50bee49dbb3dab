import os
import subprocess
import sys

import pytest

from keras_resgen.callbacks.metrics_log import read_metrics
from keras_resgen.runs.folder import RunFolder
from tests.backends import environment_of

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


ON_TWO_DEVICES = """
import os
if os.environ["KERAS_BACKEND"] == "jax":
    import jax
    jax.config.update("jax_num_cpu_devices", 2)
else:
    import tensorflow as tf
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from keras_resgen import cli
cli.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_log_the_metrics_of_one(backend, tmp_path):
    def resgen(*arguments):
        return subprocess.run(
            [sys.executable, "-c", ON_TWO_DEVICES, *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment_of(backend),
        )

    tiny = ["--data", "faces,count=205", "--held-out", 0.5, "--image-size", 32, "--width", 2]
    tiny += ["--latent-dim", 4, "--attributes", "Smiling"]
    tiny += ["--network", "plain", "--normalization", "synchronized", "--batch-size", 16]
    logs = {}
    for name, first, second in (("one", 1, 1), ("two", 2, 2), ("one then two", 1, 2)):
        out = tmp_path / name
        made = resgen("train", *tiny, "--epochs", 1, "--devices", first, "--out", out)
        assert made.returncode == 0, made.stderr
        resumed = resgen("train", "--resume", out, "--epochs", 2, "--devices", second)
        assert resumed.returncode == 0, resumed.stderr
        logs[name] = [
            {metric: value for metric, value in line.items() if metric != "seconds"}
            for line in read_metrics(RunFolder(out).metrics)
        ]
    for name in ("two", "one then two"):
        # Distances are differences of larger numbers, and rounding moves an image over a radius.
        assert logs[name] == [pytest.approx(line, rel=1e-3, abs=0.02) for line in logs["one"]]
        assert "val_frechet_faces" in logs[name][0]
    odd = resgen("train", *tiny, "--batch-size", 15, "--devices", 2, "--out", tmp_path / "odd")
    assert odd.returncode == 2
    assert "batch_size must be a multiple of devices. Received: 15" in odd.stderr
