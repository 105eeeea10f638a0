"""The folder in which one trains may be somebody else's checkout: nothing that its settings name is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nncli.runs.environment import describe_environment

pytestmark = pytest.mark.skipif(shutil.which("git") is None or os.name == "nt", reason="needs git and a shell")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with a submodule and one commit, in which one works; a program that leaves a trace; and the trace."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "A")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@b.c")
    trace, program = tmp_path / "trace", tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran >> '{trace}'\ncat\n")
    program.chmod(0o755)
    for name in ("inner", "outer"):
        folder = tmp_path / name
        git("init", "--quiet", folder)
        (folder / ".gitattributes").write_text("* filter=evil\n")
        (folder / "file").write_text("one\n")
        if name == "outer":
            git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", tmp_path / "inner", at=folder)
        git("add", ".", at=folder)
        git("commit", "--quiet", "--no-gpg-sign", "-m", "one", at=folder)
    monkeypatch.chdir(tmp_path / "outer")
    return program, trace


def git(*words, at="."):
    return subprocess.run(["git", "-C", at, *words], check=True, capture_output=True, text=True).stdout.strip()


def touch(*paths):
    """The same content at another time, so that git looks into the files."""
    for path in paths:
        os.utime(path, (1, 1))


SETTINGS = {
    "clean filter": [("filter.evil.clean", "PROGRAM"), ("filter.evil.required", "true")],
    "filter process": [("filter.evil.process", "PROGRAM"), ("filter.evil.required", "true")],
    "smudge filter": [("filter.evil.smudge", "PROGRAM")],
    "file system monitor": [("core.fsmonitor", "PROGRAM")],
    "pager": [("core.pager", "PROGRAM"), ("pager.status", "PROGRAM")],
    "external diff": [("diff.external", "PROGRAM"), ("diff.evil.textconv", "PROGRAM")],
    "hooks": [("core.hooksPath", "hooks")],
    "included": [("include.path", "more")],
    "transport of a partial clone": [
        ("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin"), ("protocol.ext.allow", "always"),
        ("remote.origin.promisor", "true"), ("remote.origin.url", "ext::PROGRAM"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("where", [".", "inner"])
@pytest.mark.parametrize("what", SETTINGS)
def test_no_program_of_its_settings_runs(what, where, checkout):
    program, trace = checkout
    os.mkdir("hooks")
    for hook in ("post-index-change", "fsmonitor-watchman", "query-watchman"):
        shutil.copy(program, Path("hooks", hook))
    for name, value in SETTINGS[what]:
        given = os.path.abspath(value) if value in ("hooks", "more") else value.replace("PROGRAM", str(program))
        git("config", name, given, at=where)
    git("config", "--file", "more", "filter.evil.clean", str(program))
    touch("file", "inner/file")
    if what.startswith("transport"):  # git would fetch what is missing to compare with
        tree = git("rev-parse", "HEAD^{tree}")
        Path(git("rev-parse", "--git-path", f"objects/{tree[:2]}/{tree[2:]}")).unlink()
    found = describe_environment(1)["git"]
    assert not trace.exists()
    if not what.startswith("transport"):
        assert found == {"commit": git("rev-parse", "HEAD"), "dirty": False}
    Path("file").write_text("two\n")
    found = describe_environment(1)["git"]
    assert not trace.exists()
    assert found is None or found["dirty"] is True


def test_the_settings_would_run_programs(checkout):
    """The tests above can fail: what they forbid does happen to whoever asks git plainly."""
    program, trace = checkout
    git("config", "filter.evil.clean", str(program))
    touch("file")
    git("status")
    assert trace.exists()


@pytest.mark.parametrize("name", ["a=b", "a.clean=x", "="])
def test_a_filter_that_cannot_be_switched_off(name, checkout):
    program, trace = checkout
    Path(".gitattributes").write_text("* filter=a=b\n")
    with open(".git/config", "a") as file:
        file.write(f'[filter "{name}"]\nclean = {program}\n')
    touch("file")
    assert describe_environment(1)["git"] == {"commit": git("rev-parse", "HEAD"), "dirty": None}
    assert not trace.exists()
