from pathlib import Path

import keras
import pytest

from keras_resgen.callbacks import DistributionMonitor
from keras_resgen.metrics import METRICS, Metric, find_metric, metric_direction
from keras_resgen.metrics.metric import metrics_as_markdown

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "metrics.md"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("frechet_faces", "frechet"),
        ("val_frechet_inception", "frechet"),
        ("gaussian_frechet_faces", "frechet"),
        ("mixture_in_distribution_faces", "in_distribution"),
        ("linear_probe_auc", "linear_probe_auc"),
        ("linear_probe_auc_Smiling", "linear_probe_auc"),
        ("sliced_wasserstein_32", "sliced_wasserstein"),
        ("edit_error", "edit_error"),
        ("edit_error_smile", "edit_error"),
        ("interpolation_in_distribution", "interpolation_in_distribution"),
        ("seconds", "seconds"),
        ("seconds_per_epoch", "seconds_per_epoch"),
    ],
)
def test_compound_names_resolve_to_their_metric(name, expected):
    assert find_metric(name) is METRICS[expected]


@pytest.mark.parametrize(
    "name",
    [
        "imprecision",
        "imprecision_faces",
        "val_imprecision_faces",
        "precision",
        "gaussian_precision_faces",
        "sliced_wasserstein_faces",
        "psnr_faces",
        "lossless",
        "weightloss",
        "frechet_",
        "unknown_error",
    ],
)
def test_names_that_only_contain_the_name_of_a_metric_are_refused(name):
    with pytest.raises(ValueError, match=f"Received: '{name}'"):
        metric_direction(name)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("val_loss", "min"),
        ("val_generator_loss", "min"),
        ("kl_loss", "min"),
        ("kernel_loss", "min"),
        ("val_precision_faces", "max"),
        ("val_precision_faces_error", "min"),
        ("val_frechet_faces_error", "min"),
        ("val_active_units", "max"),
        ("importance_weighted", "max"),
        ("edit_error", "min"),
    ],
)
def test_a_name_says_whether_lower_or_higher_is_better(name, direction):
    assert metric_direction(name) == direction


def test_all_that_the_distribution_monitor_logs_has_a_direction():
    assert {metric_direction(f"val_{name}") for name in DistributionMonitor.names("faces")} == {
        "min",
        "max",
    }


def test_a_metric_without_a_direction_asks_for_a_mode():
    with pytest.raises(ValueError, match="pass a mode"):
        metric_direction("val_discriminator_accuracy")


def test_keras_metrics_have_the_direction_that_keras_gives_them():
    metrics = [keras.metrics.BinaryAccuracy("hits"), keras.metrics.MeanSquaredError("distance")]
    assert metric_direction("val_hits", metrics) == "max"
    assert metric_direction("distance", metrics) == "min"
    with pytest.raises(ValueError, match="Received: 'val_hits'"):
        metric_direction("val_hits")


def test_an_extension_adds_a_metric_by_one_row(monkeypatch):
    monkeypatch.delitem(METRICS, "hue_error", raising=False)
    row = Metric("hue_error", "Mean error of hues", "min", "degrees", per="size", kind="quality")
    METRICS.register("hue_error")(row)
    try:
        assert find_metric("val_hue_error_64") is row
        assert metric_direction("hue_error_64") == "min"
        assert "| `hue_error_<size>` | lower | Mean error of hues |" in metrics_as_markdown()
        with pytest.raises(ValueError, match="registered already"):
            METRICS.register("hue_error")(row)
    finally:
        del METRICS["hue_error"]


def test_a_row_with_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="Received: 'up'"):
        Metric("x", "", "up")


def test_rows_are_complete():
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.description
        assert not metric.description.endswith(".")


def test_the_documentation_holds_the_table_of_metrics():
    """Write `metrics_as_markdown()` into docs/metrics.md after a change of the table."""
    assert metrics_as_markdown() in DOCUMENTATION.read_text(encoding="utf-8")
