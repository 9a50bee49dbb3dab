"""The columns that every row of the table of classifiers has."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Variant(ABC):
    """A network as a row of a table; `classifier` can change its columns.

    Attributes:
        image_shape: height, width, channels of the paper's images.
        classes: number of classes in the paper's data.
        smallest: smallest height or width that leaves a feature map.
        rescaling: factor and offset that are applied to images in [0, 1] first.
    """

    image_shape: tuple[int, int, int] = (224, 224, 3)
    classes: int = 1000
    smallest: int = 1
    rescaling: tuple[float, float] = (2.0, -1.0)

    @abstractmethod
    def features(self, x: Any) -> Any:
        """Return the last feature map of rescaled images, which encoders can be built on.

        Args:
            x: float tensor of shape `(batch, height, width, channels)`.

        Returns:
            A tensor of shape `(batch, new_height, new_width, new_channels)`.
        """

    @abstractmethod
    def head(self, x: Any, classes: int) -> Any:
        """Return float32 logits of shape `(batch, classes)` from the feature map."""
