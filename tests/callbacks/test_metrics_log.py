import json
import math

import pytest

from keras_resgen.callbacks import MetricsLog
from keras_resgen.callbacks.metrics_log import read_metrics, truncate_metrics


def write_epoch(log, epoch, metrics):
    log.on_epoch_begin(epoch)
    log.on_epoch_end(epoch, metrics)


def test_one_json_object_a_line_with_every_metric(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write_epoch(log, 0, {"loss": 2.0, "val_loss": 3.0})
    write_epoch(log, 1, {"loss": 1.0, "val_loss": 2.5})
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2]
    assert lines[1]["loss"] == 1.0
    assert lines[1]["val_loss"] == 2.5
    assert all(line["seconds"] >= 0 for line in lines)


def test_metrics_that_are_not_finite_stay_valid_json_and_come_back(tmp_path):
    log = MetricsLog(tmp_path / "metrics.jsonl")
    write_epoch(log, 0, {"loss": math.nan, "kl_loss": -math.inf})

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    json.loads(log.path.read_text(), parse_constant=refuse)
    (line,) = read_metrics(log.path)
    assert math.isnan(line["loss"])
    assert line["kl_loss"] == -math.inf


def test_a_line_torn_at_the_end_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 1, "loss": "nan"}\n{"epoch": 2, "lo')
    assert [line["epoch"] for line in read_metrics(path)] == [1]
    truncate_metrics(path, 2)
    assert path.read_text() == '{"epoch": 1, "loss": "nan"}\n'


def test_a_last_line_without_its_newline_is_whole(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 1}\n{"epoch": 2}')
    assert [line["epoch"] for line in read_metrics(path)] == [1, 2]


@pytest.mark.parametrize("damaged", ['{"epoch": 1', "[1]", '{"epoch": "one"}', '{"loss": 1.0}'])
def test_a_damaged_line_is_named(tmp_path, damaged):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{damaged}\n{{"epoch": 2}}\n')
    with pytest.raises(ValueError, match=r"metrics\.jsonl must be.*Received: .*Remove the line"):
        read_metrics(path)
    path.write_text(f'{{"epoch": 1}}\n{damaged}\n')  # ended, so not torn
    with pytest.raises(ValueError, match="Remove the line"):
        truncate_metrics(path, 1)


def test_truncation_goes_by_the_epoch_and_leaves_one_file(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 3}\n{"epoch": 4}\n{"epoch": 5}\n')
    truncate_metrics(path, 4)
    assert [line["epoch"] for line in read_metrics(path)] == [3, 4]
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_truncation_loses_nothing(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 1}\n{"epoch": 2}\n')

    def interrupt(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_resgen.callbacks.metrics_log.os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        truncate_metrics(path, 1)
    assert len(read_metrics(path)) == 2
