import numpy as np

from keras_resgen.callbacks import metric_names
from keras_resgen.training.devices.hosts import Hosts


def test_every_host_goes_by_the_first_ones_metrics(monkeypatch):
    first = {"frechet": 3.25, "coverage": 0.1, "kernel": -1e-7}
    others = {"frechet": 3.5, "coverage": 0.2, "kernel": 0.0}
    bits = np.array(list(first.values()), "float32").view("int32")
    hosts = Hosts(("a:1", "b:1"), 1, lambda own: np.stack([bits, own]))
    monkeypatch.setattr("keras_resgen.training.devices.hosts._current", hosts)
    found = metric_names.take_first_host(others)
    np.testing.assert_allclose(list(found.values()), list(first.values()), rtol=1e-7)
    assert list(found) == list(first)


def test_one_host_keeps_its_own_in_full():
    assert metric_names.take_first_host({"frechet": 0.1}) == {"frechet": 0.1}


def test_only_errors_of_metrics_that_are_there_are_errors():
    logs = {"loss": 1.0, "loss_error": 0.1, "squared_error": 2.0}
    assert metric_names.without_errors(logs) == {"loss": 1.0, "squared_error": 2.0}
