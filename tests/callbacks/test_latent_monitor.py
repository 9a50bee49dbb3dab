import numpy as np
import pytest

from keras_resgen.callbacks import LatentMonitor
from keras_resgen.metrics.codes import active_units, kl_per_dimension, prior_mmd


def test_the_codes_of_a_vae(create, images):
    model = create("vae")
    model.compile()
    monitor = LatentMonitor(images)
    logs = model.fit(images, batch_size=4, verbose=0, callbacks=[monitor]).history
    mean, log_variance = model.posterior(images)
    assert logs["val_active_units"] == [active_units(mean)]
    np.testing.assert_allclose(
        monitor.kl_per_dimension, kl_per_dimension(mean, log_variance), rtol=1e-4
    )
    assert np.isfinite(logs["val_prior_mmd"]).all()
    assert logs["val_prior_mmd_error"][0] > 0


def test_the_codes_of_an_autoencoder(create, images):
    model = create("ae")
    monitor = LatentMonitor((255 * images).astype("uint8"), seed=2)
    monitor.set_model(model)
    codes = model.encode((255 * images).astype("uint8").astype("float32") / 255)
    found = monitor.metrics()
    assert sorted(found) == ["prior_mmd", "prior_mmd_error"]
    assert found["prior_mmd"] == pytest.approx(
        prior_mmd(codes, model.draw_latents(len(images), 2)).value, rel=1e-5
    )
    assert monitor.kl_per_dimension is None


def test_images_are_encoded_in_batches_and_the_seed_counts(create):
    images = np.random.default_rng(1).random((70, 32, 32, 3), "float32")
    model = create("vae")
    found = []
    for seed in (0, 7):
        monitor = LatentMonitor(images, seed=seed)
        monitor.set_model(model)
        found.append(monitor.metrics())
    mean, _ = model.posterior(images)
    assert found[0]["active_units"] == found[1]["active_units"] == active_units(mean)
    assert found[0]["prior_mmd"] != found[1]["prior_mmd"]


def test_a_model_without_an_encoder_is_refused(create, images):
    model = create("gan")
    model.compile()
    with pytest.raises(ValueError, match=r"a model with an encoder. Received: GAN"):
        model.fit(images, batch_size=4, verbose=0, callbacks=[LatentMonitor(images)])


def test_too_few_images_are_refused(images):
    with pytest.raises(ValueError, match=r"at least three images. Received: 2"):
        LatentMonitor(images[:2])
