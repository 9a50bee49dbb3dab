"""`keras_resgen.export` offers its names lazily, with their types, and prints them briefly."""

import subprocess
import sys
from pathlib import Path

import keras_resgen.export
from keras_resgen.export import LatentTools, load_export, verify_export


def run(program):
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def test_importing_the_package_and_reading_the_tables_imports_nothing_heavy():
    program = (
        "import sys; from keras_resgen.export import FORMATS, RUNTIMES, ExportError;"
        "heavy = {'tensorflow', 'keras', 'onnx', 'onnxruntime', 'numpy'};"
        "print(len(FORMATS) > 1, sorted(heavy & sys.modules.keys()))"
    )
    assert run(program) == "True []"


def test_every_public_name_is_there():
    assert {"ExportedModel", "export_model", "load_export"} <= set(keras_resgen.export.__all__)
    for name in keras_resgen.export.__all__:
        assert getattr(keras_resgen.export, name) is not None


def test_types_survive_the_lazy_import(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from keras_resgen.export import load_export\nreveal_type(load_export('exports/vae'))\n"
    )
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", str(program)]
    root = Path(keras_resgen.export.__file__).parents[2]
    output = subprocess.run(command, capture_output=True, text=True, cwd=root).stdout
    assert 'Revealed type is "keras_resgen.export.exported_model.ExportedModel"' in output


def test_objects_print_on_one_short_line(tiny_export):
    model = load_export(tiny_export)
    report = verify_export(tiny_export, runtimes=["onnxruntime"])
    assert "TinyModel, 16x16x1, latent_dim 2" in repr(model)
    assert "TinyModel, 16x16x1, 2 endpoints, saved_model, onnx" in repr(model.manifest)
    assert "Report: ok, 3 comparisons in onnxruntime" in repr(report)
    directions = {"Smiling": model.draw_latents(1)[0]}
    tools = LatentTools(directions=directions, method="means")
    assert repr(tools) == "LatentTools(fitted=None, method='means')"
    for thing in (model, model.manifest, report):
        assert len(repr(thing)) < 300
        assert "\n" not in repr(thing)
