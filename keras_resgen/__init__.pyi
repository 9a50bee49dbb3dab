from . import (
    analysis,
    callbacks,
    data,
    export,
    latent,
    layers,
    losses,
    metrics,
    models,
    networks,
    training,
)
from .export import export_model, load_export
from .models import create_model, list_models, load_model
from .runs.run import load_run

__version__: str

__all__ = [
    "__version__",
    "analysis",
    "callbacks",
    "create_model",
    "data",
    "export",
    "export_model",
    "latent",
    "layers",
    "list_models",
    "load_export",
    "load_model",
    "load_run",
    "losses",
    "metrics",
    "models",
    "networks",
    "training",
]
