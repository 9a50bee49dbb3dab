import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resgen.data import cache, load_images

MODULES = (
    "attribute_file", "batches", "cache", "decoding", "image_set", "pictures", "shuffling",
    "sources", "tables",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(cache.ENVIRONMENT_VARIABLE, str(tmp_path / "cache"))
    Image.new("RGB", (99, 99)).save("face.jpg")
    Path("attributes.csv").write_text("filename,smiling\n00001.jpg,1\n")
    module = importlib.import_module(f"keras_resgen.data.{name}")
    given = {"np": np, "Path": Path, "load_images": load_images}
    failed, attempted = doctest.testmod(module, extraglobs=given)
    assert attempted > 0
    assert failed == 0
