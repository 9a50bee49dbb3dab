import csv
import json

import numpy as np
import pytest

from keras_resgen.comparisons.claims import Claim
from keras_resgen.comparisons.folder import ComparisonFolder, read_results
from keras_resgen.comparisons.report import write_comparison
from keras_resgen.comparisons.study import Study
from keras_resgen.comparisons.tables import metrics_table, ranking_table, shown_metrics
from keras_resgen.data.pictures import save_png

DISTANCES = {"a<b>": [1.0, 1.2], "plain": [4.0, 4.1]}
CLAIM = Claim("a<b> is closer", "frechet_faces", "plain", "a<b>")


@pytest.fixture
def measured(tmp_path):
    """A comparison that was measured: two variants, two seeds."""
    folder = ComparisonFolder(tmp_path / "comparison")
    variants = {"a<b>": {"network": "resnet"}, "plain": {"network": "plain"}}
    study = Study("Is a < b?", {"epochs": 3}, variants, 2, (CLAIM,))
    folder.write_study(study)
    for entry in study.entries():
        distance = DISTANCES[entry.variant][entry.config.seed]
        metrics = {"frechet_faces": [distance, 0.2], "epochs": [3, None]}
        if entry.variant == "plain":
            metrics["psnr"] = [20.0, None]
        content = {"config": {}, "held_out": "x", "sections": [{"title": "", "metrics": metrics}]}
        out = folder.evaluation(entry.name)
        save_png(out / "samples.png", np.zeros((8, 8)))
        (out / "metrics.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def tables(measured):
    study = measured.read_study()
    results = read_results(measured, study.entries())
    return write_comparison(measured, study.title, results, study.claims, ["A note."])


def test_claims_come_first_then_ranks_then_metrics(tables):
    claims, ranking, metrics = tables
    ((text, answer, measured, difference),) = claims.rows
    assert (text, answer) == ("a<b> is closer", "yes")
    assert measured == "frechet_faces: plain vs. a<b>"
    assert difference.startswith("+2.95 [")
    assert "lower is better" in ranking.title
    assert [row[:2] for row in ranking.rows] == [("1", "a<b>"), ("2", "plain")]
    assert metrics.columns == ("metric", "a<b>", "plain")
    rows = {row[0]: row[1:] for row in metrics.rows}
    assert rows["psnr ↑"] == ("", "20")
    assert rows["epochs"] == ("3", "3")


def test_the_page_shows_all_and_loads_nothing(measured, tables):
    page = measured.report.read_text()
    assert "<h1>Is a &lt; b?</h1>" in page
    assert "a&lt;b&gt; is closer" in page
    assert page.count("data:image/png;base64,") == 3  # every seed, and samples of two variants
    assert "A note." in page
    assert "<td>psnr ↑</td><td>Peak signal-to-noise ratio of reconstructions</td>" in page
    assert "http" not in page


def test_the_same_as_markdown_and_numbers(measured, tables):
    text = measured.markdown.read_text()
    assert "| a<b> is closer | yes | frechet_faces: plain vs. a<b> |" in text
    with measured.results.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["variant"], row["seed"], row["frechet_faces"], row["psnr"]) for row in rows] == [
        ("a<b>", "0", "1.0", ""),
        ("plain", "0", "4.0", "20.0"),
        ("a<b>", "1", "1.2", ""),
        ("plain", "1", "4.1", "20.0"),
    ]


def test_a_folder_of_something_else_is_none_of_a_comparison(tmp_path):
    with pytest.raises(ValueError, match=r"with a study\.json"):
        ComparisonFolder(tmp_path).read_study()


def test_seeds_that_are_not_finite_are_counted_and_do_not_disturb_the_order():
    nan = float("nan")
    found = {"a": [3.0, 3.0], "b": [nan, nan], "c": [1.0, nan], "d": [0.5, 0.5]}
    table = ranking_table({name: {"frechet_faces": values} for name, values in found.items()})
    assert [(row[1], row[3]) for row in table.rows] == [
        ("d", "2"),
        ("c", "1 of 2"),
        ("a", "2"),
        ("b", "0 of 2"),
    ]


def test_metrics_that_the_table_does_not_have_are_shown_without_an_arrow():
    table = metrics_table({"a": {"mine": [1.0]}}, ["mine"], "All")
    assert [row[0] for row in table.rows] == ["mine"]


def test_metrics_come_in_the_order_of_the_table_without_parts_and_errors():
    names = [
        "seconds",
        "gaussian_frechet_faces",
        "flow_frechet_faces",
        "linear_probe_auc_Smiling",
        "linear_probe_auc",
        "frechet_faces_error",
        "in_distribution_faces",
        "frechet_faces",
        "mine",
    ]
    assert shown_metrics({"a": {name: [1.0] for name in names}}) == [
        "frechet_faces",
        "in_distribution_faces",
        "linear_probe_auc",
        "gaussian_frechet_faces",
        "seconds",
    ]


def test_what_is_neither_better_nor_worse_ranks_nothing():
    assert ranking_table({"a": {"sharpness": [1.0]}, "b": {"sharpness": [0.1]}}) is None
