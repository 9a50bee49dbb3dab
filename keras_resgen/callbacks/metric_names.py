"""Names of metrics in the logs, and their values on several hosts."""

from collections.abc import Mapping

import numpy as np

from keras_resgen.training.devices.hosts import current_hosts, on_all_hosts


def error_name(metric: str) -> str:
    """Return the name under which a metric's standard error is logged.

    Example:

    >>> error_name("val_frechet_faces")
    'val_frechet_faces_error'
    """
    return f"{metric}_error"


def without_errors(logs: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics without the standard errors of others.

    Example:

    >>> without_errors({"loss": 1.0, "loss_error": 0.1})
    {'loss': 1.0}
    """
    errors = {error_name(name) for name in logs}
    return {name: value for name, value in logs.items() if name not in errors}


def take_first_host(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics of the first host on all hosts.

    Metrics differ between hosts by rounding and by the statistics of batch normalization. Hosts
    that stopped at different epochs would wait for each other forever.

    Args:
        metrics: metrics by name, the same names on all hosts. All hosts must call this together.

    Example:

    >>> take_first_host({"frechet_faces": 1.5})
    {'frechet_faces': 1.5}
    """
    if len(current_hosts().addresses) == 1:
        return dict(metrics)
    bits = np.array(list(metrics.values()), "float32").view("int32")  # what hosts can exchange
    return dict(zip(metrics, on_all_hosts(bits)[0].view("float32").tolist(), strict=True))
