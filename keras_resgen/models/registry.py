"""The table of families, and families of other packages."""

import warnings
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from keras_resgen.models.base import GenerativeModel
from keras_resgen.registry import Registry

ENTRY_POINTS = "keras_resgen.families"


class FamilyRegistry(Registry[type[GenerativeModel]]):
    """The table of families, which loads plugins before it refuses a name."""

    def __missing__(self, name: str) -> type[GenerativeModel]:
        """Load plugins, and raise an error that lists the known names if there is still none."""
        load_plugins()
        if name in self:
            return self[name]
        raise ValueError(
            f"{self.argument} must be one of {sorted(self)}. Received: {name!r}. Choose one of "
            "these names. A family of another package must be imported first, or be an entry "
            f"point of the group {ENTRY_POINTS!r}."
        )


# A family registers itself: `@FAMILIES.register("wae")` above its class.
FAMILIES = FamilyRegistry("model")


def load_plugins() -> None:
    """Import the families of installed packages, at the first call.

    A package lists the modules of its families as entry points. Importing a module must register
    its family with `FAMILIES.register`. In pyproject.toml:

        [project.entry-points."keras_resgen.families"]
        wae = "my_package.wae"

    A module that cannot be imported gives a warning, and the others are loaded all the same.

    Example:

    >>> load_plugins()
    """
    for plugin in _plugins():
        _load(plugin)


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINTS))


@cache
def _load(plugin: EntryPoint) -> None:
    try:
        plugin.load()
    except Exception as error:  # a broken package must not break the families of others
        package = plugin.dist.name if plugin.dist else "an unknown package"
        warnings.warn(
            f"The family {plugin.name!r} of {package} could not be loaded from {plugin.value!r}: "
            f"{type(error).__name__}: {error}. Repair or remove the package.",
            stacklevel=3,
        )
