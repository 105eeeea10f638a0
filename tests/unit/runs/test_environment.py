"""The description of the environment: complete, plain, cheap to have, and silent about secrets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nncli import __version__
from nncli.runs.environment import describe_environment

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory below which git finds no checkout."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_says_what_can_change_a_result(elsewhere: Path) -> None:
    found = describe_environment(threads=3)
    assert list(found) == [
        "nncli", "python", "platform", "numpy", "blas", "cpu_count", "cpu_features", "threads", "git"
    ]  # fmt: skip
    assert (found["nncli"], found["numpy"], found["threads"], found["git"]) == (__version__, np.__version__, 3, None)
    assert set(found["blas"]) == {"name", "version", "architecture", "threads"}
    assert found["blas"]["name"]
    assert found["cpu_features"]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_it_holds_no_environment_variables(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNCLI_TEST_TOKEN", "hunter2")
    assert "hunter2" not in json.dumps(describe_environment(1))


@pytest.mark.parametrize("libraries", [[], ["scipy", "numpy"], ["numpy", "scipy"]])
def test_blas_is_the_one_of_numpy(elsewhere: Path, monkeypatch: pytest.MonkeyPatch, libraries: list[str]) -> None:
    def loaded() -> list[dict[str, object]]:
        openmp: dict[str, object] = {
            "user_api": "openmp",
            "internal_api": "openmp",
            "filepath": "numpy.libs/x",
            "num_threads": 2,
        }
        return [openmp] + [
            {**openmp, "user_api": "blas", "internal_api": f"{name} blas", "version": "1", "filepath": f"{name}.libs/x"}
            for name in libraries
        ]

    monkeypatch.setattr("threadpoolctl.threadpool_info", loaded)
    blas = describe_environment(1)["blas"]
    if libraries:
        assert blas == {"name": "numpy blas", "version": "1", "architecture": None, "threads": 2}
    else:
        built_with = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        assert blas == {**{key: built_with[key] for key in ("name", "version")}, "architecture": None, "threads": None}


@needs_git
def test_git_from_no_commit_to_a_changed_file(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout.strip()

    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@b.c")
    git("init", "--quiet")
    assert describe_environment(1)["git"] == {"commit": None, "dirty": False}
    Path("file").write_text("1")
    git("add", "file")
    git("commit", "--quiet", "--no-gpg-sign", "-m", "one")
    Path("untracked").touch()
    commit = git("rev-parse", "HEAD")
    assert describe_environment(1)["git"] == {"commit": commit, "dirty": False}
    Path("file").write_text("2")
    assert describe_environment(1)["git"] == {"commit": commit, "dirty": True}
    Path("below").mkdir()
    os.chdir("below")
    assert describe_environment(1)["git"] == {"commit": commit, "dirty": True}


@pytest.mark.parametrize(
    "error", [FileNotFoundError("git"), PermissionError("git"), subprocess.TimeoutExpired("git", 2)]
)
def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, timeout: float, **__: object) -> None:
        assert timeout <= 2
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    assert describe_environment(1)["git"] is None
