"""Metrics in the logs: their names, and their values on many hosts."""

from collections.abc import Mapping

import numpy as np

from keras_resgen.training.devices.hosts import current_hosts, on_all_hosts


def error_name(metric: str) -> str:
    """Returns the name under which a metric's standard error is logged.

    Example:

    >>> error_name("val_frechet_faces")
    'val_frechet_faces_error'
    """
    return f"{metric}_error"


def without_errors(logs: Mapping[str, float]) -> dict[str, float]:
    """Returns the metrics that are not the standard error of another one.

    Example:

    >>> without_errors({"loss": 1.0, "loss_error": 0.1})
    {'loss': 1.0}
    """
    errors = {error_name(name) for name in logs}
    return {name: value for name, value in logs.items() if name not in errors}


def take_first_host(metrics: Mapping[str, float]) -> dict[str, float]:
    """Returns the metrics that the first host has measured, on every host.

    Hosts that went by metrics of their own, which differ by rounding and by the statistics of batch
    normalization, could stop at different epochs, and wait for each other for ever.

    Args:
        metrics: by name, the same names on all hosts, which must call it at the same point.

    Example:

    >>> take_first_host({"frechet_faces": 1.5})
    {'frechet_faces': 1.5}
    """
    if len(current_hosts().addresses) == 1:
        return dict(metrics)
    bits = np.array(list(metrics.values()), "float32").view("int32")  # what hosts can exchange
    return dict(zip(metrics, on_all_hosts(bits)[0].view("float32").tolist(), strict=True))
