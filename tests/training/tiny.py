"""The model and images with which many devices, and many hosts, are compared with one."""

import keras
import numpy as np

from keras_resgen.models import FAMILIES

OPTIONS = {"wgan-gp": {"n_critic": 2}}


def images():
    """Three batches of eight."""
    return np.random.default_rng(0).random((24, 32, 32, 3), "float32")


def create(family, normalization):
    """The same weights each time; to be called within what distributes them."""
    keras.utils.set_random_seed(1)
    return FAMILIES[family].create(
        image_size=32,
        latent_dim=4,
        width=2,
        network="plain",
        normalization=normalization,
        **OPTIONS.get(family, {}),
    )


def optimizer():
    """Plain descent, which does not stretch rounding, and averages of the weights."""
    return keras.optimizers.SGD(1e-3, use_ema=True, ema_momentum=0.5)
