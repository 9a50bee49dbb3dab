"""`evaluate`, validation and the metrics that training logs."""

import keras
import numpy as np
import pytest

from keras_resgen.models import FAMILIES

NOISY = ["vae", "aae", "gan", "wgan-gp"]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_evaluation_is_repeatable_and_changes_nothing(family, trained, images):
    model, _ = trained(family)
    state = [keras.ops.convert_to_numpy(v) for v in [*model.variables, *model.optimizer.variables]]
    noise = keras.ops.convert_to_numpy(model.seed_generator.state)
    reports = [model.evaluate(images, batch_size=4, verbose=0, return_dict=True) for _ in "ab"]
    assert reports[0] == reports[1]
    assert all(np.isfinite(list(reports[0].values())))
    np.testing.assert_array_equal(noise, model.seed_generator.state)
    others = [*model.variables, *model.optimizer.variables]
    trackers = {id(v) for m in model.metrics for v in m.variables}
    trackers.add(id(model.evaluation_seed_generator.state))
    for variable, old in zip(others, state, strict=True):
        if id(variable) not in trackers:
            np.testing.assert_array_equal(variable.numpy(), old, err_msg=variable.path)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_metrics_have_the_same_names_everywhere(family, trained, images):
    model, history = trained(family)
    names = [metric for phase in model.phases for metric in phase.logged]
    assert sorted(history) == sorted(names)
    report = model.evaluate(images, batch_size=4, verbose=0, return_dict=True)
    assert sorted(report) == sorted(names)
    assert len(set(names)) == len(names)


def test_metric_names_are_stable(trained):
    expected = {
        "ae": ["loss"],
        "vae": ["loss", "reconstruction_loss", "kl_loss"],
        "aae": [
            "reconstruction_loss",
            "discriminator_loss",
            "discriminator_accuracy",
            "generator_loss",
        ],
        "gan": ["discriminator_loss", "discriminator_accuracy", "generator_loss"],
        "wgan-gp": ["critic_loss", "wasserstein_distance", "gradient_penalty", "generator_loss"],
    }
    for family, names in expected.items():
        phases = trained(family)[0].phases
        assert [metric for phase in phases for metric in phase.logged] == names


@pytest.mark.parametrize("family", ["vae", "gan"])
def test_validation_does_not_change_training(family, create, images):
    model = create(family)
    model.compile(keras.optimizers.SGD(1e-3))
    initial, noise = model.get_weights(), keras.ops.convert_to_numpy(model.seed_generator.state)
    results = []
    for validation in (None, images[8:]):
        model.set_weights(initial)
        model.seed_generator.state.assign(noise)
        history = model.fit(
            images, batch_size=6, epochs=2, shuffle=False, verbose=0, validation_data=validation
        ).history
        metrics = [values for name, values in history.items() if not name.startswith("val_")]
        results.append([*model.get_weights(), metrics])
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_validation_in_fit_equals_evaluate(create, images):
    model = create("vae")
    model.compile(keras.optimizers.SGD(1e-4))
    history = model.fit(images, batch_size=6, verbose=0, validation_data=images[6:]).history
    report = model.evaluate(images[6:], batch_size=6, verbose=0, return_dict=True)
    assert {f"val_{k}": pytest.approx(v, rel=1e-5) for k, v in report.items()} == {
        k: v[0] for k, v in history.items() if k.startswith("val_")
    }


def test_training_logs_the_mean_over_the_epoch_weighted_by_batch_size(create, images):
    model = create("ae")
    model.compile(keras.optimizers.SGD(0.0))
    whole = model.fit(images, batch_size=8, shuffle=False, verbose=0).history["loss"][0]
    parts = [
        model.fit(part, batch_size=8, shuffle=False, verbose=0).history["loss"][0]
        for part in (images[:8], images[8:])
    ]
    assert parts[0] != pytest.approx(parts[1], rel=1e-4)
    assert whole == pytest.approx((8 * parts[0] + 4 * parts[1]) / 12, rel=1e-6)


def test_evaluation_does_not_depend_on_the_batch_size(trained, images):
    model, _ = trained("ae")
    reports = [model.evaluate(images, batch_size=n, verbose=0) for n in (8, 12)]
    assert reports[0] == pytest.approx(reports[1], rel=1e-5)


@pytest.mark.parametrize("family", NOISY)
def test_training_noise_depends_only_on_the_seed(family, create, images):
    model = create(family, seed=3)
    np.testing.assert_array_equal(model.seed_generator.state, keras.random.SeedGenerator(3).state)
    model.compile(keras.optimizers.SGD(1e-4))
    initial, histories = model.get_weights(), []
    for seed in (3, 3, 4):
        model.set_weights(initial)
        model.seed_generator.state.assign(keras.random.SeedGenerator(seed).state)
        history = model.fit(images[:4], batch_size=4, shuffle=False, verbose=0).history
        histories.append(history)
    assert histories[0] == histories[1] != histories[2]


def test_data_sets_and_pairs_train_like_arrays(create, images):
    import tensorflow as tf

    weights = []
    sources = (
        (images,),
        (tf.data.Dataset.from_tensor_slices(images).batch(4),),
        (tf.data.Dataset.from_tensor_slices((images, images)).batch(4),),
    )
    for source in sources:
        keras.utils.set_random_seed(2)
        model = create("ae")
        model.compile(keras.optimizers.SGD(1e-4))
        model.fit(*source, batch_size=4 if source[0] is images else None, shuffle=False, verbose=0)
        weights.append(model.get_weights())
    for others in weights[1:]:
        for a, b in zip(weights[0], others, strict=True):
            np.testing.assert_array_equal(a, b)
