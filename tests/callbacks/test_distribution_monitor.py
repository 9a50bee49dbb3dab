import keras
import numpy as np
import pytest

from keras_resgen.callbacks import BestWeights, DistributionMonitor, EarlyStopping
from keras_resgen.metrics.features import FEATURES, FeatureExtractor
from keras_resgen.metrics.moments import Moments, frechet_distance
from keras_resgen.metrics.reference import Reference
from keras_resgen.models import GAN


@pytest.fixture(scope="module")
def extractor():
    return FEATURES["faces"]()


@pytest.fixture(scope="module")
def real(extractor):
    images = np.random.default_rng(1).random((48, 32, 32, 3), "float32")
    return Reference.from_images(extractor, images[:24], images[24:], data="noise")


@pytest.mark.parametrize("family", ["ae", "gan"])
def test_what_is_logged_is_the_distance_of_the_models_samples(
    create, images, real, extractor, family
):
    model = create(family)
    model.compile()
    monitor = DistributionMonitor(real, extractor, seed=3)
    logs = model.fit(images, batch_size=4, verbose=0, callbacks=[monitor]).history
    rows = extractor(model.sample(24, seed=3))
    expected = frechet_distance(Moments.from_features(real.rows), Moments.from_features(rows))
    assert logs["val_frechet_faces"] == pytest.approx([expected], rel=1e-4)
    assert set(logs) >= {f"val_{name}" for name in monitor.names("faces")}
    assert ("val_score_gradient_norm" in logs) == (family == "gan")
    assert all(np.isfinite(values).all() for values in logs.values())


def test_the_gradient_norm_of_a_linear_score_is_that_of_its_weights(create):
    image = keras.Input((32, 32, 3))
    score = keras.layers.Dense(1)
    discriminator = keras.Model(image, score(keras.layers.Flatten()(image)))
    model = GAN(create("gan").generator, discriminator)
    found = model.probe(model.draw_latents(3))["score_gradient_norm"]
    assert found == pytest.approx(np.linalg.norm(score.get_weights()[0]), rel=1e-5)


def test_averaged_weights_are_measured_where_there_are_some(create, images, real, extractor):
    model = create("gan")
    model.compile(keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.9))
    monitor = DistributionMonitor(real, extractor)
    model.fit(images, batch_size=4, verbose=0)
    monitor.set_model(model)
    with model.averaged_weights():
        averaged = monitor.metrics()["frechet_faces"]
    assert monitor.metrics()["frechet_faces"] == pytest.approx(averaged, rel=1e-6)


def test_it_measures_every_few_epochs_and_counts_the_time(create, images, real, extractor):
    model = create("gan")
    model.compile()
    monitor = DistributionMonitor(real, extractor, every_epochs=2)
    history = model.fit(images, batch_size=4, epochs=5, verbose=0, callbacks=[monitor])
    assert len(history.history["val_frechet_faces"]) == len(monitor.seconds) == 2
    assert min(monitor.seconds) > 0


def test_samples_of_a_conditional_model_have_the_attributes_in_turn(create, real, extractor):
    model = create("gan", attributes=2)
    attributes_given = np.array([[0, 1], [1, 0], [1, 1]])
    monitor = DistributionMonitor(real, extractor, attributes=attributes_given)
    monitor.set_model(model)
    rows = extractor(model.sample(24, attributes=np.tile(attributes_given, (8, 1))))
    expected = frechet_distance(Moments.from_features(real.rows), Moments.from_features(rows))
    assert monitor.metrics()["frechet_faces"] == pytest.approx(expected, rel=1e-4)


def test_callbacks_after_it_go_by_the_distance(create, images, real, extractor, tmp_path):
    model = create("gan")
    model.compile(keras.optimizers.Adam(0.01))
    metric = "val_frechet_faces"
    best = BestWeights(tmp_path, metric, keep=1)
    stopping = EarlyStopping(metric, mode="min", patience=1, restore_best_weights=True)
    monitor = DistributionMonitor(real, extractor)
    history = model.fit(
        images, batch_size=4, epochs=5, verbose=0, callbacks=[monitor, best, stopping]
    ).history[metric]
    assert best.kept == [(1 + np.argmin(history), min(history))]
    assert monitor.metrics()["frechet_faces"] == pytest.approx(min(history), rel=1e-5)


def test_a_model_that_has_diverged_is_measured_as_nan(create, real, extractor):
    model = create("gan")
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    monitor = DistributionMonitor(real, extractor)
    monitor.set_model(model)
    found = monitor.metrics()
    assert np.isnan([found["frechet_faces"], found["kernel_faces"], found["coverage_faces"]]).all()


def test_features_of_other_weights_are_refused(real, extractor):
    network = keras.models.clone_model(extractor.network)
    with pytest.raises(ValueError, match="Expected the extractor of the reference"):
        DistributionMonitor(real, FeatureExtractor("faces", network))
