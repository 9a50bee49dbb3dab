"""The source `folder:PATH`: every image below a folder, in the order of their names."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from keras_resgen.data import decoding
from keras_resgen.data.attribute_file import predict_attributes
from keras_resgen.data.bulk_decoding import EncodedImage, decode_chunks
from keras_resgen.data.source import PATH, Source, path_text
from keras_resgen.data.source_plan import Request, SourcePlan

SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp"}


@dataclass(frozen=True)
class _File:
    name: str  # below the folder, with forward slashes
    size: int
    modified: int
    defect: str  # why it cannot be an image, or nothing


def plan_folder(request: Request, path: str, attributes: str | None = None) -> SourcePlan:
    """All images below a folder; hidden files are left out, links are followed."""
    root = Path(os.path.expanduser(path))
    files = _spread(_list_files(root), request.limit)
    table = predict_attributes(Path(os.path.expanduser(attributes))) if attributes else None
    if table:
        table.rows([file.name for file in files])  # a missing row is refused before any decoding
    listing = "\n".join(f"{file.name!r} {file.size} {file.modified}" for file in files)
    return SourcePlan(
        "folder",
        {
            "path": os.fsencode(root.resolve()).hex(),
            "files": hashlib.sha256(listing.encode()).hexdigest(),
            "decoding": decoding.VERSION,
        },
        len(files),
        "decoding images",
        lambda: decode_chunks(
            (EncodedImage(file.name, root / file.name, defect=file.defect) for file in files),
            request,
        ),
        attributes=table.select if table else None,
        notes=table.notes if table else (),
    )


def _list_files(root: Path) -> list[_File]:
    """Every file with an image's suffix, sorted by name; each real folder is entered once."""
    if not root.exists():
        raise FileNotFoundError(
            f"Expected a folder of images. Received: {str(root)!r}, which does not exist. "
            f"(The only option of this source is `,attributes=CSV`.)"
        )
    if not root.is_dir():
        raise NotADirectoryError(f"Expected a folder of images. Received: a file, {str(root)!r}.")
    files: list[_File] = []
    entered: set[tuple[int, int]] = set()
    for parent, folders, names in os.walk(root, followlinks=True, onerror=_unreadable):
        identity = os.stat(parent)
        if (identity.st_dev, identity.st_ino) in entered:
            folders.clear()
            continue
        entered.add((identity.st_dev, identity.st_ino))
        folders[:] = sorted(name for name in folders if not _hidden(name))
        files += (
            _inspect(root, Path(parent, name))
            for name in names
            if Path(name).suffix.lower() in SUFFIXES and not _hidden(name)
        )
    if not files:
        raise ValueError(
            f"Expected images ({', '.join(sorted(SUFFIXES))}) below the folder. "
            f"Received: none in {str(root)!r}."
        )
    return sorted(files, key=lambda file: file.name)


def _unreadable(error: OSError) -> None:
    raise OSError(
        f"Expected folders that can be read. Received: {error.filename!r} ({error.strerror})."
    ) from error


def _hidden(name: str) -> bool:
    """Whether this is a hidden file, or the shadow copies in a zip file made on macOS."""
    return name.startswith(".") or name == "__MACOSX"


def _inspect(root: Path, path: Path) -> _File:
    name = path.relative_to(root).as_posix()
    try:
        status = path.stat()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP):
            raise
        return _File(name, 0, 0, "a link that leads nowhere")
    defect = "" if stat.S_ISREG(status.st_mode) else "not a regular file"
    if status.st_size == 0 and not defect:
        defect = "empty file"
    return _File(name, status.st_size, status.st_mtime_ns, defect)


def _spread(files: list[_File], limit: int | None) -> list[_File]:
    """At most `limit` files, evenly over the sorted list so that every subfolder has its share."""
    if limit is None or limit >= len(files):
        return files
    return [files[index * len(files) // limit] for index in range(limit)]


FOLDER = Source("folder", plan_folder, value=PATH, options={"attributes": path_text})
