import numpy as np
import pytest
from typer.testing import CliRunner

from keras_resgen import cli
from tests.cli.commands import TINY


def test_pictures_from_a_run(resgen, run_folder, tmp_path):
    from PIL import Image

    for command, size in (("sample", (274, 274)), ("interpolate", (274, 104))):
        out = tmp_path / f"{command}.png"
        code, text, error = resgen(command, run_folder, "--out", out)
        assert code == 0, error
        assert str(out) in text
        assert Image.open(out).size == size
    out = tmp_path / "reconstructions.png"
    resgen("reconstruct", run_folder, "--out", out, "--count", 4, "--columns", 4)
    assert Image.open(out).size == (138, 70)


def test_interpolation_between_two_photographs(resgen, run_folder, tmp_path):
    from PIL import Image

    for i, color in enumerate(("red", "blue")):
        Image.new("RGB", (50, 40), color).save(tmp_path / f"{i}.png")
    code, _, error = resgen(
        *("interpolate", run_folder, "--start", tmp_path / "0.png", "--end", tmp_path / "1.png"),
        *("--steps", 3, "--out", tmp_path / "walk.png"),
    )
    assert code == 0, error
    assert Image.open(tmp_path / "walk.png").size == (104, 36)
    photographs = ("--start", tmp_path / "0.png", "--end", tmp_path / "1.png")
    for arguments, message in (
        ((*photographs, "--rows", 2), "Two photographs are one row"),
        (("--seed", 3), "--seed is for models without an encoder"),
    ):
        code, _, error = resgen("interpolate", run_folder, *arguments)
        assert code == 2
        assert message in error


@pytest.fixture(scope="module")
def conditional_run(tmp_path_factory):
    """A VAE whose decoder is conditioned on two attributes."""
    out = tmp_path_factory.mktemp("runs") / "conditional"
    options = ["--model", "vae", *TINY, "--attributes", "Smiling,Eyeglasses", "--out", str(out)]
    result = CliRunner().invoke(cli.app, ["train", *options])
    assert result.exit_code == 0, result.output
    return out


def test_a_conditional_run_draws_images_of_chosen_attributes(resgen, conditional_run, tmp_path):
    from PIL import Image

    from keras_resgen.data.pictures import contact_sheet
    from keras_resgen.runs.folder import RunFolder
    from keras_resgen.runs.plan.data import resolve_data
    from keras_resgen.runs.run import load_model

    run = RunFolder(conditional_run)
    model = load_model(run)
    data = resolve_data(run.read_config())
    held_out = data.load().held_out
    rows = data.attribute_labels(held_out)
    assert run.read_summary()["held_out_attributes"].split() == [f"{a:.0f}{b:.0f}" for a, b in rows]

    def drawn(command, *options):
        out = tmp_path / "out.png"
        code, _, error = resgen(command, conditional_run, "--out", out, *options)
        assert code == 0, error
        return np.asarray(Image.open(out)).astype(int)

    def sheet(images, columns):
        return contact_sheet(images, columns, padding=2).astype(int)

    eight = ("--count", 8, "--columns", 4)
    rows_in_turn = rows[np.arange(8) % len(rows)]
    as_held_out = sheet(model.sample(8, attributes=rows_in_turn), 4)
    assert np.abs(drawn("sample", *eight) - as_held_out).max() <= 1
    rows_in_turn[:, 0] = 1
    smiling = sheet(model.sample(8, attributes=rows_in_turn), 4)
    assert np.abs(drawn("sample", *eight, "--attributes", "Smiling=1") - smiling).max() <= 1
    assert np.abs(smiling - as_held_out).max() > 1

    originals = np.asarray(held_out.images[:4], "float32") / 255
    four = ("--count", 4, "--columns", 4)
    for options, chosen in (
        ((), rows[:4]),
        (("--attributes", "Eyeglasses=1"), np.stack([rows[:4, 0], np.ones(4)], axis=1)),
        (("--data", "faces,count=60,seed=3", "--attributes", "Smiling=0,Eyeglasses=1"), None),
    ):
        made = drawn("reconstruct", *four, *options)[-34:]
        if chosen is not None:
            expected = sheet(model.reconstruct(originals, chosen), 4)[-34:]
            assert np.abs(made - expected).max() <= 1
    assert drawn("interpolate", "--rows", 2, "--steps", 4).shape == (70, 138, 3)


def test_attributes_of_photographs_must_be_chosen(resgen, conditional_run, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 40), (200, 150, 100)).save(tmp_path / "me.png")
    faces = ("--start", tmp_path / "me.png", "--end", tmp_path / "me.png")
    out = ("--out", tmp_path / "walk.png")
    code, _, error = resgen("interpolate", conditional_run, *faces, *out)
    assert code == 2
    assert "Smiling, Eyeglasses is not known" in " ".join(error.split())
    chosen = ("--attributes", "Smiling=1,Eyeglasses=0")
    assert resgen("interpolate", conditional_run, *faces, *out, *chosen)[0] == 0
    code, _, error = resgen("sample", conditional_run, *out, "--attributes", "Smile=1")
    assert code == 2
    assert "Received: Smile." in " ".join(error.split())


def test_bad_pictures_are_named(resgen, run_folder, tmp_path):
    text = tmp_path / "me.jpg"
    text.write_text("no image")
    code, _, error = resgen("interpolate", run_folder, "--start", text, "--end", text)
    assert code == 2
    assert f"Received: {text}" in error
    for option in (("--out", tmp_path), ("--start", tmp_path / "none.png")):
        code, _, error = resgen("interpolate", run_folder, *option)
        assert code == 2
        assert option[0] in error
        assert str(option[1]) in error
    for out in (tmp_path / "a.jpg", text / "a.png"):
        code, _, error = resgen("interpolate", run_folder, "--out", out)
        assert code == 2
        assert str(out) in error


def test_a_gan_edits_faces_that_it_generates(resgen, tmp_path):
    from PIL import Image

    run, out = tmp_path / "gan", tmp_path / "edited.png"
    assert resgen("train", "--model", "gan", *TINY, "--out", run)[0] == 0
    code, _, error = resgen("edit", run, "--change", "No_Beard=-1", "--count", 3, "--out", out)
    if code:  # too little was learned for its faces to differ in beards
        assert "among" in " ".join(error.split())
    else:
        assert Image.open(out).size == (6 * 34 + 2, 3 * 34 + 2)
    code, _, error = resgen("edit", run, "--change", "Smiling", "--data", "faces", "--out", out)
    assert (code, "--data need a model with an encoder" in error) == (2, True)
    code, _, error = resgen("edit", run, "--change", "Bald=1", "--out", out)
    assert (code, "Received: Bald" in error) == (2, True)
    code, _, error = resgen("sample", run, "--fitted", "flow", "--out", out)
    assert (code, "draw from what its codes follow" in error) == (2, True)


def test_export_and_verify(resgen, run_folder, tmp_path):
    out = tmp_path / "deep" / "export"
    code, text, error = resgen("export", run_folder, "--out", out)
    assert code == 0, error
    assert (out / "decoder.onnx").is_file()
    code, text, _ = resgen("verify", out)
    assert code == 0
    assert "onnxruntime" in text
    assert "TOO LARGE" not in text
    lines = [" ".join(line.split()) for line in text.splitlines()]
    # No line is broken.
    assert any(line.startswith("reconstruct_uint8 saved_model tensorflow 16 ") for line in lines)
    code, _, error = resgen("export", run_folder, "--out", out)
    assert code == 2
    assert "overwrite" in error
    with (out / "decoder.onnx").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    code, _, error = resgen("verify", out)
    assert code == 2
    assert "decoder.onnx" in error


def test_data_shows_attributes_and_a_contact_sheet(resgen, tmp_path):
    code, out, _ = resgen(
        *("data", "faces,count=60", "--image-size", 32, "--count", 6, "--columns", 3),
        *("--out", tmp_path / "sheet.png"),
    )
    assert code == 0
    assert "Smiling" in out
    assert "yaw" in out
    assert (tmp_path / "sheet.png").is_file()
