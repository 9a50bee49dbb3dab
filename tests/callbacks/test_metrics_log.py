import json
import math

from keras_resgen.callbacks import MetricsLog
from keras_resgen.callbacks.metrics_log import read_metrics


def write_epoch(log, epoch, figures):
    log.on_epoch_begin(epoch)
    log.on_epoch_end(epoch, figures)


def test_one_json_object_a_line_with_every_figure(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write_epoch(log, 0, {"loss": 2.0, "val_loss": 3.0})
    write_epoch(log, 1, {"loss": 1.0, "val_loss": 2.5})
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert lines[1]["loss"] == 1.0
    assert lines[1]["val_loss"] == 2.5
    assert all(line["seconds"] >= 0 for line in lines)


def test_figures_that_are_not_finite_stay_valid_json_and_come_back(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write_epoch(log, 0, {"loss": math.nan, "kl_loss": -math.inf})

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    json.loads(log.path.read_text(), parse_constant=refuse)
    (line,) = read_metrics(log.path)
    assert math.isnan(line["loss"])
    assert line["kl_loss"] == -math.inf
