"""Binary attributes of image files: a CSV file, or CelebA's own text format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FILE_NAME_HEADERS = ("filename", "file_name", "image_id")
_BINARY_VALUES = ({"0", "1"}, {"-1", "1"}, {"false", "true"})
_TRUE = {"1", "true"}


@dataclass(frozen=True)
class AttributeTable:
    """One row of binary attributes for each file name.

    Args:
        path: The file it came from, for messages.
        row_of: Row number of each file name.
        columns: Boolean array of each attribute, one value a row.
        notes: Columns that were left out and why, one sentence each.
    """

    path: Path
    row_of: Mapping[str, int]
    columns: Mapping[str, np.ndarray]
    notes: tuple[str, ...] = ()

    def rows(self, names: Sequence[str]) -> np.ndarray:
        """Row numbers of image files, found by the name below the folder or by the last part.

        Raises:
            ValueError: If images have no row; the message counts them and names the first few.
        """
        found = [self.row_of.get(name, self.row_of.get(name.rsplit("/")[-1])) for name in names]
        missing = [name for name, row in zip(names, found, strict=True) if row is None]
        if missing:
            listed = ", ".join(map(repr, missing[:5])) + (", ..." if len(missing) > 5 else "")
            raise ValueError(
                f"Expected a row for every image in {self.path}. Received: none for "
                f"{len(missing)} of {len(names)} images ({listed}). The first column holds file "
                f"names, either alone or with their path below the folder."
            )
        return np.array(found, dtype=np.int64)

    def select(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The attributes of these images, boolean `(len(names),)` each."""
        rows = self.rows(names)
        return {name: values[rows] for name, values in self.columns.items()}


def predict_attributes(path: Path) -> AttributeTable:
    """Read a file of binary attributes.

    Reads a CSV file whose first column, headed `filename`, `file_name` or `image_id`, holds file
    names, and the whitespace-separated format of CelebA's `list_attr_celeba.txt` and
    CelebAMask-HQ's annotation file (a count, the attributes' names, then a name and values a
    line). Values are 0 or 1, -1 or 1, or false or true. Columns with other values are left out
    and noted.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has another format, no binary column, or two rows for one file.

    Example:
        >>> predict_attributes(Path("attributes.csv")).select(["00001.jpg"])
        {'smiling': array([ True])}
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a file of attributes. Received: {str(path)!r}, which is no file. A path "
            f"that is not absolute starts from the current folder."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Expected a text file in UTF-8. Received: {path} ({error}).") from None
    lines = text.splitlines()
    if lines and lines[0].strip().isdecimal():
        header, rows = _read_celeba(path, lines)
    else:
        header, rows = _read_csv(path, text)
    return _tabulate(path, header, rows)


def _read_celeba(path: Path, lines: list[str]) -> tuple[list[str], list[list[str]]]:
    rows = [line.split() for line in lines[2:] if line.strip()]
    if len(rows) != int(lines[0]):
        raise ValueError(
            f"Expected {int(lines[0])} rows in {path}, as its first line says. "
            f"Received: {len(rows)}. The file may be cut off."
        )
    return ["image_id", *lines[1].split()], rows


def _read_csv(path: Path, text: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row] or [[""]]
    header = [name.strip() for name in header]
    if header[0].lower() not in FILE_NAME_HEADERS:
        raise ValueError(
            f"Expected a first line of names separated by commas that begins with one of "
            f"{', '.join(FILE_NAME_HEADERS)}. Received: {','.join(header)!r} in {path}."
        )
    return header, rows


def _tabulate(path: Path, header: list[str], rows: list[list[str]]) -> AttributeTable:
    for row in rows:
        if len(row) != len(header):
            raise ValueError(
                f"Expected {len(header)} values in every row of {path}. "
                f"Received: {len(row)} in the row of {row[0]!r}."
            )
    _refuse_repeated(path, "column", header)
    names = [row[0].strip() for row in rows]
    _refuse_repeated(path, "row", names)
    columns, notes = {}, []
    for number, attribute in enumerate(header[1:], start=1):
        values = [row[number].strip().lower() for row in rows]
        if any(set(values) <= allowed for allowed in _BINARY_VALUES):
            columns[attribute] = np.array([value in _TRUE for value in values], dtype=bool)
        else:
            notes.append(_not_binary(path, attribute, values))
    if not columns or not rows:
        raise ValueError(
            f"Expected at least one row and one column of 0 and 1, or -1 and 1, in {path}. "
            f"Received: {len(rows)} rows and the columns {', '.join(header[1:]) or 'none'}."
        )
    return AttributeTable(path, {n: i for i, n in enumerate(names)}, columns, tuple(notes))


def _refuse_repeated(path: Path, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"Expected each {what} of {path} once. Received: {name!r} twice.")
        seen.add(name)


def _not_binary(path: Path, attribute: str, values: list[str]) -> str:
    found = sorted(set(values))
    listed = ", ".join(map(repr, found[:4])) + (", ..." if len(found) > 4 else "")
    return f"Column {attribute!r} of {path.name} is not binary ({listed}) and was left out."
