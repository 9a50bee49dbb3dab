"""onnxruntime-web, which runs ONNX files in browsers, from the npm registry."""

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from keras_resgen.files import write_whole

VERSION = "1.30.0"
# Of that version's files that a page needs, so that nothing else is served in their place.
FILES = {
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": (
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"
    ),
}


def browser_runtime(cache: Path) -> list[Path]:
    """Returns onnxruntime-web's files, which `npm` downloads the first time.

    Args:
        cache: folder that keeps them.

    Returns:
        The paths of `FILES`, each with the SHA-256 that it has there.

    Raises:
        ValueError: if there is no npm, it cannot download the package, or that is not the one that
            was expected.
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
        # pack runs none of the package's scripts.
        command = [npm, "pack", package, "--pack-destination", name, "--silent"]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = list(Path(name).glob("*.tgz"))
        if process.returncode or len(archives) != 1:
            raise ValueError(
                f"npm must download {package}. Received: exit status {process.returncode}, "
                f"{process.stderr[-500:]} Look whether npm reaches its registry."
            )
        with tarfile.open(archives[0]) as archive:
            for file, expected in FILES.items():
                member = archive.extractfile(f"package/dist/{file}")
                content = b"" if member is None else member.read()
                if _digest(content) != expected:
                    raise ValueError(
                        f"{file} of {package} must have the SHA-256 {expected}. Received: "
                        f"{_digest(content)}. Do not use it: it is not what was published."
                    )
                write_whole(folder / file, content)
