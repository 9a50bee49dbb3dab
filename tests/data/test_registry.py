import subprocess
import sys

import pytest

from keras_resgen.data import registry
from keras_resgen.data.registry import plan_source, replace_paths
from keras_resgen.data.source import PATH, Source, path_text, whole_number
from keras_resgen.data.source_plan import Request

REQUEST = Request(image_size=32, channels=3)


@pytest.fixture(autouse=True)
def sources(monkeypatch):
    """Two sources whose planners hand back what they were given."""
    drawn = Source(
        "drawn",
        lambda request, **options: options,
        options={"count": whole_number(1), "seed": whole_number(0)},
    )
    folder = Source(
        "folder",
        lambda request, path, **options: {"path": path, **options},
        value=PATH,
        options={"attributes": path_text},
    )
    monkeypatch.setattr(registry, "SOURCES", {"drawn": drawn, "folder": folder})


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("drawn", {}),
        ("drawn,count=5", {"count": 5}),
        ("drawn,seed=0,count=5", {"seed": 0, "count": 5}),
        ("folder:a/b", {"path": "a/b"}),
        (
            "folder:/a b,c=d/e,attributes=/x, y.csv",
            {"path": "/a b,c=d/e", "attributes": "/x, y.csv"},
        ),
        (r"folder:C:\pictures", {"path": r"C:\pictures"}),
        ("folder:a\nb", {"path": "a\nb"}),
        ("folder:bilder/grün,1", {"path": "bilder/grün,1"}),
    ],
)
def test_specifications_are_read(specification, expected):
    assert plan_source(specification, REQUEST) == expected


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ("", r"one of: drawn\[,count=...\]\[,seed=...\]; folder:PATH\[,attributes=...\]"),
        ("celeba", "Received: 'celeba'"),
        ("Drawn", "Received: 'Drawn'"),
        ("drawn,cuont=5", r"Expected drawn\[,count=...\]\[,seed=...\]. Received: 'drawn,cuont=5'"),
        ("drawn:5", "Expected drawn"),
        ("drawn,count=5,count=6", "count= twice"),
        ("drawn,count=0", "Option count of the source drawn: expected a whole number from 1 on"),
        ("drawn,count=-5", "'-5'"),
        ("drawn,count=1e3", "'1e3'"),
        ("drawn,count=", "''"),
        ("folder", "Expected folder:PATH"),
        ("folder:", "Expected folder:PATH"),
        ("folder,attributes=x", "Expected folder:PATH"),
        ("folder:a,attributes=", "nothing after the equals sign"),
    ],
)
def test_bad_specifications_are_refused(specification, message):
    with pytest.raises(ValueError, match=message):
        plan_source(specification, REQUEST)


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        ("drawn,count=5", "drawn,count=5"),
        ("folder:a b,c=d", "folder:/x/a b,c=d"),
        ("folder:a, b,attributes=c,d.csv", "folder:/x/a, b,attributes=/x/c,d.csv"),
    ],
)
def test_paths_are_replaced(specification, expected):
    assert replace_paths(specification, lambda name, path: f"/x/{path}") == expected


def test_a_path_may_be_left_out():
    kept = replace_paths(
        "folder:a,attributes=b", lambda name, path: path if name == "PATH" else None
    )
    assert kept == "folder:a"


def test_a_path_that_would_be_read_otherwise_is_refused():
    with pytest.raises(ValueError, match="must not contain an option"):
        replace_paths("folder:a", lambda name, path: "/x,attributes=y/a")


def test_the_sources_are_there_whatever_was_imported_before():
    code = (
        "from keras_resgen.data.registry import replace_paths\n"
        "print(replace_paths('folder:cats', lambda name, path: '/' + path))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "folder:/cats\n"
