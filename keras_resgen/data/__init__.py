"""Image sources, preparation and batches.

Names are loaded on use, so that importing this package imports neither numpy nor tensorflow.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "ImageSet": "image_set",
    "load_images": "sources",
    "training_batches": "batches",
    "evaluation_batches": "batches",
    "steps_per_epoch": "batches",
    "contact_sheet": "pictures",
    "save_png": "pictures",
    "attribute_table": "tables",
    "factor_table": "tables",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """The public object of this name, imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
