"""`scripts/benchmark_export.py` times networks that compute the same."""

from importlib import import_module
from pathlib import Path

import pytest

from keras_resgen.models import FAMILIES

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

OPTIONS = {"network": "plain", "image_size": 32, "width": 2, "latent_dim": 4}


@pytest.fixture
def module(monkeypatch):
    """Import a module of `scripts/` by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts"))
    return import_module


def test_a_ratio_is_the_median_of_the_ratios_within_rounds(module):
    ratio = module("benchmark_export").format_ratio
    slowdowns = [1.0, 5.0, 2.0, 1.0, 3.0, 1.0, 9.0, 1.0, 1.0, 1.0]  # of the machine, by round
    assert ratio([2 * s for s in slowdowns], slowdowns) == "2.00 (2.00 to 2.00)"
    twice_or_thrice = [(2 + i % 2) * s for i, s in enumerate(slowdowns)]
    assert ratio(twice_or_thrice, slowdowns) == "2.50 (2.00 to 3.00)"


def test_every_side_is_timed_in_every_round(module):
    calls = {"a": 0, "b": 0}

    def call(name):
        calls[name] += 1

    runs = {name: lambda name=name: call(name) for name in calls}
    seconds = module("benchmark_export").time_in_turn(runs, 3)
    assert [len(values) for values in seconds.values()] == [3, 3]
    assert min(calls.values()) > 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["decoder", "encoder"])
def test_all_sides_compute_the_same_outputs(module, tmp_path, name):
    sides_module = module("benchmarks.export_sides")
    sides = sides_module.ExportSides(FAMILIES["vae"].create(**OPTIONS), OPTIONS, tmp_path)
    runs = sides.runs(name, 3)
    ours = runs[sides_module.OURS]()
    assert len(runs) == 8
    for side, run in runs.items():
        assert sides_module.difference(ours, run()) < (1.0 if "8-bit" in side else 1e-3), side
    broken = [array + 2 for array in ours]
    assert sides_module.difference(ours, broken) > 1
