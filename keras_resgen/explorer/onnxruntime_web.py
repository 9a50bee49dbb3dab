"""The files of onnxruntime-web, which runs ONNX files in browsers, from the npm registry."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from keras_resgen.files import write_whole

VERSION = "1.30.0"
# SHA-256 of the files of this version that a page needs.
FILES = {
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
}


def browser_runtime(cache: Path) -> list[Path]:
    """Return the files of onnxruntime-web, which `npm` downloads at the first call.

    Args:
        cache: folder to keep them in.

    Returns:
        The paths of `FILES`, after a check of their SHA-256.

    Raises:
        ValueError: if npm is missing or cannot download the package, or a file has another SHA-256.
    """
    folder = cache / f"onnxruntime-web-{VERSION}"
    paths = [folder / name for name in FILES]
    if not all(map(_is_known, paths)):
        folder.mkdir(parents=True, exist_ok=True)
        _download(folder)
    return paths


def _is_known(path: Path) -> bool:
    return path.is_file() and _digest(path.read_bytes()) == FILES[path.name]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _download(folder: Path) -> None:
    npm, package = shutil.which("npm"), f"onnxruntime-web@{VERSION}"
    if npm is None:
        raise ValueError(
            f"The explorer needs {package}, which npm downloads once. Received: no npm on the "
            f"PATH. Install Node.js, or copy {', '.join(FILES)} of that package into {folder}."
        )
    with tempfile.TemporaryDirectory() as name:
        # npm pack runs no scripts of the package.
        command = [npm, "pack", package, "--pack-destination", name, "--silent"]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = list(Path(name).glob("*.tgz"))
        if process.returncode or len(archives) != 1:
            raise ValueError(
                f"npm must download {package}. Received: exit status {process.returncode}, "
                f"{process.stderr[-500:]} Check that npm reaches its registry."
            )
        with tarfile.open(archives[0]) as archive:
            for file, expected in FILES.items():
                member = archive.extractfile(f"package/dist/{file}")
                content = b"" if member is None else member.read()
                if _digest(content) != expected:
                    raise ValueError(
                        f"{file} of {package} must have the SHA-256 {expected}. Received: "
                        f"{_digest(content)}. Do not use this file: it is not the published one."
                    )
                write_whole(folder / file, content)
