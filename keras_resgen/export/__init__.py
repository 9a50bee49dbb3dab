"""Exports of trained models that run without this package, and their verification.

Names are loaded on use, so that importing this package imports neither tensorflow nor onnx.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "Classifier": "endpoints.classifier",
    "ExportError": "errors",
    "LatentTools": "endpoints.latent_tools",
    "Manifest": "folder.manifest",
    "Report": "verification.parity",
    "export_model": "exporter",
    "verify_export": "verification.verify",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """The public object of this name, imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
