"""The scripts that documentation names exist, are in the index, and take the options it shows."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "scripts/README.md"
SCRIPTS = [
    path
    for path in sorted((ROOT / "scripts").rglob("*"))
    if path.is_file() and path.read_text(encoding="utf-8").startswith("#!")
]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", INDEX, *sorted(ROOT.glob("docs/*.md"))]
SOURCES = [*PAGES, *sorted(ROOT.glob("keras_resgen/**/*.py")), *SCRIPTS]


def find_commands():
    """Return script and arguments of each documented command of a script with typer options."""
    found = {}
    for path in [*PAGES, *SCRIPTS]:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for script, arguments in re.findall(r"python (scripts/\S+)\.py([^\n`{]*)[\n`]", text):
            if "typer.run(main)" in (ROOT / f"{script}.py").read_text(encoding="utf-8"):
                arguments = arguments.split("  #")[0].strip()
                found[f"{Path(script).name} {arguments}".strip()] = (script, arguments)
    return found


COMMANDS = find_commands()


def test_there_are_scripts_and_commands():
    assert len(SCRIPTS) > 15
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_the_index_names_every_script(path):
    assert f"`{path.relative_to(ROOT)}" in INDEX.read_text().replace("`python ", "`")


def test_every_script_that_is_named_exists():
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in SOURCES
        for name in re.findall(r"\bscripts/[\w/.-]*\w", path.read_text(encoding="utf-8"))
    }
    assert not {(name, page) for name, page in named if not (ROOT / name).exists()}


def test_every_link_of_the_index_leads_to_a_page():
    for link in re.findall(r"\]\(([^)#]+)", INDEX.read_text()):
        assert (INDEX.parent / link).is_file(), link


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_commands_parse(command, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    script, arguments = COMMANDS[command]
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.syspath_prepend(str(ROOT / Path(script).parent))
    app = typer.Typer()
    app.command()(import_module(Path(script).name).main)
    typer.main.get_command(app).make_context(script, shlex.split(arguments))
