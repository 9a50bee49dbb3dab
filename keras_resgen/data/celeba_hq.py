"""Attributes of CelebA-HQ, which its TensorFlow Datasets version lacks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from keras_resgen.data.attribute_file import AttributeTable, predict_attributes
from keras_resgen.data.source_plan import Attributes

MASK_ANNOTATION = "CelebAMask-HQ-attribute-anno.txt"
IMAGE_LIST = "image_list.txt"
CELEBA_ANNOTATION = "list_attr_celeba.txt"


def celeba_hq_attributes(folder: Path) -> tuple[Attributes | None, str]:
    """Find the annotation of CelebA-HQ's images.

    Reads `CelebAMask-HQ-attribute-anno.txt` (Lee et al. 2020), or `image_list.txt` of CelebA-HQ
    (Karras et al. 2018) together with CelebA's `list_attr_celeba.txt` (Liu et al. 2015).

    Args:
        folder: Where the files are looked for.

    Returns:
        A function from file names to attributes, or None without annotation; and a sentence on
        what was found.

    Raises:
        ValueError: If an annotation file has another format.
    """
    if (folder / MASK_ANNOTATION).is_file():
        table = predict_attributes(folder / MASK_ANNOTATION)
        row_names = {index: f"{index}.jpg" for index in range(len(table.row_of))}
        found = MASK_ANNOTATION
    elif (folder / IMAGE_LIST).is_file() and (folder / CELEBA_ANNOTATION).is_file():
        table = predict_attributes(folder / CELEBA_ANNOTATION)
        row_names = _read_image_list(folder / IMAGE_LIST)
        found = f"{IMAGE_LIST} and {CELEBA_ANNOTATION}"
    else:
        return None, (
            f"CelebA-HQ's images carry no attributes. For attributes, put {MASK_ANNOTATION}, or "
            f"{IMAGE_LIST} and {CELEBA_ANNOTATION}, into {folder}."
        )
    return (
        lambda names: _join(table, row_names, names),
        f"Attributes come from {found}, joined by the number in each image's file name, counted "
        f"from 0 as CelebA-HQ does (six digits with .jpg are CelebA's own name).",
    )


def _join(
    table: AttributeTable, row_names: dict[int, str], names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Attributes of the images, whose names hold CelebA-HQ's index or are CelebA's own."""
    return table.select([_row_name(table, row_names, PurePosixPath(name)) for name in names])


def _row_name(table: AttributeTable, row_names: dict[int, str], path: PurePosixPath) -> str:
    if re.fullmatch(r"\d{6}\.jpg", path.name) and path.name in table.row_of:
        return path.name
    number = re.search(r"(\d+)$", path.stem)
    return row_names.get(int(number[1]), str(path)) if number else str(path)


def _read_image_list(path: Path) -> dict[int, str]:
    """CelebA's file name of each CelebA-HQ index."""
    header, *rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()] or [[]]
    if not {"idx", "orig_file"} <= set(header):
        raise ValueError(
            f"Expected the columns idx and orig_file in the first line of {path}. "
            f"Received: {' '.join(header)!r}."
        )
    index, original = header.index("idx"), header.index("orig_file")
    return {int(row[index]): row[original] for row in rows if row}
