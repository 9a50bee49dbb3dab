from .batches import evaluation_batches, steps_per_epoch, training_batches
from .image_set import ImageSet
from .pictures import contact_sheet, save_png
from .registry import SOURCES
from .source import Source
from .source_plan import Chunk, Request, SourcePlan
from .sources import load_images
from .tables import attribute_table, factor_table

__all__ = [
    "SOURCES",
    "Chunk",
    "ImageSet",
    "Request",
    "Source",
    "SourcePlan",
    "attribute_table",
    "contact_sheet",
    "evaluation_batches",
    "factor_table",
    "load_images",
    "save_png",
    "steps_per_epoch",
    "training_batches",
]
