"""Tables of named objects, from which every option that is a name is looked up."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Registry(dict[str, T]):
    """A dictionary whose error for an unknown name lists the known names.

    Args:
        argument: name of the option that the table belongs to, for error messages.
        entries: the first entries.

    Raises:
        ValueError: if a name that is looked up is not in the table.

    Example:

    >>> colors = Registry("color", {"red": 1})
    >>> colors["red"]
    1
    """

    def __init__(self, argument: str, entries: dict[str, T] | None = None) -> None:
        super().__init__(entries or {})
        self.argument = argument

    def __missing__(self, name: str) -> T:
        """Raise the error that lists the known names."""
        raise ValueError(
            f"{self.argument} must be one of {sorted(self)}. Received: {name!r}. "
            "Choose one of these names."
        )

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that adds the decorated object under `name`.

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
