"""The `resgen` command: thin functions that parse, call and print.

Nothing heavy is imported before a command runs, so that `resgen --help` answers at once.
"""

from keras_resgen.cli import train, compare, evaluate, pictures, editing  # isort: skip  # noqa: F401
from keras_resgen.cli import exports, explore, serve, analyze, data  # isort: skip  # noqa: F401
from keras_resgen.cli.application import app, main

__all__ = ["app", "main"]
