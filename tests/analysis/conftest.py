"""What tests of analyses share."""

import keras
import pytest
from keras import ops


@pytest.fixture
def _weightless(monkeypatch):
    """Nothing is drawn for weights that are only counted."""
    monkeypatch.setattr(
        keras.initializers.VarianceScaling,
        "__call__",
        lambda self, shape, dtype=None: ops.zeros(shape, dtype),
    )
