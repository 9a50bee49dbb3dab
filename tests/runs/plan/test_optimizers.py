import keras
import pytest

from keras_resgen.runs.config import RunConfig
from keras_resgen.runs.plan.building import build_model
from keras_resgen.runs.plan.optimizers import resolve_optimizers

TINY = {"image_size": 32, "width": 2, "latent_dim": 4, "network": "plain"}


def optimizers(**options):
    config = RunConfig(**TINY, **options)
    return resolve_optimizers(config).build(build_model(config), steps_per_epoch=10)


def test_without_settings_optimizers_are_those_of_the_family():
    for family in ("ae", "aae", "wgan-gp"):
        model = build_model(RunConfig(model=family, **TINY))
        model.compile()
        for name, optimizer in optimizers(model=family).items():
            own = model.optimizer.phase_optimizers[name].get_config()
            assert {**optimizer.get_config(), "name": name} == own


def test_settings_reach_every_phase():
    settings = {"weight_decay": 0.02, "global_clipnorm": 3.0, "gradient_accumulation_steps": 4}
    for optimizer in optimizers(model="aae", **settings).values():
        assert settings.items() <= optimizer.get_config().items()


def test_the_cosine_falls_over_all_updates_of_a_phase():
    made = optimizers(
        model="wgan-gp", n_critic=3, epochs=7, learning_rate_schedule="cosine", learning_rate=0.5
    )
    for name, updates in (("critic", 3 * 7 * 10), ("generator", 7 * 10)):
        schedule = keras.optimizers.schedules.deserialize(made[name].get_config()["learning_rate"])
        rates = [float(schedule(step)) for step in (0, updates // 2, updates)]
        assert rates == pytest.approx([0.5, 0.25, 0.0], abs=1e-6)


def test_moving_averages_are_kept_of_networks_that_make_images():
    averaged = {
        family: [
            name for name, o in optimizers(model=family, ema_momentum=0.9).items() if o.use_ema
        ]
        for family in ("vae", "aae", "gan", "wgan-gp")
    }
    assert averaged == {
        "vae": ["evidence_lower_bound"],
        "aae": ["reconstruction"],
        "gan": ["generator"],
        "wgan-gp": ["generator"],
    }


def test_an_unknown_schedule_is_refused():
    with pytest.raises(
        ValueError, match=r"learning_rate_schedule must be one of.*Received: 'step'"
    ):
        build_model(RunConfig(**TINY, learning_rate_schedule="step"))
