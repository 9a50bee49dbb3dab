"""Studies of what is often said of these models, as files that anyone can rerun or change.

A training takes some minutes on two processor cores.
"""

from pathlib import Path

from keras_resgen.registry import Registry

PRESETS: Registry[Path] = Registry(
    "preset", {path.stem: path for path in sorted(Path(__file__).parent.glob("*.toml"))}
)
