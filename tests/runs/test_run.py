import base64
import re
import shutil

import numpy as np
import pytest
from rich.console import Console

from keras_resgen.files import write_json
from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.run import load_run
from keras_resgen.runs.train import train

CONFIG = RunConfig(
    model="vae",
    data="faces,count=60",
    image_size=32,
    width=2,
    latent_dim=4,
    network="plain",
    batch_size=9,
    epochs=2,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = train(CONFIG, tmp_path_factory.mktemp("runs") / "vae", console=Console(quiet=True))
    return load_run(folder.path)


def test_a_run_has_what_its_folder_holds(run):
    assert run.config.model == "vae"
    assert [line["epoch"] for line in run.metrics] == [1, 2]
    assert run.summary["epochs"] == 2
    training, held_out = run.images()
    assert (len(training), len(held_out)) == (54, 6)
    assert run.images().held_out.fingerprint == held_out.fingerprint


def test_the_model_is_loaded_once_with_the_kept_weights(run):
    assert run.model is run.model
    model = run.model
    model.compile()
    images = run.images().held_out.floats(slice(None))
    loss = model.evaluate(images, batch_size=9, return_dict=True, verbose=0)["loss"]
    assert loss == pytest.approx(min(line["val_loss"] for line in run.metrics), rel=1e-4)
    assert np.isfinite(model.sample(2)).all()


def test_a_run_prints_in_one_line(run):
    kept = run.summary["kept_epoch"]
    value = run.metrics[kept - 1]["val_loss"]
    assert repr(run) == (
        f"Run({str(run.path)!r}, model=vae, image_size=32, epochs=2, kept_epoch={kept}, "
        f"val_loss={value:.4g})"
    )


def test_a_notebook_shows_a_table_and_the_last_samples(run):
    page = run._repr_html_()
    assert "<th>data</th><td>faces,count=60</td>" in page
    [picture] = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    assert base64.b64decode(picture) == (run.folder.samples / "samples-0002.png").read_bytes()


@pytest.mark.parametrize(
    ("changes", "metric"),
    [
        ({"encoder": "lenet5", "encoder_weights": "gone.keras"}, ", val_loss="),
        ({"imports": ["no_such_module"]}, ""),
    ],
)
def test_a_run_prints_where_its_model_cannot_be_built(run, tmp_path, changes, metric):
    copied = tmp_path / "run"
    shutil.copytree(run.path, copied)
    write_json(copied / "config.json", run.config.to_dict() | changes)
    assert f"kept_epoch={run.summary['kept_epoch']}{metric}" in repr(load_run(copied))


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Expected the folder of a run"):
        load_run(tmp_path)
