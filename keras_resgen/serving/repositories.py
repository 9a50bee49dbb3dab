"""Model repositories: folders that other servers load models from."""

import json
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from keras_resgen.export.errors import ExportError
from keras_resgen.export.folder.external_data import check_no_external_data
from keras_resgen.export.folder.manifest import Manifest, check_files
from keras_resgen.export.folder.staging import staged_folder
from keras_resgen.export.formats.table import find_file
from keras_resgen.registry import Registry
from keras_resgen.serving.chains import Step, chain_signature, find_chains
from keras_resgen.serving.names import VERSION, model_name

MOST_ROWS = 64
DELAY_MICROSECONDS = 2000
TRITON_TYPES = {"float32": "TYPE_FP32"}

Layout = Callable[[Path, Manifest, str, Path], str]


def write_repository(export: Path, folder: Path, server: str, name: str | None = None) -> str:
    """Write an export in the folder layout of a server.

    Args:
        export: folder of an export.
        folder: where to write; must be missing or empty.
        server: a name in `REPOSITORIES`.
        name: of the model; by default the name of the export.

    Returns:
        The command that starts the server in a container.

    Raises:
        ExportError: if the export is damaged or lacks the server's format.
        ValueError: if the server is unknown, the name is invalid, or the folder is not empty.

    Example:

    >>> write_repository(Path("exports/faces64"), Path("models"), "triton")  # doctest: +SKIP
    """
    layout, name = REPOSITORIES[server], model_name(export, name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(
            f"The folder must be missing or empty. Received: {folder}. Choose another one."
        )
    manifest = Manifest.load(export)
    check_files(export, manifest)
    with staged_folder(folder.resolve()) as staging:
        command = layout(export, manifest, name, staging)
    return command.format(folder=shlex.quote(str(folder.resolve())))


def _tensorflow_serving(export: Path, manifest: Manifest, name: str, folder: Path) -> str:
    """Write `NAME/1/saved_model.pb` and `models.config`."""
    paths = [find_file(entry, "tensorflow") for entry in manifest.endpoints.values()]
    path = next(filter(None, paths), None)
    if path is None:
        raise _missing_format("saved_model", manifest)
    shutil.copytree(export / path, folder / name / str(VERSION))
    config = (
        "model_config_list {\n  config {\n"
        f"    name: {json.dumps(name)}\n"
        f'    base_path: "/models/{name}"\n'
        '    model_platform: "tensorflow"\n  }\n}\n'
    )
    (folder / "models.config").write_text(config, encoding="utf-8")
    return (
        "docker run --rm -p 8501:8501 -v {folder}:/models tensorflow/serving "
        "--model_config_file=/models/models.config"
    )


def _triton(export: Path, manifest: Manifest, name: str, folder: Path) -> str:
    """Write a model for every network, and an ensemble for every chain of networks."""
    single = {}
    for endpoint, entry in manifest.endpoints.items():
        if path := find_file(entry, "onnxruntime"):
            single[endpoint] = entry
            check_no_external_data(export / path)
            place = folder / f"{name}_{endpoint}"
            version = place / str(VERSION)
            version.mkdir(parents=True)
            shutil.copy(export / path, version / "model.onnx")
            lines = [
                'backend: "onnxruntime"',
                *_header(place.name, entry["inputs"], entry["outputs"]),
                f"dynamic_batching {{ max_queue_delay_microseconds: {DELAY_MICROSECONDS} }}",
            ]
            (place / "config.pbtxt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not single:
        raise _missing_format("onnx", manifest)
    for chain, steps in find_chains(single).items():
        place = folder / f"{name}_{chain}"
        (place / str(VERSION)).mkdir(parents=True)  # Triton requires it, although it is empty
        lines = ['platform: "ensemble"', *_ensemble(name, place.name, steps, single)]
        (place / "config.pbtxt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (
        "docker run --rm -p 8000:8000 -v {folder}:/models nvcr.io/nvidia/tritonserver:24.12-py3 "
        "tritonserver --model-repository=/models"
    )


REPOSITORIES: Registry[Layout] = Registry(
    "server", {"tensorflow-serving": _tensorflow_serving, "triton": _triton}
)


def _header(
    name: str, inputs: Mapping[str, Mapping[str, Any]], outputs: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    lines = [f"name: {json.dumps(name)}", f"max_batch_size: {MOST_ROWS}"]
    for kind, tensors in (("input", inputs), ("output", outputs)):
        for tensor, spec in tensors.items():
            dims = ", ".join(map(str, spec["shape"][1:]))
            data_type = TRITON_TYPES[spec["dtype"]]
            text = f'name: "{tensor}" data_type: {data_type} dims: [ {dims} ]'
            lines.append(f"{kind} {{ {text} }}")
    return lines


def _ensemble(
    model: str, name: str, steps: tuple[Step, ...], single: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    lines = [*_header(name, *chain_signature(steps, single)), "ensemble_scheduling {"]
    for step in steps:
        lines += ["  step {", f'    model_name: "{model}_{step.endpoint}"', "    model_version: -1"]
        for kind, tensors in (("input_map", step.inputs), ("output_map", step.outputs)):
            lines += [
                f'    {kind} {{ key: "{inner}" value: "{outer}" }}'
                for inner, outer in tensors.items()
            ]
        lines += ["  }"]
    return [*lines, "}"]


def _missing_format(format: str, manifest: Manifest) -> ExportError:
    return ExportError(
        f"The server loads the format {format}. Received: an export of {manifest.model_class} "
        f"without it. Export the model again with the format {format}."
    )
