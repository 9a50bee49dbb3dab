"""A page that runs an export in the browser: faces with sliders."""

from keras_resgen.explorer.page import write_explorer
from keras_resgen.explorer.server import serve_folder

__all__ = ["serve_folder", "write_explorer"]
