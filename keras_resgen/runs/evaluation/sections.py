"""Figures with names, as tables show them and files keep them."""

from typing import NamedTuple


class Figure(NamedTuple):
    """A line of a table.

    Attributes:
        name: as logs name it.
        value: of the model.
        floor: of real images, where there is one.
    """

    name: str
    value: float
    floor: float | None = None


class Section(NamedTuple):
    """A table.

    Attributes:
        title: what was measured, on how many images.
        figures: its lines.
    """

    title: str
    figures: list[Figure]
