"""Studies of common claims about these models, as files that anyone can rerun or change.

A training run takes some minutes on two processor cores.
"""

from pathlib import Path

from keras_resgen.registry import Registry

STUDIES: Registry[Path] = Registry(
    "study", {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
)
