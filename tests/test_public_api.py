"""Everything public is reachable from `import keras_resgen`, and importing that costs nothing."""

import importlib
import inspect
import subprocess
import sys

import pytest

import keras_resgen as kr

NAMESPACES = (
    "analysis",
    "callbacks",
    "data",
    "export",
    "latent",
    "layers",
    "losses",
    "metrics",
    "models",
    "networks",
    "training",
)
FUNCTIONS = (
    "create_model",
    "export_model",
    "list_models",
    "load_export",
    "load_model",
    "load_run",
)


def test_all_lists_the_functions_and_namespaces():
    assert set(kr.__all__) == {*NAMESPACES, *FUNCTIONS}
    assert isinstance(kr.__version__, str)
    assert set(kr.__all__) <= set(dir(kr))


@pytest.mark.parametrize("name", NAMESPACES)
def test_a_namespace_lists_names_that_it_has(name):
    namespace = getattr(kr, name)
    assert namespace is importlib.import_module(f"keras_resgen.{name}")
    assert namespace.__doc__
    assert namespace.__all__
    assert len(namespace.__all__) == len(set(namespace.__all__))
    for public in namespace.__all__:
        assert not public.startswith("_")
        assert getattr(namespace, public) is not None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_documented_with_an_example(name):
    function = getattr(kr, name)
    assert inspect.isfunction(function)
    assert ">>>" in inspect.getdoc(function)


@pytest.mark.parametrize("name", NAMESPACES)
def test_public_objects_are_documented(name):
    namespace = getattr(kr, name)
    for public in namespace.__all__:
        thing = getattr(namespace, public)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{name}.{public} has no docstring"


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = kr.no_such_name


def test_importing_the_package_is_light_until_a_name_is_used():
    program = (
        "import sys, keras_resgen as kr;"
        "heavy = ('keras', 'tensorflow', 'numpy', 'sklearn', 'matplotlib', 'onnx');"
        "print([m for m in heavy if m in sys.modules]); kr.models; print('keras' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.splitlines() == ["[]", "True"], run.stdout + run.stderr
