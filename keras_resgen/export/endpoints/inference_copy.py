"""Copies of models for inference: in float32, and without spectral normalization."""

from typing import Any

import keras

from keras_resgen.layers.spectral import fold_spectral_normalization, has_spectral_normalization
from keras_resgen.precision import precision


def convert_to_float32(model: Any) -> Any:
    """Return the model itself if it computes in float32, otherwise a float32 copy.

    float32 is the only precision in which all runtimes agree.

    Args:
        model: a `keras.Model` with `networks` that `get_config` and `from_config` rebuild.

    Returns:
        A model of the same class with the same weights.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> convert_to_float32(model) is model
    True
    """
    if all(_computes_in_float32(network) for network in model.networks.values()):
        return model
    with precision("float32"):  # layers built inside other layers take the global policy
        copy = type(model).from_config(_float32_config(model.get_config()))
    for name, network in model.networks.items():
        copy.networks[name].set_weights(network.get_weights())
    return copy


def fold_networks(model: Any) -> Any:
    """Return the model itself, or a copy with spectral normalization folded into the kernels.

    Args:
        model: a `keras.Model` with `networks` that `get_config` and `from_config` rebuild.

    Returns:
        A model of the same class that computes the same without spectral normalization.

    Example:

    >>> from keras_resgen.models import GAN
    >>> model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> fold_networks(model) is model
    True
    """
    if not any(map(has_spectral_normalization, model.networks.values())):
        return model
    networks = {
        name: fold_spectral_normalization(network) for name, network in model.networks.items()
    }
    return type(model).from_config({**model.get_config(), **networks})


def _computes_in_float32(network: keras.Model) -> bool:
    return all(
        layer.compute_dtype == layer.variable_dtype == "float32"
        for layer in network._flatten_layers()
    )


def _float32_config(config: Any) -> Any:
    """Return a serialized configuration in which every dtype policy is float32."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {
            key: "float32" if key == "dtype" and isinstance(value, str) else _float32_config(value)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_float32_config(item) for item in config)
    return config
