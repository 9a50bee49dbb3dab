"""The examples of docs/serving.md run against a server of the tracked export."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving.conftest import serving

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/serving.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tracked_server():
    """A server of the export in the repository."""
    yield from serving(ROOT / "exports/faces64", name="faces64")


def with_address(text, server):
    """Return the page's text with the server's address."""
    pattern = r"(localhost|127\.0\.0\.1):8501"
    assert re.search(pattern, text)
    return re.sub(pattern, server.address.removeprefix("http://"), text)


def test_the_python_example_runs(tracked_server, tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(with_address(code, tracked_server), names)
    assert names["images"].shape == (4, 64, 64, 3)
    assert (tmp_path / "faces.png").is_file()


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_commands_print_what_the_page_shows(tracked_server, tmp_path):
    block = next(b for b in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) if "curl" in b)
    lines = with_address(block, tracked_server).splitlines()
    script = "\n".join(line[2:] for line in lines if line.startswith("$ "))
    script = script.replace("python -c", f"{sys.executable} -c")
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (shown,) = [line for line in lines if not line.startswith("$ ")]
    assert done.stdout.endswith(shown)
    assert '"sample_uint8"' in done.stdout
    (image,) = json.loads((tmp_path / "answer.json").read_text())["predictions"]
    assert (len(image), len(image[0]), len(image[0][0])) == (64, 64, 3)
