"""Exports record the commit of the package that made them."""

import subprocess

import pytest

from keras_resgen.export.folder.source_commit import source_commit


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", folder, *identity, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path):
    """A repository that contains a package."""
    package = tmp_path / "clone" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    git(package, "init", "--quiet")
    git(package, "add", ".")
    git(package, "commit", "--quiet", "--message", "first")
    return package


def test_a_clone_has_a_commit_which_is_dirty_after_changes(clone):
    commit = git(clone, "rev-parse", "HEAD")
    git(clone, "tag", "v1")
    assert source_commit(clone) == commit
    (clone / "new.py").touch()  # not tracked
    assert source_commit(clone) == commit
    (clone / "__init__.py").write_text("changed = True")
    assert source_commit(clone) == f"{commit}-dirty"


def test_a_repository_around_an_installed_package_is_not_its_source(clone):
    installed = clone.parent / ".venv" / "keras_resgen"
    installed.mkdir(parents=True)
    (installed / "__init__.py").touch()
    assert source_commit(installed) is None


def test_without_git_there_is_no_commit(clone, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert source_commit(clone) is None
