"""Imports point one way, and importing costs nothing until it must."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import keras_resgen

PACKAGE = Path(keras_resgen.__file__).parent

# What each part may import of the others. A part that is not listed may import nothing; packages
# that use models take them as arguments.
ALLOWED = {
    "registry": set(),
    "files": set(),
    "backends": set(),
    "losses": set(),
    "layers": {"backends"},
    "networks": {"layers"},
    "training": {"backends"},
    "models": {"losses", "networks", "training", "latent", "backends", "export"},
    "metrics": {"networks", "data"},
    "callbacks": {"metrics", "latent", "data", "training"},
    "latent": set(),
    "analysis": {"backends", "layers"},
    "data": set(),
    "export": {"layers", "latent"},
    "explorer": {"export"},
    "serving": {"export"},
}
SEE_EVERYTHING = {"runs", "comparisons", "cli", "__main__"}
SEEN_BY_ALL = {"registry", "precision", "files", "addresses", "compatibility", "__init__"}
# Within the two largest parts: each may import what stands behind it, and nothing before it.
INNER_ORDER = {
    "export": (
        "exporter",
        "exported_model",
        "verification",
        "folder",
        "formats",
        "endpoints",
        "runtimes",
        "errors",
    ),
    "runs": (
        "train",
        "exporting",
        "evaluation",
        "latent",
        "networks",
        "trained",
        "run",
        "report",
        "summary",
        "plan",
        "destination",
        "folder",
        "config",
    ),
}
MAY_IMPORT_A_BACKEND = ("data/", "export/", "backends/", "training/devices/")


def modules():
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def part(module):
    """The first level of the package that a file or a dotted name belongs to."""
    return module.parts[0].removesuffix(".py")


def imported(module):
    """Absolute dotted names of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = ["keras_resgen", *module.parts[: len(module.parts) - node.level]]
            parts = (origin if node.level else []) + (node.module or "").split(".")
            name = ".".join(filter(None, parts))
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def parts_imported(module):
    names = (name.split(".") for name in imported(module))
    return {name[1] for name in names if name[0] == "keras_resgen" and len(name) > 1}


@pytest.mark.parametrize("module", modules(), ids=str)
def test_directions(module):
    own = part(module)
    if own in SEE_EVERYTHING or own in SEEN_BY_ALL:
        return
    assert own in ALLOWED, f"{own} is new: say in ALLOWED what it may import"
    known = {part(m) for m in modules()}
    forbidden = (parts_imported(module) & known) - ALLOWED[own] - SEEN_BY_ALL - {own}
    assert not forbidden, f"{module} imports {sorted(forbidden)}"


@pytest.mark.parametrize("name", sorted(INNER_ORDER))
def test_directions_within_a_part(name):
    order = INNER_ORDER[name]
    for module in modules():
        if part(module) != name or module.name == "__init__.py":
            continue
        own = module.parts[1].removesuffix(".py")
        assert own in order, f"{module} is new: say in INNER_ORDER what it may import"
        prefix = f"keras_resgen.{name}."
        used = {
            i.removeprefix(prefix).split(".")[0] for i in imported(module) if i.startswith(prefix)
        }
        reverse = used & set(order[: order.index(own)])
        assert not reverse, f"{module} imports {sorted(reverse)}, which stand above it"


@pytest.mark.parametrize("name", sorted(INNER_ORDER))
def test_a_newcomer_can_read_the_folders_of_a_part(name):
    folders = [
        PACKAGE / name,
        *(f for f in (PACKAGE / name).iterdir() if (f / "__init__.py").exists()),
    ]
    for folder in folders:
        files = {f.name for f in folder.iterdir() if f.suffix in (".py", ".mjs")} - {"__init__.py"}
        assert len(files) <= 12, f"{folder.name} has {len(files)} files beside each other"


def test_the_table_has_no_cycles():
    done = set()
    while rest := {own for own in ALLOWED if own not in done}:
        ready = {own for own in rest if ALLOWED[own] <= done}
        assert ready, f"{sorted(rest)} import each other"
        done |= ready


@pytest.mark.parametrize("module", modules(), ids=str)
def test_backends_are_imported_only_where_nothing_else_will_do(module):
    if module.as_posix().startswith(MAY_IMPORT_A_BACKEND) or part(module) in SEE_EVERYTHING:
        return
    backends = {"tensorflow", "jax", "torch", "tf2onnx"}
    assert not backends & {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("adapter", sorted((PACKAGE / "backends").glob("*.py")), ids=str)
def test_adapters_are_small_and_import_their_own_backend_alone(adapter):
    assert len(adapter.read_text().splitlines()) < 130
    names = {name.split(".")[0] for name in imported(adapter.relative_to(PACKAGE))}
    assert {"tensorflow", "jax", "torch"} & names <= {adapter.stem}


def test_importing_the_package_imports_nothing_heavy():
    program = (
        "import sys, keras_resgen, keras_resgen.data;"
        "print([m for m in ('keras', 'tensorflow', 'matplotlib', 'tensorflow_datasets', 'onnx')"
        " if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stdout + run.stderr


def test_importing_the_models_leaves_global_state_alone():
    program = (
        "import keras, random, numpy as np;"
        "keras.utils.set_random_seed(0); before = np.random.get_state()[1].tolist();"
        "policy = keras.config.dtype_policy().name;"
        "import keras_resgen.models;"
        "print(before == np.random.get_state()[1].tolist(),"
        " policy == keras.config.dtype_policy().name, keras.config.floatx())"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "True True float32", run.stdout + run.stderr
