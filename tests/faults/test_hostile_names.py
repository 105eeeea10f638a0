"""A hostile name is refused where something would be made under it, and found nowhere where something is looked up."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from bad_configs.hostile_names import HOSTILE_NAMES
from faults.limits import bounded
from faults.sentences import check_sentence

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.config.yaml_scalars import render
from nncli.errors import ExitCode, UserError
from nncli.runs.directory import RunDirectory
from nncli.runs.listing import find_run
from nncli.studies.study_directory import find_study

CONFIG, RUN = Path("x.yaml"), "xor-20261122T143800Z-3fa2c1"


@pytest.fixture(scope="module", autouse=True)
def _loaded(xor):
    """What is loaded once, such as NumPy, counts for nobody."""
    resolve(load_document(xor))


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """A folder in a folder, with a config and a run, in which one works; nothing may have changed after the test."""
    inner = tmp_path / "outer" / "inner"
    (inner / "runs" / RUN).mkdir(parents=True)
    for config in (CONFIG, f"runs/{RUN}/config.yaml"):
        (inner / config).write_text("task: xor\n")
    monkeypatch.chdir(inner)
    before = sorted(tmp_path.rglob("*"))
    with bounded():
        yield inner
    assert sorted(tmp_path.rglob("*")) == before


def refused(code, work, *arguments):
    """What the user error of this exit code says."""
    with pytest.raises(UserError) as caught:
        work(*arguments)
    assert caught.value.code == code
    check_sentence(str(caught.value))
    return str(caught.value)


def short(name):
    """A short name of a case."""
    return ascii(name[:40])


def test_there_are_as_many_as_promised():
    assert len(set(HOSTILE_NAMES)) == len(HOSTILE_NAMES) >= 60


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=short)
def test_no_run_is_made_under_a_hostile_name(name, sandbox):
    assert "cannot name a run" in refused(ExitCode.USAGE, RunDirectory.create, Path("runs"), name)
    said = refused(ExitCode.USAGE, lambda: resolve(load_document(CONFIG, [f"name={render(name)}"])))
    assert said.startswith("override 'name=")


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=short)
def test_no_run_is_made_under_a_hostile_option(name, cli, sandbox, monkeypatch):
    monkeypatch.chdir(sandbox)  # where `cli` has left it
    code, out, err = cli("train", CONFIG, "--name", name)
    assert (code, out) == (2, "")
    check_sentence(err.removesuffix("\n"))


def is_file_name(text):
    """Whether a file can be called so."""
    try:
        return len(os.fsencode(text)) < 250 and not re.search(r"[/\0]", text)
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("name", [name for name in HOSTILE_NAMES if is_file_name(name)], ids=short)
def test_no_run_is_named_after_a_file_with_a_hostile_name(name, tmp_path):
    path = tmp_path / f"{name}.yaml"
    path.write_text("task: xor\n")
    with pytest.raises(UserError) as caught:
        resolve(load_document(path))
    said = str(caught.value)
    assert caught.value.code == ExitCode.USAGE
    assert "cannot name a run" in said
    assert "Rename the file, or set a name in it, as in name: xor." in said
    check_sentence(said.replace(str(tmp_path), ""), longest=700)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=short)
def test_no_run_is_found_under_a_hostile_name(name, sandbox):
    refused(ExitCode.FILES, find_run, Path("runs"), name)
    assert find_study(Path("runs"), name) is None


@pytest.mark.parametrize("command", ["show", "evaluate", "predict"])
@pytest.mark.parametrize(
    "name", ["", "..", "../x", "nul.txt", "\x1b[31mx", "a\nb", "x" * 300, "-x", "\udcff"], ids=short
)
def test_every_command_says_so(command, name, cli, sandbox, monkeypatch):
    monkeypatch.chdir(sandbox)
    code, out, err = cli(command, *(["data.csv"] * (command == "predict")), "--", name)
    assert (code, out) == (4, "")
    check_sentence(err.removesuffix("\n"))
