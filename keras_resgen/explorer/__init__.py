"""A static page that generates and edits faces with an export in the browser."""

from keras_resgen.explorer.page import write_explorer
from keras_resgen.explorer.server import serve_folder

__all__ = ["serve_folder", "write_explorer"]
