import pytest

from keras_resgen.comparisons.studies import STUDIES
from keras_resgen.comparisons.study import Study, find_study, parse_vary, vary
from keras_resgen.metrics import find_metric
from keras_resgen.runs.config import RunConfig

NETWORKS = {"network": ["resnet", "plain"]}


def study(**content):
    return Study.from_dict({"vary": NETWORKS, **content})


def test_every_variant_has_every_seed():
    entries = study(base={"epochs": 2, "seed": 5}, seeds=2).entries()
    assert [(entry.variant, entry.config.seed) for entry in entries] == [
        ("resnet", 5),
        ("plain", 5),
        ("resnet", 6),
        ("plain", 6),
    ]
    assert len({entry.name for entry in entries}) == 4
    # Whatever differs between seeds, the held-out images do not.
    assert {entry.config.split_seed for entry in entries} == {RunConfig().split_seed}


def test_options_of_other_families_are_left_out():
    found = study(vary={"model": ["vae", "gan"]}, base={"beta": 0.5}, seeds=1)
    assert {entry.variant: entry.config.beta for entry in found.entries()} == {
        "vae": 0.5,
        "gan": None,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"base": {"n_critic": 3}}, r"of one of the compared families .*\['n_critic'\]"),
        ({"base": {"epoch": 3}}, r"Options must be among .*\['epoch'\]"),
        ({"vary": {"epoch": [1, 2]}}, r"Options must be among .*\['epoch'\]"),
        ({"vary": {"model": ["ae"]}}, r"two variants or more.*\['ae'\]"),
        ({"vary": {"model": ["ae", "gan"], "beta": [1, 2]}}, "the same as 'ae beta=1'"),
        ({"vary": {"network": ["resnet", "dense"]}}, "network must be one of"),
        ({"seeds": 0}, "seeds must be 1 or more"),
        ({"seeds": 2.5}, "seeds must be 1 or more. Received: 2.5"),
        ({"title": 2024}, "title must be text"),
        ({"vary": {"beta": 0.5}}, "has a list of values. Received: beta = 0.5"),
        ({"vary": {"model": "vae"}}, "has a list of values. Received: model = 'vae'"),
        ({"variants": ["a"]}, "A study has title, base"),
        ({"base": {"n-critic": 2, "n_critic": 3}}, "given once"),
        ({"epochs": 3}, "A study has title, base, seeds, claims.*epochs"),
        ({"claims": [{"text": "?"}]}, "a claim has text, metric, greater"),
        (
            {"claims": [{"text": "?", "metric": "psnr", "greater": "a", "smaller": "plain"}]},
            r"Claims are about \['resnet', 'plain'\]",
        ),
        (
            {"claims": [{"text": "?", "metric": "psnr", "greater": "resnet", "smaller": "plain"}
                        | {"scale": "log"}]},
            "scale must be one of",
        ),
    ],
)  # fmt: skip
def test_a_study_that_cannot_be_is_refused(content, message):
    with pytest.raises(ValueError, match=message):
        study(**content)


def test_options_are_known_by_either_spelling():
    models = {"model": ["vae", "wgan-gp"]}
    found = study(vary=models, base={"n-critic": 2, "latent-dim": 8}, seeds=1).entries()
    assert [(entry.config.n_critic, entry.config.latent_dim) for entry in found] == [
        (None, 8),
        (2, 8),
    ]


def test_other_options_are_for_all_variants():
    found = study(base={"epochs": 2}).changed({"epochs": 9, "width": 4}, seeds=1)
    assert [(entry.config.epochs, entry.config.width) for entry in found.entries()] == [(9, 4)] * 2
    with pytest.raises(ValueError, match="their own network"):
        found.changed({"network": "plain"}, None)


def test_a_file_is_what_it_was_written_from():
    before = find_study("families")
    assert Study.from_dict(before.to_dict()) == before


@pytest.mark.parametrize("name", STUDIES)
def test_shipped_studies_are_complete(name):
    found = find_study(name)
    assert found.claims
    assert found.seeds >= 3
    named = {claim.greater for claim in found.claims} | {claim.smaller for claim in found.claims}
    assert named <= set(found.variants)


def test_values_are_typed_as_in_files():
    assert parse_vary(["latent_dim=8,16", "beta=0.5", "strict=true", "data=folder:a"]) == {
        "latent_dim": [8, 16],
        "beta": [0.5],
        "strict": [True],
        "data": ["folder:a"],
    }
    for text in ("model", "model=", "=vae", "model=vae,"):
        with pytest.raises(ValueError, match="--vary takes an option and its values"):
            parse_vary([text])
    with pytest.raises(ValueError, match="each option once"):
        parse_vary(["beta=1", "beta=2"])


def test_combinations_are_named_by_their_values():
    assert vary({"latent-dim": [8, 16], "model": ["ae"]}) == {
        "latent_dim=8 ae": {"latent_dim": 8, "model": "ae"},
        "latent_dim=16 ae": {"latent_dim": 16, "model": "ae"},
    }


def test_studies_are_read_from_a_file_too(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine?"\n[vary]\nnetwork = ["resnet", "plain"]')
    assert find_study(str(path)).title == "Mine?"


def test_claims_of_older_study_files_have_todays_names():
    claim = {"text": "?", "figure": "typical_faces", "greater": "resnet", "smaller": "plain"}
    assert study(claims=[claim]).claims[0].metric == "in_distribution_faces"


@pytest.mark.parametrize("name", STUDIES)
def test_claims_of_shipped_studies_are_about_metrics_of_the_table(name):
    for claim in find_study(name).claims:
        assert find_metric(claim.metric)
