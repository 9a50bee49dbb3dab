"""`scripts/experiments/collapse_on_purpose.py` with its default network and images."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "experiments" / "collapse_on_purpose.py"


@pytest.mark.slow
def test_the_alarm_stops_a_collapsed_run_at_its_best_weights_and_no_healthy_run(tmp_path):
    arguments = ["--out", tmp_path, "--seeds", 1, "--freeze", 8, "--epochs", 14]
    subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], check=True)
    healthy, collapsed = json.loads((tmp_path / "collapse.json").read_text())
    assert not healthy["alarms"]
    assert healthy["epochs"] == 14
    assert collapsed["alarms"]
    assert collapsed["epochs"] < 14
    distances = collapsed["history"]["val_frechet_faces"]
    assert collapsed["best_epoch"] == 1 + distances.index(min(distances)) <= 8
    assert collapsed["after"]["frechet_faces"] == pytest.approx(min(distances), rel=1e-3)
    assert distances[-1] > 1.25 * min(distances)
