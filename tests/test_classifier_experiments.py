"""The classifier experiments of `scripts/experiments/`, with tiny networks."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import typer
from PIL import Image

from keras_resgen.analysis import KernelGradient
from keras_resgen.networks import classifier


@pytest.fixture
def script(monkeypatch):
    """Import a module of `scripts/experiments/` by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts/experiments"))
    return import_module


@pytest.fixture
def classes(tmp_path):
    """Write dark cats and bright dogs, which any network learns to classify."""
    rng = np.random.default_rng(0)
    for name, level in (("cats", 40), ("dogs", 200)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(48):
            pixels = np.clip(rng.normal(level, 10, (32, 32, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{i}.png")
    return str(tmp_path / "data")


@pytest.fixture
def eager():
    """Run without graphs, which take longer to compile than tiny networks take to run."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def test_the_test_images_of_a_folder_are_always_the_same(script, classes):
    load_images = script("classifier_training").load_labeled_images
    (images, labels), (held_out, others) = load_images(classes)
    assert (len(images), len(held_out)) == (80, 16)
    assert set(labels) == set(others) == {0, 1}
    np.testing.assert_array_equal(load_images(classes)[1][0], held_out)


def test_the_learning_rate_warms_up_and_decays_twice(script):
    module = script("classifier_training")
    schedule = module.StepDecay(module.TrainingConfig(epochs=20, learning_rate=0.1), steps=10)
    rates = [float(schedule(step)) for step in (0, 10, 99, 100, 149, 150)]
    np.testing.assert_allclose(rates, [0.01, 0.1, 0.1, 0.01, 0.01, 0.001], rtol=1e-5)


def test_finished_runs_are_not_trained_again(script, classes, tmp_path, monkeypatch):
    module = script("degradation")
    options = {"data": classes, "out": tmp_path / "out", "networks": "resnet20", "width": 2}
    options |= {"epochs": 2, "learning_rate": 0.1, "batch_size": 16}
    module.main(**options, seeds=1)
    (result,) = script("experiment").read_results(tmp_path / "out")
    assert (result["network"], result["seed"], result["width"]) == ("resnet20", 0, 2)
    assert len(result["train_error"]) == len(result["test_error"]) == len(result["seconds"]) == 2
    assert len(result["gradient_ratio"]) == 3
    assert min(result["gradient_ratio"]) > 0
    assert (tmp_path / "out/resnet20-seed0.keras").is_file()
    assert (tmp_path / "out/degradation.png").is_file()
    seeds = []

    def train(network, training, test, config):
        seeds.append(config.seed)
        return result | {"seed": config.seed}

    experiment = script("experiment")
    monkeypatch.setattr(experiment, "train_classifier", train)
    module.main(**options, seeds=2)
    assert seeds == [1]
    lines = (tmp_path / "out" / experiment.RESULTS).read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["seed"] == 0


def test_too_few_images_are_refused(script, classes, tmp_path):
    module = script("degradation")
    options = {"data": classes, "networks": "resnet20", "width": 2, "epochs": 1, "seeds": 1}
    with pytest.raises(ValueError, match="At least 128 training images"):
        module.main(**options, out=tmp_path / "out", learning_rate=0.1, batch_size=128)


def make_result(label, rate=0.1, errors=(0.9, 0.5), epochs=2, seed=0):
    """Return a line of `results.jsonl`."""
    return {
        "label": label,
        "learning_rate": rate,
        "epochs": epochs,
        "seed": seed,
        "train_error": list(errors),
        "test_error": list(errors),
        "seconds": [1.0] * len(errors),
        "parameters": 7,
        "gradient_ratio": [10.0, 1.0, 0.1][: len(errors) + 1],
    }


def test_the_networks_of_the_shortcuts_differ_in_their_shortcuts_only(
    script, classes, tmp_path, monkeypatch
):
    module = script("shortcuts")
    networks = []

    def train(network, training, test, config):
        networks.append(network)
        return make_result("")

    monkeypatch.setattr(script("experiment"), "train_classifier", train)
    module.main(data=classes, out=tmp_path, width=2, epochs=2, seeds=1)
    a, b, c, none = networks
    counts = [network.count_params() for network in (none, a, b, c)]
    assert counts[0] == counts[1] < counts[2] < counts[3]
    images = np.random.default_rng(0).random((2, 32, 32, 3), dtype="float32")
    assert not np.allclose(none(images), a(images))
    files = sorted(path.name for path in tmp_path.glob("*.keras"))
    assert files == [f"resnet20-{s}-seed0.keras" for s in ("A", "B", "C", "none")]


def test_the_highest_rate_is_the_highest_at_which_every_seed_learns(script):
    highest = script("batch_normalization").find_highest_rate
    rows = [
        make_result("one", 0.1),
        make_result("one", 0.1, seed=1),
        make_result("one", 0.3),
        make_result("one", 0.3, errors=(0.9, 0.89), seed=1),
        make_result("one", 1.0, errors=(0.2,)),  # ended early
    ]
    assert highest(rows, 0.75) == 0.1
    assert highest(rows, 0.9) == 0.3
    assert highest(rows, 0.1) is None


def test_the_table_of_learning_rates_shows_runs_that_diverged(script, capsys):
    module = script("batch_normalization")
    rows = [
        make_result(module.label("plain20", "batch", 0.1)),
        make_result(module.label("plain20", "none", 0.1), errors=(0.9,)),
    ]
    module.print_tables(rows, 0.75)
    printed = capsys.readouterr().out
    assert "| 0.1 | 50.0% (50.0% to 50.0%) | diverged (1 of 1) |  |  |" in printed
    assert "plain20, with batch normalization: trains up to 0.1\n" in printed
    assert "plain20, without batch normalization: trains up to none of these" in printed


def test_errors_are_printed_as_mean_and_range_over_seeds(script, capsys):
    rows = [make_result("one"), make_result("one", errors=(0.9, 0.4), seed=1), make_result("two")]
    script("experiment").print_errors(rows)
    assert "| one | 7 | 2 | 45.0% (40.0% to 50.0%) | 45.0% (40" in capsys.readouterr().out


def test_gradient_ratios_are_geometric_means_over_the_seeds_that_reached_the_epoch(script, capsys):
    rows = [make_result("one"), make_result("one", errors=(0.9,), seed=1)]
    rows[1]["gradient_ratio"] = [1000.0, 1.0]
    script("experiment").print_gradient_ratios(rows)
    assert "| one | 1e+02 | 1 | 0.1 |" in capsys.readouterr().out


def test_gradient_ratios_leave_out_networks_without_gradients(script, capsys):
    """A large step can kill all rectifiers of a plain network without normalization."""
    flow = [
        KernelGradient("one", "kernel", depth, norm, 1.0) for depth, norm in ((0, 0.0), (1, 0.0))
    ]
    assert script("classifier_training").gradient_ratio(flow) is None
    rows = [make_result("one"), make_result("one", seed=1)]
    rows[1]["gradient_ratio"] = [1000.0, None, None]
    script("experiment").print_gradient_ratios(rows)
    assert "| one | 1e+02 | 1 | 0.1 |" in capsys.readouterr().out


def test_blocks_are_removed_from_every_trained_network(script, classes, tmp_path, capsys, eager):
    for name in ("resnet20", "plain20"):
        network = classifier(name, widths=(2, 2, 2), classes=2)
        network.save(tmp_path / f"{name}-seed0.keras")
    module = script("block_removal")
    module.main(trained=tmp_path, data=classes, counts="9,12", repeats=1, paths="resnet20")
    printed = capsys.readouterr().out
    assert "| Network | whole | without one | without the worst one | without 9 | w" in printed
    rows = [line for line in printed.splitlines() if line.startswith(("| resnet20", "| plain20"))]
    assert len(rows) == 2
    assert all(row.endswith(" |  |") for row in rows)  # there are nine blocks
    assert "| Blocks on the path | Share of paths | Gradient of a path | Share of g" in printed
    assert "| 1 | 1.76% |" in printed
    assert (tmp_path / "block-removal.png").is_file()


def test_block_removal_without_trained_networks_names_the_script_that_trains_them(
    script, classes, tmp_path
):
    with pytest.raises(typer.BadParameter, match=r"Run degradation\.py first"):
        script("block_removal").main(trained=tmp_path, data=classes)


def test_variance_explodes_without_normalization_and_tokens_become_equal_without_shortcuts(
    script, tmp_path, capsys, monkeypatch
):
    out = tmp_path / "signals.png"
    module = script("signal_propagation")
    monkeypatch.setattr(module, "NETWORKS", ("plain56", "resnet56"))
    monkeypatch.setattr(module, "BLOCKS", (24,))
    module.main(seeds=1, batch_size=4, width=4, out=out)
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    last = {(row[0], row[1]): float(row[5]) for row in rows if row[0] in ("plain56", "resnet56")}
    assert last["resnet56", "without"] > 1e6 * last["resnet56", "with"]
    assert last["plain56", "without"] < last["plain56", "with"] == pytest.approx(0.35, abs=0.05)
    (deep,) = [row for row in rows if row[0] == "24"]
    assert float(deep[1]) < float(deep[2]) == 1.0
    assert out.is_file()


def test_responses_of_trained_blocks_are_averaged_over_seeds(script, classes, tmp_path, capsys):
    for seed in (0, 1):
        network = classifier("resnet20", widths=(2, 2, 2), classes=2)
        network.save(tmp_path / f"resnet20-seed{seed}.keras")
    script("signal_propagation").main(trained=tmp_path, data=classes)
    *_, row = capsys.readouterr().out.splitlines()
    name, count, mean, least = row.strip("| ").split(" | ")
    assert (name, count) == ("resnet20", "2")
    assert 0 < float(least) < float(mean)


def test_transformers_are_trained_with_shortcuts_and_without(
    script, classes, tmp_path, capsys, eager
):
    script("transformer_shortcuts").main(
        data=classes,
        out=tmp_path / "out",
        depths="1,2",
        channels=4,
        epochs=1,
        seeds=1,
        learning_rate=0.01,
        batch_size=16,
    )
    rows = script("experiment").read_results(tmp_path / "out")
    labels = [f"{n} blocks {word} shortcuts" for n in (1, 2) for word in ("with", "without")]
    assert [row["label"] for row in rows] == labels
    assert rows[0]["parameters"] == rows[1]["parameters"]
    similarities = capsys.readouterr().out.split("after the last |")[1].splitlines()[2:]
    first, last = ([row.split(" | ")[i].strip("| ") for row in similarities] for i in (1, 2))
    assert first[:2] == last[:2]  # the first block is the last one
    assert all(-1 <= float(cell) <= 1 for cell in (*first, *last))
