"""Python blocks of README and docs/ run, made smaller; their command lines are parsed."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from keras_resgen import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = {page.name: page.read_text(encoding="utf-8") for page in sorted(ROOT.glob("docs/*.md"))}
PAGES = [README, *DOCS.values()]
SMALLER = {
    "faces,count=2000": "faces,count=80",
    "image_size=32, latent_dim=64, width=16": "image_size=32, latent_dim=4, width=2",
    "epochs=10": "epochs=1",
}
MOST_WORDS = 900


def blocks(language, page=README):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def command_lines():
    """The arguments of every `resgen` line of the console blocks."""
    found = [block for page in PAGES for block in blocks("console", page)]
    joined = [block.replace("\\\n", " ") for block in found]
    lines = [line for block in joined for line in block.splitlines()]
    words = [shlex.split(line.removeprefix("$ "), comments=True) for line in lines]
    return [line[1:] for line in words if line[:1] == ["resgen"]]


def parse(arguments):
    """Reads the arguments as the command line does before it calls anything."""
    _read(typer.main.get_command(cli.app), "resgen", list(arguments))


def _read(command, name, arguments, parent=None):
    with command.make_context(name, list(arguments), parent=parent) as context:
        if hasattr(command, "resolve_command"):  # a group, such as `resgen analyze`
            name, command, rest = command.resolve_command(context, arguments)
            _read(command, name, rest, context)


def test_the_readme_is_short():
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    assert len(prose.split()) <= MOST_WORDS


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks("python"))
    for original, smaller in SMALLER.items():
        assert original in code
        code = code.replace(original, smaller)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["reconstructions"].shape == (8, 32, 32, 3)
    assert names["samples"].shape == (16, 32, 32, 3)
    assert names["kr"].load_model("vae.keras").latent_dim == 4
    assert names["kr"].load_export("exports/vae").latent_dim == 4


@pytest.mark.parametrize("name", [name for name, page in DOCS.items() if blocks("python", page)])
def test_the_python_of_a_page_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = compile("\n".join(blocks("python", DOCS[name])), name, "exec")
    if "keras_resgen" in code.co_names or "import keras_resgen" in DOCS[name]:
        exec(code, {})  # others ask a server, which tests/serving does


def test_links_lead_to_files():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links {target}"


def test_there_are_command_lines():
    assert {arguments[0] for arguments in command_lines()} >= {"train", "export", "verify"}


@pytest.mark.parametrize("arguments", command_lines(), ids=" ".join)
def test_command_lines_parse(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for word in arguments:
        if word.endswith(".jpg"):
            (tmp_path / word).touch()  # the reader's photographs
    parse(arguments)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trian --out a", "No such command"),
        ("train --lateral-dim 4", "No such option"),
        ("train --epochs many", "valid integer"),
        ("export a", "out"),
        ("analyze trase vgg16", "No such command"),
        ("analyze trace vgg16 --classes many", "valid integer"),
    ],
)
def test_command_lines_that_do_not_parse_are_found(line, message):
    with pytest.raises(Exception, match=message):
        parse(line.split())
