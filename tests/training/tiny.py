"""The model and images of the comparisons of many devices and hosts with one.

A case is `FAMILY:NORMALIZATION`, or `FAMILY:NORMALIZATION:conditional`.
"""

import keras
import numpy as np

from keras_resgen.models import FAMILIES

OPTIONS = {"wgan-gp": {"n_critic": 2}}
ATTRIBUTES = 2


def data(case):
    """Return three batches of eight images, with attributes if the case is conditional."""
    images = np.random.default_rng(0).random((24, 32, 32, 3), "float32")
    attributes = np.random.default_rng(1).integers(0, 2, (24, ATTRIBUTES)).astype("float32")
    return (images, attributes) if _is_conditional(case) else (images,)


def create(case):
    """Return a model with the same weights each time; call it within `distributed`."""
    family, normalization, *_ = case.split(":")
    keras.utils.set_random_seed(1)
    return FAMILIES[family].create(
        image_size=32,
        latent_dim=4,
        width=2,
        network="plain",
        normalization=normalization,
        attributes=ATTRIBUTES if _is_conditional(case) else 0,
        **OPTIONS.get(family, {}),
    )


def samples(model):
    """Return three images."""
    return model.sample(3, attributes=[1, 0] if model.attributes else None)


def optimizer():
    """Return plain descent, which does not amplify rounding, with averages of the weights."""
    return keras.optimizers.SGD(1e-3, use_ema=True, ema_momentum=0.5)


def _is_conditional(case):
    return case.endswith(":conditional")
