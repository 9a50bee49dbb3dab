"""Families of other packages."""

from importlib.metadata import EntryPoint

import pytest

from keras_resgen.models import FAMILIES, list_models, registry

MODULE = """
from keras_resgen.models import FAMILIES, Autoencoder

@FAMILIES.register("{name}")
class Other(Autoencoder):
    pass
"""


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Makes modules of families importable, and lists them as entry points."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def clear():
        registry._plugins.cache_clear()
        registry._load.cache_clear()

    def make(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
            names.append(name)
        found = [EntryPoint(name, name, registry.ENTRY_POINTS) for name in sources]
        monkeypatch.setattr(registry, "entry_points", lambda group: found)
        clear()

    yield make
    clear()
    for name in names:
        FAMILIES.pop(name, None)


def test_families_of_installed_packages_are_found_when_they_are_looked_up(install):
    install(plugin_one=MODULE.format(name="plugin_one"))
    assert "plugin_one" not in FAMILIES
    assert FAMILIES["plugin_one"].__name__ == "Other"


def test_listing_loads_them_once(install):
    install(plugin_two=MODULE.format(name="plugin_two"))
    assert "plugin_two" in list_models()
    assert list_models() == list_models()  # registering twice would be an error


def test_a_broken_package_gives_a_warning_and_leaves_the_others(install):
    install(plugin_broken="import nowhere", plugin_three=MODULE.format(name="plugin_three"))
    with pytest.warns(UserWarning, match=r"'plugin_broken' of .*could not be loaded.*nowhere"):
        assert "plugin_three" in list_models()
    with pytest.raises(ValueError, match=r"'plugin_three'.*Received: 'plugin_broken'.*entry point"):
        FAMILIES["plugin_broken"]
