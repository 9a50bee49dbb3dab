"""A run is resolved once, and nothing after that reads its configuration."""

import ast
from pathlib import Path

import pytest
from rich.console import Console

import keras_resgen.runs
from keras_resgen.models import FAMILIES
from keras_resgen.runs import train as training
from keras_resgen.runs.config import RunConfig, option_names
from keras_resgen.runs.plan.building import families_with
from keras_resgen.runs.plan.plan import resolve

RUNS = Path(keras_resgen.runs.__file__).parent
TINY = {"image_size": 32, "width": 2, "latent_dim": 4, "network": "plain"}
# Functions that make a part of the plan from the configuration, or the configuration itself.
RESOLVING = {
    "applicable",
    "build_model",
    "check_config",
    "family_options",
    "load_split",
    "resolve",
    "resolve_data",
    "resolve_model",
    "resolve_monitoring",
    "resolve_optimizers",
    "resolve_output",
    "resolve_schedule",
    "resolve_stopping",
    "resumed_config",
    "train",
}
EXECUTING = [
    *sorted(RUNS.glob("plan/*.py")),
    *sorted(RUNS.glob("report/*.py")),
    RUNS / "train.py",
    RUNS / "summary.py",
]


def reading_configuration(tree):
    """Names of the functions in a file that name a configuration."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            body = [node for statement in function.body for node in ast.walk(statement)]
            names = {node.id for node in body if isinstance(node, ast.Name)}
            names |= {node.attr for node in body if isinstance(node, ast.Attribute)}
            names |= {argument.arg for argument in function.args.args}
            if names & {"config", "RunConfig", "read_config"}:
                yield function.name


@pytest.mark.parametrize("path", EXECUTING, ids=lambda path: path.name)
def test_only_resolving_functions_name_the_configuration(path):
    assert set(reading_configuration(ast.parse(path.read_text()))) <= RESOLVING


def test_training_works_where_the_configuration_cannot_be_read(tmp_path, monkeypatch):
    def resolve_and_forget(config):
        plan = resolve(config)

        def refuse(self, name):
            pytest.fail(f"the configuration was read after resolve: {name}")

        monkeypatch.setattr(RunConfig, "__getattribute__", refuse)
        return plan

    monkeypatch.setattr(training, "resolve", resolve_and_forget)
    config = RunConfig(
        model="aae",
        data="faces,count=230",
        held_out=0.5,
        batch_size=23,
        epochs=1,
        attributes="Smiling",
        **TINY,
    )
    run = training.train(config, tmp_path / "run", console=Console(quiet=True))
    monkeypatch.undo()
    assert run.read_config().model == "aae"
    assert run.report.is_file()


@pytest.mark.parametrize("family", list(FAMILIES))
def test_each_option_is_described_by_one_part(family):
    plan = resolve(RunConfig(model=family, **TINY))
    model = plan.build()
    parts = [
        plan.model.describe(),
        plan.data.describe(),
        plan.schedule.describe(),
        plan.optimizers.describe(model),
        plan.monitoring.describe(),
        plan.stopping.describe(),
        plan.output.describe(),
    ]
    described = [name for part in parts for name in part]
    expected = {name for name in option_names() if family in (families_with(name) or [family])} - {
        "imports"
    }
    assert sorted(described) == sorted(expected)
    assert plan.describe(model).keys() == expected


def test_the_report_shows_the_defaults_of_the_family(tmp_path):
    config = RunConfig(model="vae", data="faces,count=60", batch_size=9, epochs=1, **TINY)
    run = training.train(config, tmp_path / "run", console=Console(quiet=True))
    assert "<th>beta</th><td>1.0</td>" in run.report.read_text()
    assert run.read_config().beta is None


def test_a_plan_of_a_resumed_run_is_that_of_the_run(tmp_path):
    config = RunConfig(model="ae", data="faces,count=60", batch_size=9, epochs=1, **TINY)
    run = training.train(config, tmp_path / "run", console=Console(quiet=True))
    assert resolve(run.read_config()) == resolve(config)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monitor": "val_los"}, "monitor must be one of .*Received: 'val_los'"),
        (
            {"monitor": "val_frechet_faces", "measure_images": 0},
            "distances need 100 held-out images or more",
        ),
        ({"model": "gan", "patience": 3, "measure_images": 0}, "patience needs a metric"),
    ],
)
def test_impossible_monitors_are_refused_before_images_are_loaded(options, message):
    with pytest.raises(ValueError, match=message):
        resolve(RunConfig(**TINY, **options)).build()


@pytest.mark.parametrize("folder", [RUNS, RUNS / "plan"], ids=["runs", "plan"])
def test_a_folder_has_at_most_twelve_files(folder):
    assert len(list(folder.glob("*.py"))) <= 12


def test_a_plan_and_its_parts_print_briefly():
    plan = resolve(RunConfig(model="gan", **TINY))
    assert repr(plan) == "Plan(gan on faces, 32 px)"
    for part in vars(plan).values():
        assert len(repr(part)) < 400
