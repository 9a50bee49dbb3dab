"""Models without what only training needs."""

from typing import Any

from keras_resgen.layers.spectral import fold_spectral_normalization, has_spectral_normalization


def folded(model: Any) -> Any:
    """Returns the model itself, or a copy with spectral normalization folded into the kernels.

    Args:
        model: a `keras.Model` with `networks`, rebuilt by `get_config` and `from_config`.

    Returns:
        A model of the same class that computes the same without spectral normalization.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> folded(model) is model
    True
    """
    if not any(map(has_spectral_normalization, model.networks.values())):
        return model
    networks = {
        name: fold_spectral_normalization(network) for name, network in model.networks.items()
    }
    return type(model).from_config({**model.get_config(), **networks})
