"""Saved models."""

import zipfile
from pathlib import Path
from typing import Any

import keras

from keras_resgen.models.registry import load_plugins

UNKNOWN_CLASS = "Could not locate class"


def load_model(path: str | Path) -> Any:
    """Load a model or network of this package from a `.keras` file.

    `keras.saving.load_model` loads such files too, after `import keras_resgen.models`.

    Args:
        path: a file that `model.save` wrote.

    Returns:
        The model, compiled if the saved one was.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged or no `.keras` file.
        TypeError: if the file holds a class of another package that is not imported.

    Example:

    >>> import tempfile
    >>> from keras_resgen.models import Autoencoder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ae.keras"
    ...     Autoencoder.create(image_size=32, latent_dim=8, width=4).save(path)
    ...     load_model(path).latent_dim
    8
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"path must be a .keras file. Received: {path}, which does not exist. Check the path."
        )
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(
            f"path must be a .keras file that model.save wrote. Received: {path}, which is "
            "damaged or of another kind. Give a .keras file, or load a run folder with "
            "keras_resgen.load_run and an export with keras_resgen.load_export."
        )
    load_plugins()
    try:
        return keras.saving.load_model(path)
    except TypeError as error:
        if UNKNOWN_CLASS not in str(error):
            raise
        raise TypeError(
            f"{error}\n\nThe classes of keras_resgen are registered. If the class above is of "
            "another package, import the module that defines it before you load the model."
        ) from error
    except (OSError, KeyError, zipfile.BadZipFile, ValueError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise ValueError(
            f"path must be an undamaged .keras file. Received: {path}: {reason} "
            "Save the model again."
        ) from error
