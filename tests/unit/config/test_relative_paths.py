"""Paths in a config: where a relative one starts, and what a resolved config says."""

from __future__ import annotations

import hashlib

import pytest

from nncli.config.load import load_document, override
from nncli.config.resolve import resolve
from nncli.config.yaml_writer import write_yaml
from nncli.errors import ExitCode, UserErrors
from nncli.tasks.data_files import FromFile

TEXT = "a,y\n1,2\n3,5\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with a folder of configs in it; a different file stands in each."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "data.csv").write_text(TEXT)
    (tmp_path / "data.csv").write_text("b,y\n1,2\n3,5\n")
    (tmp_path / "configs" / "x.yaml").write_text("task: {table: {file: data.csv, target: y}}\n")
    monkeypatch.setenv("HOME", str(tmp_path / "configs"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ([], ("a",)),
        (["task.table.delimiter=','"], ("a",)),
        (["task.table.file=data.csv"], ("b",)),
        (["task.file=data.csv"], ("b",)),
        (["task={table: {file: data.csv, target: y}}"], ("b",)),
        (["task={table: {file: data.csv, target: y}}", "task.table.seed=3"], ("b",)),
        (["task.table.file=configs/../configs/data.csv"], ("a",)),
        (["task.table.file=~/data.csv"], ("a",)),
    ],
)
@pytest.mark.parametrize("is_absolute", [False, True])
def test_where_a_relative_path_starts(overrides, names, is_absolute, place):
    config = (place if is_absolute else place.relative_to(place)) / "configs" / "x.yaml"
    experiment = resolve(load_document(config, overrides))
    assert experiment.splits.train.input_names == names
    assert isinstance(experiment.task, FromFile)
    assert experiment.task.file == str(place / ("configs" if names == ("a",) else "") / "data.csv")
    later = resolve(override(load_document(config), overrides))
    assert later.written == experiment.written


def test_an_option_that_need_not_be_named(place):
    (place / "configs" / "x.yaml").write_text("task: {arrays: data.npz}\n")
    with pytest.raises(UserErrors, match=r"configs/data\.npz: no such file\. Did you mean 'data\.csv'\?"):
        resolve(load_document((place / "configs" / "x.yaml").relative_to(place)))


def test_a_resolved_config_names_the_same_bytes_from_anywhere(place, monkeypatch):
    first = resolve(load_document(place / "configs" / "x.yaml"))
    assert isinstance(first.task, FromFile)
    assert first.task.file == str(place / "configs" / "data.csv")
    assert first.task.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    elsewhere = place / "runs" / "config.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(write_yaml(first.written))
    monkeypatch.chdir("/")
    again = resolve(load_document(elsewhere))
    assert again.written == first.written
    assert (again.splits.train.inputs == first.splits.train.inputs).all()
    (place / "configs" / "data.csv").write_text(TEXT + "7,8\n")
    with pytest.raises(
        UserErrors, match=r"config\.yaml:.*: task: .*data\.csv: this is not the file of the config"
    ) as caught:
        resolve(load_document(elsewhere))
    assert caught.value.code is ExitCode.DATA
    assert len(resolve(load_document(elsewhere, ["task.table.sha256=null"])).splits.train.inputs) == 3


@pytest.mark.parametrize(
    "task",
    [
        "table",
        "[table]",
        "{table: }",
        "{table: [data.csv]}",
        "{table: {file: 3, target: y}}",
        "{table: {file: a, target: y}, arrays: b}",
        "{1: {file: a}}",
        "{bogus: {file: a}}",
    ],
)
def test_what_is_wrong_for_other_reasons_is_left_to_the_schema(task, place):
    (place / "x.yaml").write_text(f"task: {task}\n")
    with pytest.raises(UserErrors) as caught:
        resolve(load_document(place / "x.yaml"))
    assert caught.value.code is ExitCode.USAGE
