"""Runs are listed newest first, and found by what a user types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nncli.errors import ExitCode, UserError
from nncli.runs.listing import find_run, list_runs

OLD, MID, NEW = "sine-20251231T235959Z-ffffff", "xor-20261122T143800Z-bbbbbb", "xor-20261122T143800Z-aaaaaa"


@pytest.fixture
def root(tmp_path: Path, fake_run: Callable[..., Path]) -> Path:
    """Three runs, two of the same second, among broken neighbours."""
    root = tmp_path / "runs"
    fake_run(root, NEW, written=2)
    fake_run(root, OLD, written=9)
    fake_run(root, MID, written=1)
    (root / "xor-20261122T150000Z-cccccc").mkdir()
    (root / "README.md").touch()
    (root / "dangling").symlink_to(root / "nowhere")
    (root / "odd" / "config.yaml").mkdir(parents=True)
    (root / OLD / "result.json").write_text("{torn")
    return root


def test_runs_are_listed_newest_first_and_the_rest_passed_over(
    root: Path, tmp_path: Path, fake_run: Callable[..., Path]
) -> None:
    fake_run(root, "renamed")
    runs = list_runs(root)
    assert [run.path.name for run in runs] == [NEW, MID, OLD, "renamed"]
    assert [run.status for run in runs] == ["interrupted"] * 4
    assert list_runs(tmp_path / "missing") == []


def test_listing_a_file_is_an_error(root: Path) -> None:
    with pytest.raises(UserError, match="cannot read: Not a directory") as caught:
        list_runs(root / "README.md")
    assert caught.value.code is ExitCode.FILES


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("latest", NEW),
        (OLD, OLD),
        ("sine", OLD),
        ("s", OLD),
        ("xor-20261122T143800Z-b", MID),
        (f"runs/{MID}", MID),
        (f"runs/{MID}/", MID),
        (f"./runs/../runs/{OLD}", OLD),
        ("elsewhere", "elsewhere"),
    ],
)
def test_a_run_is_found_by(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: str, folder: str, fake_run: Callable[..., Path]
) -> None:
    fake_run(root.parent, "elsewhere")
    (root.parent / "sine").mkdir()  # a folder of the working directory that is not a run hides nothing
    monkeypatch.chdir(root.parent)
    assert find_run(Path("runs"), text).path.resolve().name == folder


def test_a_plain_name_is_not_the_beginning_of_another(root: Path, fake_run: Callable[..., Path]) -> None:
    fake_run(root, "sine-wave-20261122T160000Z-dddddd")
    assert find_run(root, "sine").path.name == OLD
    fake_run(root, "sine-20261122T170000Z-eeeeee")
    assert find_run(root, "sine").path.name == "sine-20261122T170000Z-eeeeee"  # of two it is the newest
    with pytest.raises(UserError, match="'sin' could be 3 runs"):
        find_run(root, "sin")


def test_a_run_of_a_study_is_found_by_its_name(root: Path, fake_run: Callable[..., Path]) -> None:
    trial = "xor-90fbfedb1c-20261122T170000Z-eeeeee"
    fake_run(root / "sweep-xor-826afe1d", trial)
    assert find_run(root, "xor-90fbfedb1c").path == root / "sweep-xor-826afe1d" / trial
    assert find_run(root, trial).path == root / "sweep-xor-826afe1d" / trial
    assert find_run(root, "latest").path.name == NEW
    fake_run(root / "sweep-xor-00000000", trial)
    with pytest.raises(UserError, match=r"could be 2 runs.*by its path.*sweep-xor-00000000/xor-90fbfedb1c-"):
        find_run(root, "xor-90fbfedb1c")


def test_a_whole_name_is_not_ambiguous(root: Path, fake_run: Callable[..., Path]) -> None:
    fake_run(root, MID + "-copy")
    assert find_run(root, MID).path.name == MID


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("xo", f"'xo' could be 2 runs. Give more of the name. The newest are {NEW}, {MID}."),
        ("sien", "Did you mean 'sine'?"),
        ("lastest", "Did you mean 'latest'?"),
        (NEW[:-1] + "x", f"Did you mean '{NEW}'?"),
        (
            "zzz",
            "'zzz' is not a run in 'runs'. "
            "Give a path, a run's name, its beginning or its last six digits, or 'latest'.",
        ),
        ("", "'' is not a run in 'runs'."),
        ("runs", "runs: not a run directory: it holds no config.yaml."),
        ("a\0b", "is not a run in 'runs'."),
    ],
)
def test_no_run_is_found_by(root: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str) -> None:
    monkeypatch.chdir(root.parent)
    with pytest.raises(UserError) as caught:
        find_run(Path("runs"), text)
    assert message in str(caught.value)
    assert caught.value.code is ExitCode.FILES


@pytest.mark.parametrize("text", ["latest", "xor"])
def test_where_there_are_no_runs_none_is_found(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="there are no runs in"):
        find_run(tmp_path / "runs", text)
