"""`resgen analyze`."""

import csv
import json

import pytest
from PIL import Image

from keras_resgen.cli.analyze import analyses


def rows_of(out):
    """The words of printed lines by their first."""
    return {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}


def test_trace_prints_layers_and_totals(resgen):
    code, out, error = resgen("analyze", "trace", "lenet5")
    assert code == 0, error
    words = rows_of(out)
    line = " ".join(words["c3"])
    assert line == "c3 Conv2D 10 x 10 x 16 2,416 240,000 14 x 14 2 x 2 2,572 357,600"
    assert "61,706 trained parameters and 0 others; 416,520 multiply-adds" in out
    assert "Receptive field at s4: 16 x 16 pixels, every 4 x 4" in out


def test_trace_by_stage_writes_data_and_a_picture(resgen, tmp_path):
    files = {kind: tmp_path / "made" / f"trace.{kind}" for kind in ("csv", "json", "png")}
    code, out, error = resgen(
        *("analyze", "trace", "resnet20", "--width", 2, "--by-stage", "--csv", files["csv"]),
        *("--json", files["json"], "--plot", files["png"]),
    )
    assert code == 0, error
    assert rows_of(out)["stage_2_block_1"][:4] == ["stage_2_block_1", "to", "stage_2_block_3", "6"]
    stages = json.loads(files["json"].read_text())
    assert [stage["size"] for stage in stages] == [[32, 32], [16, 16], [8, 8], None]
    lines = list(csv.DictReader(files["csv"].read_text().splitlines()))
    assert [line["size"] for line in lines] == ["32 x 32", "16 x 16", "8 x 8", ""]
    assert [int(line["trained"]) for line in lines] == [stage["trained"] for stage in stages]
    assert Image.open(files["png"]).format == "PNG"


def test_trace_of_a_run(resgen, run_folder):
    code, out, error = resgen("analyze", "trace", run_folder, "--network", "encoder")
    assert code == 0, error
    assert rows_of(out)["conv_2"][1] == "Conv2D"
    code, _, error = resgen("analyze", "trace", run_folder)
    assert code == 2
    assert "encoder, decoder" in error


def test_kernels(resgen):
    code, out, error = resgen("analyze", "kernels", "--channels", 2)
    assert code == 0, error
    assert [line.split()[10] for line in out.splitlines()[2:]] == ["C^2"] * 4
    assert [line.split()[9] for line in out.splitlines()[2:]] == ["18", "25", "27", "49"]


def test_receptive_field(resgen, tmp_path):
    Image.new("RGB", (50, 60), "green").save(tmp_path / "photograph.jpg")
    out_file, data = tmp_path / "field.png", tmp_path / "field.json"
    code, out, error = resgen(
        *("analyze", "receptive-field", "resnet20", "--width", 2, "--samples", 2),
        *("--layer", "stage_1_block_1", "--layer", "stage_3_block_3", "--json", data),
        *("--image", tmp_path / "photograph.jpg", "--out", out_file),
    )
    assert code == 0, error
    first, last = json.loads(data.read_text())
    assert first["theoretical"] == first["measured"] == [7, 7]
    assert (last["theoretical"], last["measured"]) == ([81, 81], [32, 32])
    assert "81 x 81 (beyond the image)" in out
    assert Image.open(out_file).width > 500


def test_options_from_a_file(resgen, tmp_path):
    file = tmp_path / "trace.toml"
    file.write_text('name = "resnet20"\nwidth = 2\nby-stage = true\n')
    code, out, error = resgen("analyze", "trace", "--config", file)
    assert code == 0, error
    assert "stage_3_block_1 to stage_3_block_3" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trace", "resnet51"], "Received: 'resnet51'"),
        (["trace", "lenet5", "--plot", "OUT/plot.jpg"], "PNG"),
        (["trace", "lenet5", "--csv", "OUT/file/data.csv"], "no folder that can be written"),
        (["receptive-field", "decoder:plain", "--out", "OUT/a.png"], "takes none"),
        (["receptive-field", "lenet5", "--layer", "f6", "--out", "OUT/a.png"], "Received: 'f6'"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(resgen, tmp_path, arguments, message):
    (tmp_path / "file").touch()
    code, _, error = resgen("analyze", *[a.replace("OUT", str(tmp_path)) for a in arguments])
    assert code == 2
    assert error.startswith("Error: ")
    assert message in error
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_help_lists_every_analysis(resgen):
    code, out, _ = resgen("analyze", "--help")
    assert code == 0
    names = {
        command.callback.__name__.replace("_", "-") for command in analyses.registered_commands
    }
    assert names >= {"trace", "kernels", "receptive-field"}
    assert all(name in out for name in names)
