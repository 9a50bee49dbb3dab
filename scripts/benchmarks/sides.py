"""What is trained, and by whom. Imports no backend, for the command knows only names."""

from dataclasses import asdict, dataclass
from typing import Any

N_CRITIC = 2
BACKENDS = ("tensorflow", "jax", "torch")
OPTIONS = {
    "tensorflow": ("bf16", "xla", "repeatable"),
    "jax": ("bf16",),
    "torch": ("bf16",),
    "pytorch": ("bf16", "channels_last", "compile"),
}
DEFAULT_SIDES = (
    "tensorflow-fit",
    "tensorflow-hand",
    "tensorflow-fit-xla",
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
    """What every side trains on, from random weights: the same networks, batches and optimizer."""

    family: str
    network: str
    image_size: int
    width: int
    latent_dim: int
    batch: int
    steps: int  # of a round

    @property
    def images(self) -> int:
        """How many images a round consumes."""
        return self.batch * self.steps

    def model_options(self) -> dict[str, Any]:
        """Returns the arguments of `FAMILIES[family].create`."""
        own = {"n_critic": N_CRITIC} if self.family == "wgan-gp" else {}
        names = ("network", "image_size", "width", "latent_dim")
        return {name: asdict(self)[name] for name in names} | own


@dataclass(frozen=True)
class Side:
    """One contestant: `BACKEND-fit`, `BACKEND-hand` or `pytorch`, with options behind it.

    `fit` is the package's, `hand` a step written by hand for Keras networks on that backend, and
    `pytorch` knows no Keras at all.
    """

    name: str
    engine: str
    way: str
    options: tuple[str, ...]

    @classmethod
    def parse(cls, name: str) -> "Side":
        """Reads a name such as `tensorflow-fit-bf16`."""
        engine, *options = name.split("-")
        way = "hand" if engine == "pytorch" else (options.pop(0) if options else "")
        known = engine in OPTIONS and way in ("fit", "hand")
        if not known or set(options) - set(OPTIONS[engine]):
            raise ValueError(
                f"A side is pytorch, or one of {BACKENDS} with -fit or -hand, and then any of its "
                f"options {OPTIONS}. Received: {name!r}. Correct the name."
            )
        return cls(name, engine, way, tuple(options))

    @property
    def rival(self) -> str | None:
        """The name of the hand-written side that a `fit` is to keep up with."""
        if self.way != "fit":
            return None
        return "-".join((self.engine, "hand", *self.options))
