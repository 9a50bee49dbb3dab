"""Figures in the logs: their names, and their values on many hosts."""

from collections.abc import Mapping

import numpy as np

from keras_resgen.training.devices.hosts import current_hosts, on_all_hosts


def error_of(figure: str) -> str:
    """Returns the name under which a figure's standard error is logged.

    Example:

    >>> error_of("val_frechet_faces")
    'val_frechet_faces_error'
    """
    return f"{figure}_error"


def without_errors(logs: Mapping[str, float]) -> dict[str, float]:
    """Returns the figures that are not the standard error of another one.

    Example:

    >>> without_errors({"loss": 1.0, "loss_error": 0.1})
    {'loss': 1.0}
    """
    errors = {error_of(name) for name in logs}
    return {name: value for name, value in logs.items() if name not in errors}


def of_first_host(figures: Mapping[str, float]) -> dict[str, float]:
    """Returns the figures that the first host has measured, on every host.

    Hosts that went by figures of their own, which differ by rounding and by the statistics of batch
    normalization, could stop at different epochs, and wait for each other for ever.

    Args:
        figures: by name, the same names on all hosts, which must call it at the same point.

    Example:

    >>> of_first_host({"frechet_faces": 1.5})
    {'frechet_faces': 1.5}
    """
    if len(current_hosts().addresses) == 1:
        return dict(figures)
    bits = np.array(list(figures.values()), "float32").view("int32")  # what hosts can exchange
    return dict(zip(figures, on_all_hosts(bits)[0].view("float32").tolist(), strict=True))
