"""The sides that are compared, and what they train. This module imports no backend."""

from dataclasses import asdict, dataclass
from typing import Any

N_CRITIC = 2
# Options of a side, by its engine and its way of training.
OPTIONS = {
    ("tensorflow", "fit"): ("bf16", "xla", "repeatable"),
    ("tensorflow", "hand"): ("bf16", "xla"),
    ("jax", "fit"): ("bf16",),
    ("jax", "hand"): ("bf16",),
    ("torch", "fit"): ("bf16",),
    ("torch", "hand"): ("bf16",),
    ("pytorch", "hand"): ("bf16", "channels_last", "compile"),
}
DEFAULT_SIDES = (
    "tensorflow-fit",
    "tensorflow-hand",
    "tensorflow-fit-repeatable",
    "tensorflow-fit-xla",
    "tensorflow-hand-xla",
    "tensorflow-fit-bf16",
    "tensorflow-hand-bf16",
    "jax-fit",
    "jax-hand",
    "torch-fit",
    "torch-hand",
    "pytorch",
    "pytorch-channels_last",
    "pytorch-channels_last-compile",
    "pytorch-channels_last-bf16",
    "pytorch-channels_last-compile-bf16",
)


@dataclass(frozen=True)
class Setting:
    """The networks and batches that every side trains with."""

    family: str
    network: str
    image_size: int
    width: int
    latent_dim: int
    batch: int
    steps: int  # in a round

    @property
    def images(self) -> int:
        """Number of images in a round."""
        return self.batch * self.steps

    def model_options(self) -> dict[str, Any]:
        """Return the arguments of `FAMILIES[family].create`."""
        own = {"n_critic": N_CRITIC} if self.family == "wgan-gp" else {}
        names = ("network", "image_size", "width", "latent_dim")
        return {name: asdict(self)[name] for name in names} | own


@dataclass(frozen=True)
class Side:
    """One way to train: `BACKEND-fit`, `BACKEND-hand` or `pytorch`, followed by options.

    `fit` is the package's, `hand` a hand-written step for Keras networks on that backend, and
    `pytorch` uses no Keras.
    """

    name: str
    engine: str
    way: str
    options: tuple[str, ...]

    @classmethod
    def parse(cls, name: str) -> "Side":
        """Parse a name such as `tensorflow-fit-bf16`."""
        engine, *options = name.split("-")
        way = "hand" if engine == "pytorch" else (options.pop(0) if options else "")
        if (engine, way) not in OPTIONS or set(options) - set(OPTIONS[engine, way]):
            raise ValueError(
                "A side is pytorch, or tensorflow, jax or torch with -fit or -hand, and then any "
                f"of its options {OPTIONS}. Received: {name!r}. Correct the name."
            )
        return cls(name, engine, way, tuple(options))

    @property
    def is_bf16(self) -> bool:
        """Whether the side computes in mixed bfloat16 precision."""
        return "bf16" in self.options

    @property
    def rival(self) -> str | None:
        """Name of the hand-written side that a `fit` side is compared with."""
        if self.way != "fit":
            return None
        options = [option for option in self.options if option != "repeatable"]
        return "-".join((self.engine, "hand", *options))
