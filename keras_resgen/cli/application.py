"""The application that commands register with, and how its errors end."""

import os
import sys

import typer
from rich.console import Console

app = typer.Typer(
    name="resgen",
    help="Train generative image models on faces, look at them, and ship them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Runs the command line: bad input ends with one message and exit code 2.

    Set `RESGEN_TRACEBACK=1` to see where an error came from.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if os.environ.get("RESGEN_TRACEBACK"):
        app()
        return
    try:
        app()
    except (ValueError, OSError, ImportError) as error:
        _fail(error, 2)
    except RuntimeError as error:
        _fail(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: Exception, code: int) -> None:
    Console(stderr=True).print(f"Error: {error}", style="red", markup=False, soft_wrap=True)
    sys.exit(code)
