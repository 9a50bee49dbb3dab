"""The precision of layers."""

from collections.abc import Iterator
from contextlib import contextmanager

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Build layers under a Keras dtype policy, and restore the earlier one.

    Args:
        policy: name of a Keras dtype policy, such as those in `PRECISIONS`.

    Example:

    >>> from keras_resgen.models import GAN
    >>> with precision("mixed_bfloat16"):
    ...     model = GAN.create(image_size=32, latent_dim=8, width=4)
    >>> model.generator.layers[1].compute_dtype
    'bfloat16'
    """
    import keras  # reading PRECISIONS must not import it

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
