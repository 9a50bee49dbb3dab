"""The package's networks in plain PyTorch, as an expert would write them for speed.

Modules have the names of the Keras layers and the same parameters; `tests/test_benchmarks.py`
copies weights and compares outputs. One thing differs by default: where a 3x3 convolution halves an
image of even size, Keras pads the right and the lower side only, for which PyTorch would copy the
image. PyTorch's usual padding of all sides costs the same arithmetic and shifts the image by a
pixel.
"""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

ENCODER_BLOCKS = (1, 2, 4, 8)
DECODER_BLOCKS = (8, 8, 4, 2, 1)
SMALLEST_MAP = 4
WIDEST = 8


class KerasPaddedConv2d(nn.Conv2d):
    """A 3x3 convolution of stride 2 with the padding of Keras."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Pad and convolve."""
        padded = functional.pad(images, (0, 1, 0, 1))
        return functional.conv2d(padded, self.weight, self.bias, stride=2)


def convolution(
    inputs: int, outputs: int, *, stride: int = 1, bias: bool = False, keras_padding: bool = False
) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps the size, or halves it if the stride is 2."""
    kind = KerasPaddedConv2d if keras_padding and stride == 2 else nn.Conv2d
    return kind(inputs, outputs, 3, stride, padding=1, bias=bias)


def normalization(channels: int, normalized: bool) -> nn.Module:
    """Return batch normalization, or the identity."""
    return nn.BatchNorm2d(channels) if normalized else nn.Identity()


class ResidualBlock(nn.Module):
    """The block of `keras_resgen.layers.ResidualBlock`."""

    def __init__(
        self, inputs: int, outputs: int, resample: str, normalized: bool, keras_padding: bool
    ) -> None:
        super().__init__()
        stride = 2 if resample == "down" else 1
        self.up = resample == "up"
        self.conv_1 = convolution(
            inputs, outputs, stride=stride, bias=not normalized, keras_padding=keras_padding
        )
        self.norm_1 = normalization(outputs, normalized)
        self.conv_2 = convolution(outputs, outputs, bias=not normalized)
        self.norm_2 = normalization(outputs, normalized)
        if normalized:
            nn.init.zeros_(self.norm_2.weight)
        projects = inputs != outputs or stride == 2
        self.projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if projects else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the block."""
        shortcut = x if self.projection is None else self.projection(x)
        if self.up:
            shortcut, x = (functional.interpolate(y, scale_factor=2.0) for y in (shortcut, x))
        x = functional.leaky_relu(self.norm_1(self.conv_1(x)), 0.2, inplace=True)
        return functional.leaky_relu(self.norm_2(self.conv_2(x)) + shortcut, 0.2, inplace=True)


def residual_image_backbone(
    image_size: int, width: int, normalized: bool, keras_padding: bool
) -> nn.Sequential:
    """Return the residual blocks of an encoder or critic."""
    halvings = round(math.log2(image_size // SMALLEST_MAP))
    stride = 2 if halvings > len(ENCODER_BLOCKS) else 1
    backbone = nn.Sequential()
    backbone.add_module(
        "stem_conv",
        convolution(3, width, stride=stride, bias=not normalized, keras_padding=keras_padding),
    )
    backbone.add_module("stem_norm", normalization(width, normalized))
    backbone.add_module("stem_activation", nn.LeakyReLU(0.2, inplace=True))
    channels = width
    for i, multiple in enumerate(ENCODER_BLOCKS):
        resample = "none" if i >= halvings else "down"
        block = ResidualBlock(channels, multiple * width, resample, normalized, keras_padding)
        backbone.add_module(f"block_{i + 1}", block)
        channels = multiple * width
    return backbone


def residual_decoder_backbone(image_size: int, width: int) -> nn.Sequential:
    """Return the residual blocks of a decoder or generator."""
    doublings = min(round(math.log2(image_size // SMALLEST_MAP)), len(DECODER_BLOCKS))
    channels = DECODER_BLOCKS[0] * width
    backbone = nn.Sequential()
    for i, multiple in enumerate(DECODER_BLOCKS):
        resample = "none" if len(DECODER_BLOCKS) - i > doublings else "up"
        block = ResidualBlock(channels, multiple * width, resample, True, False)
        backbone.add_module(f"block_{i + 1}", block)
        channels = multiple * width
    return backbone


def _multiples(image_size: int) -> list[int]:
    halvings = round(math.log2(image_size // SMALLEST_MAP))
    return [min(2**i, WIDEST) for i in range(halvings)]


def plain_image_backbone(
    image_size: int, width: int, normalized: bool, keras_padding: bool
) -> nn.Sequential:
    """Return the strided convolutions of an encoder or critic."""
    backbone, channels = nn.Sequential(), 3  # Keras and PyTorch pad 4x4 kernels in the same way
    for i, multiple in enumerate(_multiples(image_size)):
        after = normalized and i > 0
        layer = nn.Conv2d(channels, multiple * width, 4, 2, padding=1, bias=not after)
        backbone.add_module(f"conv_{i + 1}", layer)
        backbone.add_module(f"norm_{i + 1}", normalization(multiple * width, after))
        backbone.add_module(f"activation_{i + 1}", nn.LeakyReLU(0.2, inplace=True))
        channels = multiple * width
    return backbone


def plain_decoder_backbone(image_size: int, width: int) -> nn.Sequential:
    """Return the transposed convolutions of a decoder or generator."""
    multiples = _multiples(image_size)
    backbone, channels = nn.Sequential(), multiples[-1] * width
    for i, multiple in enumerate(reversed(multiples)):
        layer = nn.ConvTranspose2d(channels, multiple * width, 4, 2, padding=1, bias=False)
        backbone.add_module(f"conv_{i + 1}", layer)
        backbone.add_module(f"norm_{i + 1}", nn.BatchNorm2d(multiple * width))
        backbone.add_module(f"activation_{i + 1}", nn.LeakyReLU(0.2, inplace=True))
        channels = multiple * width
    return backbone


class ImageNetwork(nn.Module):
    """An encoder, discriminator or critic: a backbone and a linear layer for each output."""

    def __init__(self, backbone: nn.Sequential, features: int, heads: dict[str, int]) -> None:
        super().__init__()
        self.backbone = backbone
        self.heads = nn.ModuleDict(
            {name: nn.Linear(features, units) for name, units in heads.items()}
        )

    def forward(self, images: torch.Tensor) -> torch.Tensor | list[torch.Tensor]:
        """Return the output of each head."""
        features = self.backbone(2.0 * images - 1.0).flatten(1)
        outputs = [head(features).float() for head in self.heads.values()]
        return outputs if len(outputs) > 1 else outputs[0]


class Decoder(nn.Module):
    """A decoder or generator, from latent vectors to images."""

    def __init__(self, backbone: nn.Sequential, latent_dim: int, start: Sequence[int], width: int):
        super().__init__()
        self.start = tuple(start)
        self.project = nn.Linear(latent_dim, math.prod(start))
        self.backbone = backbone
        self.image_conv = convolution(width, 3, bias=True)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Return images in [0, 1]."""
        maps = self.project(latents).unflatten(1, self.start)
        return torch.sigmoid(self.image_conv(self.backbone(maps)).float())


def latent_discriminator(latent_dim: int, units: int = 512) -> nn.Sequential:
    """Return the discriminator of codes."""
    network = nn.Sequential()
    for i, inputs in enumerate((latent_dim, units), 1):
        network.add_module(f"dense_{i}", nn.Linear(inputs, units))
        network.add_module(f"activation_{i}", nn.LeakyReLU(0.2, inplace=True))
    network.add_module("logits", nn.Linear(units, 1))
    return network


def create(
    family: str,
    *,
    network: str,
    image_size: int,
    width: int,
    latent_dim: int,
    keras_padding: bool = False,
) -> dict[str, nn.Module]:
    """Return the networks of a family by name.

    Args:
        family: `"ae"`, `"vae"`, `"aae"`, `"gan"` or `"wgan-gp"`.
        network: `"resnet"` or `"plain"`.
        image_size: of RGB images in [0, 1], of shape `(batch, 3, size, size)`.
        width: channels at full resolution.
        latent_dim: length of a latent vector.
        keras_padding: whether to pad exactly as Keras does.
    """
    residual = network == "resnet"
    widest = 8 if residual else _multiples(image_size)[-1]
    smallest = 8 if residual and image_size == 256 else SMALLEST_MAP
    start = (widest * width, smallest, smallest)

    def image_network(normalized: bool, **heads: int) -> nn.Module:
        build = residual_image_backbone if residual else plain_image_backbone
        backbone = build(image_size, width, normalized, keras_padding)
        return ImageNetwork(backbone, math.prod(start), heads)

    build = residual_decoder_backbone if residual else plain_decoder_backbone
    decoder = Decoder(build(image_size, width), latent_dim, start, width)
    if family == "gan":
        return {"generator": decoder, "discriminator": image_network(True, logits=1)}
    if family == "wgan-gp":
        return {"generator": decoder, "critic": image_network(False, logits=1)}
    codes = ("mean", "log_variance") if family == "vae" else ("code",)
    networks = {
        "encoder": image_network(True, **dict.fromkeys(codes, latent_dim)),
        "decoder": decoder,
    }
    if family == "aae":
        networks["discriminator"] = latent_discriminator(latent_dim)
    return networks
