"""Compare every installed runtime with Keras, for every family; prints a Markdown table.

    python scripts/verify_runtimes.py
    python scripts/verify_runtimes.py --sizes 32 64 --families vae gan --width 8

Models have random weights, including biases and statistics, because the agreement of runtimes does
not depend on training. Latent tools are exported too. A cell is the largest difference of all
endpoints at batch 1, 3 and 16, divided by the output's largest magnitude if that is over 1. For
formats that round weights it is the smallest signal-to-noise ratio, or "refused" if that is too low
for an export. Formats and runtimes whose packages are missing are named below the table.
"""

import argparse
import json
import os
import tempfile
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from keras_resgen.export import (
    FORMATS,
    RUNTIMES,
    ExportError,
    LatentTools,
    export_model,
    verify_export,
)
from keras_resgen.export.formats.table import runtimes_for
from keras_resgen.export.formats.tolerances import LARGEST_DIFFERENCE, TOLERANCE
from keras_resgen.export.runtimes.node_runtimes import node_modules
from keras_resgen.latent import fit_mixture
from keras_resgen.models import FAMILIES

LATENT_DIM = 16
PACKAGES = ("onnxruntime", "openvino", "ai-edge-litert", "opencv-python-headless")
NPM_PACKAGES = ("onnxruntime-node", "onnxruntime-web")


def random_model(family, size, width, latent_dim=LATENT_DIM, **options):
    """Create a model with random weights."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    model = FAMILIES[family].create(image_size=size, latent_dim=latent_dim, width=width, **options)
    for network in model.networks.values():
        weights = network.get_weights()
        network.set_weights(
            [
                rng.uniform(0.5, 1.5, w.shape).astype("float32") if w.ndim == 1 else w
                for w in weights
            ]
        )
    return model


def random_tools():
    """Return a mixture fitted to two clusters, and two directions."""
    rng = np.random.default_rng(1)
    codes = np.concatenate([rng.normal(size=(50, LATENT_DIM)) + offset for offset in (-2.0, 2.0)])
    directions = {name: rng.normal(size=LATENT_DIM) for name in ("Smiling", "Eyeglasses")}
    return LatentTools(fit_mixture(codes, components=2), "mixture", directions, "means")


def export(model, folder, formats):
    """Export a model, without onnx_int8 if it loses too much precision of random weights."""
    try:
        export_model(model, folder, formats=formats, tools=random_tools())
    except ExportError as error:
        if "onnx_int8" not in formats or "as onnx_int8 in" not in str(error):
            raise
        export(model, folder, [name for name in formats if name != "onnx_int8"])


def cells(report):
    """Return the worst difference of each runtime and format, as text."""
    worst = {}
    for row in report.rows:
        exact = FORMATS[row.format].measure is LARGEST_DIFFERENCE
        if row.endpoint.endswith("_uint8"):
            continue
        value = row.difference * TOLERANCE / row.allowed if exact else row.difference
        key = (row.runtime, row.format)
        worst[key] = max(worst.get(key, 0.0), value)
    return {key: FORMATS[key[1]].measure.text(value) for key, value in worst.items()}


def installed():
    """Yield the installed packages of runtimes with their versions."""
    yield f"tensorflow {tf.__version__}"
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            yield f"{package} {version(package)}"
    for package in NPM_PACKAGES:
        with suppress(OSError):
            found = json.loads((node_modules() / package / "package.json").read_text())
            yield f"{package} {found['version']}"


def main():
    """Export, verify and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--families", nargs="+", default=sorted(FAMILIES), choices=FAMILIES)
    parser.add_argument("--sizes", nargs="+", type=int, default=[32])
    parser.add_argument("--width", type=int, default=4)
    arguments = parser.parse_args()
    formats = [
        name
        for name in FORMATS
        if any(not RUNTIMES[runtime].missing_requirement() for runtime in runtimes_for(name))
    ]
    columns, not_run, failed = {}, {}, False
    for size in arguments.sizes:
        for family in arguments.families:
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                model = random_model(family, size, arguments.width)
                export(model, Path(folder) / "export", formats)
                exported = time.monotonic()
                report = verify_export(Path(folder) / "export")
            columns[f"{family}, {size} px"] = cells(report)
            not_run |= report.not_run
            failed |= not report.ok
            seconds = f"{exported - start:.0f} s, verified in {time.monotonic() - exported:.0f} s"
            print(f"{family} {size}: exported in {seconds}", flush=True)
    print(f"\n| Runtime | Format | {' | '.join(columns)} |")
    print("| --- " * (2 + len(columns)) + "|")
    for key in dict.fromkeys(key for column in columns.values() for key in column):
        values = [column.get(key, "refused") for column in columns.values()]
        print(f"| {' | '.join([*key, *values])} |")
    print()
    print(", ".join(installed()))
    for name in FORMATS.keys() - set(formats):
        print(f"not exported: {name} (needs {' or '.join(runtimes_for(name))})")
    for name, missing in not_run.items():
        print(f"not run: {name} ({missing})")
    if failed:
        raise SystemExit("A runtime differs from Keras by more than is allowed.")


if __name__ == "__main__":
    main()
