"""Tables of named things: the one way this package chooses by name."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Registry(dict[str, T]):
    """A dictionary whose look-up of an unknown name says which names there are.

    Args:
        argument: what users call the name, for the error message.
        entries: the first entries.

    Raises:
        ValueError: on look-up of a name that is not in the table.

    Example:

    >>> colors = Registry("color", {"red": 1})
    >>> colors["red"]
    1
    """

    def __init__(self, argument: str, entries: dict[str, T] | None = None) -> None:
        super().__init__(entries or {})
        self.argument = argument

    def __missing__(self, name: str) -> T:
        """Raises the error that lists the known names."""
        raise ValueError(
            f"{self.argument} must be one of {sorted(self)}. Received: {name!r}. "
            "Choose one of these names."
        )

    def register(self, name: str) -> Callable[[T], T]:
        """Returns a decorator that enters what it decorates under `name`.

        Raises:
            ValueError: if the name is taken.
        """

        def enter(entry: T) -> T:
            if name in self:
                raise ValueError(
                    f"{self.argument} {name!r} is registered already. Received: {entry!r}. "
                    "Choose another name."
                )
            self[name] = entry
            return entry

        return enter
