"""Networks by name: classifiers, networks of families, of `keras.applications` and of runs."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from keras_resgen.networks import (
    CLASSIFIERS,
    classifier,
    decoder,
    encoder,
    image_discriminator,
)
from keras_resgen.networks.backbones import APPLICATIONS
from keras_resgen.registry import Registry
from keras_resgen.runs.folder import RunFolder
from keras_resgen.runs.run import load_model

Builder = Callable[..., keras.Model]

# Builders by the word before the colon of a name; they take the word after it.
KINDS: Registry[Builder] = Registry("The word before the colon")


def named_network(name: str, *, seed: int = 0, **options: Any) -> keras.Model:
    """Build a network by its name, with random weights, or load one of a run.

    Args:
        name: one of `keras_resgen.networks.classifier_names()`; `encoder:`, `decoder:` or
            `discriminator:` with one of `keras_resgen.networks.network_names()`, `encoder:` also
            with what `keras_resgen.networks.encoder` takes; `applications:` with a function of
            `keras.applications`, such as `ResNet50`; or the path of a run, or of a `.keras` file.
        seed: seed of random weights.
        **options: what the network is built with, where not None: `image_size`, `channels`,
            `classes`, `width`, `latent_dim`; for a run `network`, such as `"encoder"`.

    Raises:
        ValueError: for an unknown name, or an option that the network does not have.

    Example:

    >>> named_network("encoder:plain", image_size=32, width=4, latent_dim=8).output_shape
    (None, 8)
    """
    kind, colon, rest = name.partition(":")
    if name in CLASSIFIERS:
        builder: Builder = _classifier
        rest = name
    elif colon:
        builder = KINDS[kind]
    elif Path(name).suffix == ".keras" and Path(name).is_file():
        builder, rest = _file, name
    elif Path(name).is_dir():
        builder, rest = _run, name
    else:
        raise ValueError(
            f"A network must be one of {sorted(CLASSIFIERS)}, one of {sorted(KINDS)} with a colon "
            "and a name, such as encoder:resnet, the folder of a run, or a .keras file. "
            f"Received: {name!r}. Choose one of these."
        )
    given = {option: value for option, value in options.items() if value is not None}
    known = [p.name for p in inspect.signature(builder).parameters.values()][1:]
    for option in given:
        if option not in known:
            raise ValueError(
                f"Options of {name} are {', '.join(known)}. Received: {option}. Leave it out."
            )
    keras.utils.set_random_seed(seed)
    return builder(rest, **given)


def _classifier(
    name: str,
    image_size: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
    width: int | None = None,
) -> keras.Model:
    row = CLASSIFIERS[name]
    size = image_size or row.image_shape[0]
    columns: dict[str, Any] = {}
    if width is not None:
        widths = getattr(row, "widths", None)
        if widths is None:
            raise ValueError(
                f"Only residual networks and their plain twins have a width. Received: {name}. "
                "Leave it out."
            )
        columns["widths"] = tuple(width * stage // widths[0] for stage in widths)
    shape = (size, size, channels or row.image_shape[2])
    return classifier(name, classes=classes, image_shape=shape, **columns)


def _file(path: str) -> keras.Model:
    return keras.saving.load_model(path)


@KINDS.register("encoder")
def _encoder(
    network: str, image_size: int = 64, channels: int = 3, latent_dim: int = 128, width: int = 32
) -> keras.Model:
    shape = (image_size, image_size, channels)
    return encoder(shape, latent_dim, network=network, width=width)


@KINDS.register("decoder")
def _decoder(
    network: str, image_size: int = 64, channels: int = 3, latent_dim: int = 128, width: int = 32
) -> keras.Model:
    shape = (image_size, image_size, channels)
    return decoder(latent_dim, shape, network=network, width=width)


@KINDS.register("discriminator")
def _discriminator(
    network: str, image_size: int = 64, channels: int = 3, width: int = 32
) -> keras.Model:
    return image_discriminator((image_size, image_size, channels), network=network, width=width)


@KINDS.register("applications")
def _application(
    name: str, image_size: int = 224, channels: int = 3, classes: int = 1000
) -> keras.Model:
    shape = (image_size, image_size, channels)
    return APPLICATIONS[name](weights=None, input_shape=shape, classes=classes)


def _run(path: str, network: str | None = None) -> keras.Model:
    networks = load_model(RunFolder(Path(path))).networks
    if (network is None and len(networks) > 1) or network not in {None, *networks}:
        raise ValueError(
            f"The run {path} has the networks {', '.join(networks)}. Received: {network}. "
            "Choose one of these with --network."
        )
    return networks[network or next(iter(networks))]
