import json

from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.exporting import training_metadata


def test_an_export_holds_only_the_name_of_a_folder_of_images():
    config = RunConfig(data="folder:/home/me/holiday, 2024,attributes=/home/me/secret.csv")
    text = json.dumps(training_metadata(config, {}))
    assert "home" not in text
    assert "secret" not in text
    assert "holiday, 2024" in text


def test_an_export_holds_no_path_of_tensorflow_datasets():
    config = RunConfig(data="tfds:mnist,split=test,data_dir=/home/me/sets")
    assert training_metadata(config, {})["data"] == "tfds:mnist,split=test"


def test_an_export_names_the_attributes_in_their_order():
    config = RunConfig(attributes="Smiling, Eyeglasses")
    assert training_metadata(config, {})["attributes"] == ["Smiling", "Eyeglasses"]
    assert "attributes" not in training_metadata(RunConfig(), {})


def test_other_sources_are_recorded_whole():
    config = RunConfig(data="faces,count=60")
    assert training_metadata(config, {"epochs": 2})["data"] == "faces,count=60"
