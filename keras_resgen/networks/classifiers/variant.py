"""What every row of the table of classifiers has."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Variant(ABC):
    """A network as a row of a table; its columns are what `classifier` can change.

    Attributes:
        image_shape: height, width, channels of the paper's images.
        classes: how many classes the paper's data have.
        smallest: the smallest height or width of which something is left at the end.
        rescaling: factor and offset that images in [0, 1] get first.
    """

    image_shape: tuple[int, int, int] = (224, 224, 3)
    classes: int = 1000
    smallest: int = 1
    rescaling: tuple[float, float] = (2.0, -1.0)

    @abstractmethod
    def features(self, x: Any) -> Any:
        """From rescaled images to the last feature map, which encoders can be made of.

        Args:
            x: float tensor of shape `(batch, height, width, channels)`.

        Returns:
            A tensor of shape `(batch, new_height, new_width, new_channels)`.
        """

    @abstractmethod
    def head(self, x: Any, classes: int) -> Any:
        """From the feature map to float32 logits of shape `(batch, classes)`."""
