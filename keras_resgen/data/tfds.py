"""The source `tfds:NAME`: an image set of TensorFlow Datasets.

Nothing is downloaded. `celeb_a` and `celeb_a_hq` are prepared from files put in place by hand,
which are checked first; any other image set must have been prepared by tfds itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from keras_resgen.data import decoding
from keras_resgen.data.bulk_decoding import EncodedImage, decode_chunks
from keras_resgen.data.celeba_hq import celeba_hq_attributes
from keras_resgen.data.source import Source, non_empty, path_text
from keras_resgen.data.source_plan import Attributes, Request, SourcePlan

_NAME_FEATURES = ("image/filename", "filename", "file_name", "id")


def plan_tfds(
    request: Request, name: str, split: str = "train", data_dir: str | None = None
) -> SourcePlan:
    """The feature `image` of one split, with binary `attributes` where the image set has them."""
    builder = _find_builder(name, data_dir)
    _check_image_feature(builder)
    if not builder.is_prepared():
        _prepare(builder)
    total = min(_count(builder, split), request.limit or 2**63)
    attributes, notes = _ANNOTATIONS.get(builder.name, _no_annotation)(_manual_folder(builder))
    described = Path(builder.data_path, "dataset_info.json").stat()
    return SourcePlan(
        "tfds",
        {
            "name": builder.info.full_name,
            "split": split,
            "total": total,
            "path": str(builder.data_path),
            "modified": described.st_mtime_ns,
            "decoding": decoding.VERSION,
        },
        total,
        "decoding images",
        lambda: decode_chunks(_read(builder, split, total), request),
        attributes=attributes,
        notes=notes,
    )


def _find_builder(name: str, data_dir: str | None) -> Any:
    import tensorflow_datasets as tfds

    folder = data_dir or os.environ.get("TFDS_DATA_DIR")
    try:
        return tfds.builder(name, data_dir=folder and os.path.expanduser(folder))
    except (
        ValueError,
        AssertionError,
        ImportError,
    ) as error:  # an unknown name, configuration or version
        summary = str(error).split("Available datasets:")[0].strip()
        raise ValueError(
            f"Expected an image set of TensorFlow Datasets, such as celeb_a_hq/256, celeb_a or "
            f"cifar10. Received: {name!r} ({summary})."
        ) from error


def _check_image_feature(builder: Any) -> None:
    import tensorflow_datasets as tfds

    feature = dict(builder.info.features).get("image")
    if not isinstance(feature, tfds.features.Image) or np.dtype(feature.np_dtype) != np.uint8:
        raise ValueError(
            f"Expected an image set with a feature `image` of bytes. "
            f"Received: {builder.name} with {', '.join(builder.info.features)}."
        )


def _count(builder: Any, split: str) -> int:
    try:
        return builder.info.splits[split].num_examples
    except (KeyError, ValueError) as error:
        known = ", ".join(sorted(builder.info.splits))
        raise ValueError(
            f"Expected a split of {builder.name}, one of {known}, or a part of one such as "
            f"train[:10%]. Received: {split!r}."
        ) from error


def _read(builder: Any, split: str, total: int) -> Iterator[EncodedImage]:
    """The first images of a split, encoded as they are stored."""
    import tensorflow_datasets as tfds

    dataset = builder.as_dataset(
        split=split, decoders={"image": tfds.decode.SkipDecoding()}, shuffle_files=False
    )
    binary = _binary_attributes(builder)
    named = next((name for name in _NAME_FEATURES if name in builder.info.features), None)
    for index, record in zip(count(), tfds.as_numpy(dataset.take(total)), strict=False):
        yield EncodedImage(
            record[named].decode("utf-8", "replace") if named else str(index),
            record["image"],
            {name: bool(record["attributes"][name]) for name in binary},
        )


def _binary_attributes(builder: Any) -> list[str]:
    import tensorflow_datasets as tfds

    features = dict(builder.info.features).get("attributes")
    if not isinstance(features, tfds.features.FeaturesDict):
        return []
    return [name for name, feature in features.items() if feature.np_dtype == np.bool_]


# The image sets that tfds cannot download on its own --------------------------------------------


def _celeb_a_files(builder: Any) -> dict[str, int | None]:
    return {info.filename: int(info.size) for info in builder.url_infos.values()}


def _celeb_a_hq_files(builder: Any) -> dict[str, int | None]:
    return {builder.builder_config.file_name: None}


_MANUAL_FILES: Mapping[str, Callable[[Any], dict[str, int | None]]] = {
    "celeb_a": _celeb_a_files,  # its downloads meet Google Drive's quota more often than not
    "celeb_a_hq": _celeb_a_hq_files,
}
"""By image set: the names of the files it is made from, with their sizes where known."""


def _celeb_a_hq_annotation(folder: Path) -> tuple[Attributes | None, tuple[str, ...]]:
    attributes, note = celeba_hq_attributes(folder)
    return attributes, (note,)


def _no_annotation(folder: Path) -> tuple[Attributes | None, tuple[str, ...]]:
    return None, ()


_ANNOTATIONS = {"celeb_a_hq": _celeb_a_hq_annotation}
"""By image set: how to find attributes that are kept apart from it."""


def _manual_folder(builder: Any) -> Path:
    return Path(builder.data_dir_root, "downloads", "manual")


def _prepare(builder: Any) -> None:
    """Let tfds prepare an image set from files put in place by hand, checked first."""
    import tensorflow_datasets as tfds

    folder = _manual_folder(builder)
    if builder.name not in _MANUAL_FILES:
        raise FileNotFoundError(
            f"Expected {builder.info.full_name} prepared in {builder.data_dir_root}. Received: "
            f"nothing in {builder.data_path}. Where there is a network, run `tfds build "
            f"{builder.info.full_name.rsplit('/', 1)[0]} --data_dir={builder.data_dir_root}`."
        )
    defects = [
        f"{name} ({problem})"
        for name, size in _MANUAL_FILES[builder.name](builder).items()
        if (problem := _problem(folder / name, size))
    ]
    if defects:
        raise FileNotFoundError(
            f"Expected the files of {builder.info.full_name} in {folder}. Received: "
            f"{', '.join(defects)}. Get them from {builder.info.homepage} and put them there as "
            f"they are, not unpacked."
        )
    try:
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(manual_dir=folder, try_download_gcs=False)
        )
    except Exception as error:  # whatever a damaged archive makes of tfds
        raise ValueError(
            f"Expected good files of {builder.info.full_name} in {folder}. Received from tfds: "
            f"{type(error).__name__}: {error}"
        ) from error


def _problem(path: Path, size: int | None) -> str:
    if not path.is_file():
        return "missing"
    received = path.stat().st_size
    if received == 0 or (size is not None and received != size):
        return f"{received} bytes instead of {size or 'many'}"
    return ""


TFDS = Source("tfds", plan_tfds, value="NAME", options={"split": non_empty, "data_dir": path_text})
