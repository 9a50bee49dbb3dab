import sys

import pytest

from keras_resgen.comparisons import running
from keras_resgen.comparisons.folder import ComparisonFolder

# `train` leaves a run, `evaluate` metrics. A file `slow`, `bad` or `nan` makes `train` wait for a
# signal, fail, or end with a failure that is a result; `deaf` makes it ignore signals, and
# `unmeasured` lets `evaluate` fail.
COMMAND = """
import json, pathlib, signal, sys, time
name, *words = sys.argv[1:]
here = pathlib.Path("called.txt")
with here.open("a") as file:
    print(name, *words, file=file)
if name == "train":
    run = pathlib.Path(words[words.index("--out" if "--out" in words else "--resume") + 1])
    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text("{}")
    (run / "metrics.jsonl").write_text('{"epoch": 1}\\n')
    if pathlib.Path("deaf").exists():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        time.sleep(60)
    if pathlib.Path("slow").exists() and "--resume" not in words:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            print("Stopped.")
            sys.exit(130)
    if pathlib.Path("bad").exists():
        sys.exit("Error: no such images")
    summary = {"failure": "val_loss is nan"} if pathlib.Path("nan").exists() else {}
    (run / "summary.json").write_text(json.dumps(summary))
    (run / "model.weights.h5").touch()
    (run / "report.html").touch()
    sys.exit(1 if summary else 0)
if pathlib.Path("unmeasured").exists():
    sys.exit("Error: no memory")
out = pathlib.Path(words[words.index("--out") + 1])
out.mkdir(parents=True)
seed = int(words[0][-1])
metrics = {"psnr": [20.0 + seed, None]}
content = {"config": {}, "held_out": "a", "sections": [{"title": "", "metrics": metrics}]}
(out / "metrics.json").write_text(json.dumps(content))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Of a comparison whose commands only do as if, in the current folder."""
    (tmp_path / "command.py").write_text(COMMAND)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "COMMAND", (sys.executable, "command.py"))
    monkeypatch.setattr(running, "LOOKED_AT", 0.05)
    return ComparisonFolder(tmp_path / "comparison")
