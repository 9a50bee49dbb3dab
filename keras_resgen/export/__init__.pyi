from .endpoints.classifier import Classifier
from .endpoints.latent_tools import LatentTools
from .errors import ExportError
from .exported_model import ExportedModel, load_export
from .exporter import export_model
from .folder.manifest import Manifest
from .formats.table import FORMATS, Format
from .runtimes.runtime import Call, Runtime
from .runtimes.table import RUNTIMES
from .verification.parity import Report
from .verification.verify import verify_export

__all__ = [
    "FORMATS",
    "RUNTIMES",
    "Call",
    "Classifier",
    "ExportError",
    "ExportedModel",
    "Format",
    "LatentTools",
    "Manifest",
    "Report",
    "Runtime",
    "export_model",
    "load_export",
    "verify_export",
]
