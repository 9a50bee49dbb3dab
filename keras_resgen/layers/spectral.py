"""Spectral normalization: layers that divide their kernel by its largest singular value.

Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018,
https://arxiv.org/abs/1802.05957). Unlike `keras.layers.SpectralNormalization`, which overwrites the
kernel at each training call, these keep the kernel and differentiate through the division.
"""

from typing import Any

import keras
from keras import ops

from keras_resgen.layers.convolution import Conv2D

# Enough for the power method to converge, so that the first outputs are already normalized.
ITERATIONS_AT_BUILD = 20
TINY = 1e-12


class SpectralKernel:
    """A mixin that divides the `kernel` of a layer by its spectral norm.

    The power method estimates `u`, the right singular vector of the largest singular value. The
    norm is `sigma = |W u|`. Its gradient by `W` is the paper's: the outer product of
    `v = W u / sigma` and `u`. The training engine calls `before_update` before each update of the
    network, which makes one iteration; evaluation changes nothing. `u` is saved with the weights.
    """

    plain: type[keras.layers.Layer]  # the layer without this normalization
    output_axis = -1  # of the kernel

    def build(self: Any, input_shape: tuple[int | None, ...]) -> None:
        """Create the kernel and the singular vector, which is estimated at once."""
        super().build(input_shape)  # type: ignore[misc]
        self.singular_vector = self.add_weight(
            name="singular_vector",
            shape=(self._kernel.shape[self.output_axis],),
            initializer="random_normal",
            trainable=False,
            dtype="float32",
            autocast=False,
            # Every replica computes the same vector.
            aggregation="only_first_replica",
        )
        for _ in range(ITERATIONS_AT_BUILD):
            self.before_update()

    def _matrix(self: Any) -> Any:
        """The kernel in float32 as a matrix with one column for each output."""
        kernel = ops.moveaxis(ops.cast(self._kernel, "float32"), self.output_axis, -1)
        return ops.reshape(kernel, (-1, kernel.shape[-1]))

    def spectral_norm(self: Any) -> Any:
        """Return the norm that the kernel is divided by."""
        image = ops.matmul(self._matrix(), ops.expand_dims(self.singular_vector, 1))
        return ops.sqrt(ops.sum(ops.square(image)) + TINY)

    @property
    def kernel(self: Any) -> Any:
        """The normalized kernel, which Keras's layer computes with."""
        return self._kernel / ops.cast(self.spectral_norm(), self._kernel.dtype)

    @kernel.setter
    def kernel(self: Any, kernel: Any) -> None:
        # Not all layers of Keras store their kernel under another name.
        self._kernel = kernel

    def before_update(self: Any) -> None:
        """Make one iteration of the power method."""
        matrix = self._matrix()
        left = _unit(ops.matmul(matrix, ops.expand_dims(self.singular_vector, 1)))
        right = _unit(ops.matmul(ops.transpose(matrix), left))
        self.singular_vector.assign(ops.squeeze(right, 1))

    def save_own_variables(self: Any, store: Any) -> None:
        """Store the kernel itself; a convolution of Keras would store the normalized one."""
        keras.layers.Layer.save_own_variables(self, store)

    def load_own_variables(self: Any, store: Any) -> None:
        """Read what `save_own_variables` stored."""
        keras.layers.Layer.load_own_variables(self, store)

    def folded_weights(self: Any) -> list[Any]:
        """Return the weights with which the plain layer computes the same."""
        bias = [self.bias] if self.use_bias else []
        return [ops.convert_to_numpy(weight) for weight in (self.kernel, *bias)]


def _unit(vector: Any) -> Any:
    return vector / ops.sqrt(ops.sum(ops.square(vector)) + TINY)


@keras.saving.register_keras_serializable("keras_resgen")
class SpectralConv2D(SpectralKernel, Conv2D):
    """A two-dimensional convolution with spectral normalization, see `SpectralKernel`.

    Takes the arguments of `keras.layers.Conv2D`.

    Example:

    >>> layer = SpectralConv2D(8, 3)
    >>> tuple(layer(keras.ops.ones((1, 8, 8, 4))).shape)
    (1, 6, 6, 8)
    """

    plain = Conv2D


@keras.saving.register_keras_serializable("keras_resgen")
class SpectralConv2DTranspose(SpectralKernel, keras.layers.Conv2DTranspose):
    """A transposed convolution with spectral normalization, see `SpectralKernel`.

    Takes the arguments of `keras.layers.Conv2DTranspose`.

    Example:

    >>> layer = SpectralConv2DTranspose(8, 3)
    >>> tuple(layer(keras.ops.ones((1, 8, 8, 4))).shape)
    (1, 10, 10, 8)
    """

    plain = keras.layers.Conv2DTranspose
    output_axis = -2


@keras.saving.register_keras_serializable("keras_resgen")
class SpectralDense(SpectralKernel, keras.layers.Dense):
    """A dense layer with spectral normalization, see `SpectralKernel`.

    Takes the arguments of `keras.layers.Dense`.

    Example:

    >>> layer = SpectralDense(2)
    >>> tuple(layer(keras.ops.ones((1, 8))).shape)
    (1, 2)
    """

    plain = keras.layers.Dense


def has_spectral_normalization(network: keras.Model) -> bool:
    """Return whether any layer of a network, at any depth, has spectral normalization.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> has_spectral_normalization(latent_discriminator(8, units=4))
    False
    """
    return any(isinstance(layer, SpectralKernel) for layer in network._flatten_layers())


def fold_spectral_normalization(network: keras.Model) -> keras.Model:
    """Return a copy of a network that computes the same with plain layers.

    Args:
        network: a functional model.

    Returns:
        A model whose kernels have been divided by their spectral norms.

    Example:

    >>> from keras_resgen.networks import latent_discriminator
    >>> network = latent_discriminator(8, units=4, normalization="spectral")
    >>> has_spectral_normalization(fold_spectral_normalization(network))
    False
    """
    copy = keras.models.clone_model(network, clone_function=_plain)
    for source, target in zip(network._flatten_layers(), copy._flatten_layers(), strict=True):
        if isinstance(source, SpectralKernel):
            target.set_weights(source.folded_weights())
        elif not source._layers:
            target.set_weights(source.get_weights())
    return copy


def _plain(layer: keras.layers.Layer) -> keras.layers.Layer:
    config = layer.get_config()
    if config.get("normalization") == "spectral":  # a block, which makes its layers itself
        config["normalization"] = "none"
    return getattr(layer, "plain", type(layer)).from_config(config)
