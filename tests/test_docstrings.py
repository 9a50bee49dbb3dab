"""Every `>>>` example in the package runs and prints what it says."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resgen

MODULES = [
    info.name
    for info in pkgutil.walk_packages(keras_resgen.__path__, "keras_resgen.")
    if not info.name.endswith("__main__")
]


def examples(name):
    module = importlib.import_module(name)
    # An example may use keras, numpy, and what the packages around its module offer.
    namespace = {"keras": keras, "np": np, "Path": Path}
    ancestors = name.split(".")
    for depth in range(2, len(ancestors)):
        package = importlib.import_module(".".join(ancestors[:depth]))
        namespace |= {
            public: getattr(package, public) for public in getattr(package, "__all__", ())
        }
    namespace |= vars(module)
    return [test for test in doctest.DocTestFinder().find(module, globs=namespace) if test.examples]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A current folder with the files that examples name."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (99, 99)).save("face.jpg")
    Path("attributes.csv").write_text("filename,smiling\n00001.jpg,1\n")


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.usefixtures("folder")
def test_examples(name):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    report = []
    for test in examples(name):
        runner.run(test, out=report.append)
    assert runner.failures == 0, "".join(report)


def test_there_are_examples():
    assert sum(len(examples(name)) for name in MODULES) > 20
