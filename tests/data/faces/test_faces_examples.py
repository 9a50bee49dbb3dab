import doctest
import importlib

import pytest

from keras_resgen.data import faces


@pytest.mark.parametrize("module", ["", ".factors", ".sampling", ".celeba_attributes", ".drawing"])
def test_examples_run(module):
    result = doctest.testmod(
        importlib.import_module(faces.__name__ + module),
        extraglobs={name: getattr(faces, name) for name in faces.__all__},
    )
    assert result.attempted > 0
    assert result.failed == 0
