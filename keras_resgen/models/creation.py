"""Models by the name of their family."""

from typing import Any, Literal, Unpack, overload

from keras_resgen.models.aae import AdversarialAutoencoder, AdversarialAutoencoderOptions
from keras_resgen.models.autoencoder import Autoencoder, AutoencoderOptions
from keras_resgen.models.base import GenerativeModel
from keras_resgen.models.gan import GAN, GANOptions
from keras_resgen.models.registry import FAMILIES, load_plugins
from keras_resgen.models.vae import VariationalAutoencoder, VariationalAutoencoderOptions
from keras_resgen.models.wgan_gp import WGANGP, WGANGPOptions


@overload
def create_model(family: Literal["ae"], **options: Unpack[AutoencoderOptions]) -> Autoencoder: ...
@overload
def create_model(
    family: Literal["vae"], **options: Unpack[VariationalAutoencoderOptions]
) -> VariationalAutoencoder: ...
@overload
def create_model(
    family: Literal["aae"], **options: Unpack[AdversarialAutoencoderOptions]
) -> AdversarialAutoencoder: ...
@overload
def create_model(family: Literal["gan"], **options: Unpack[GANOptions]) -> GAN: ...
@overload
def create_model(family: Literal["wgan-gp"], **options: Unpack[WGANGPOptions]) -> WGANGP: ...


def create_model(family: str, **options: Any) -> GenerativeModel:
    """Build a model of the family with this name.

    Type checkers know the families of this package and their options. For a name in a variable, and
    for families of other packages, `FAMILIES[name].create(...)` is the same without these checks.

    Args:
        family: one of `list_models()`.
        **options: options of the family's `create`, see `GenerativeModel.create` and the family's
            class.

    Returns:
        A model that is not compiled yet.

    Raises:
        ValueError: if the family or an option is unknown, or an option has an impossible value.

    Example:

    >>> create_model("vae", image_size=32, latent_dim=8, width=4, beta=4.0).latent_dim
    8
    """
    return FAMILIES[family].create(**options)


def list_models() -> list[str]:
    """Return the names of all families, those of installed and imported packages included.

    Example:

    >>> {"aae", "ae", "gan", "vae", "wgan-gp"} <= set(list_models())
    True
    """
    load_plugins()
    return sorted(FAMILIES)
