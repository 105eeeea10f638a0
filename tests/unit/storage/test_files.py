"""Atomic writes and appends, when all goes well and when the disk does not."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nncli.errors import ExitCode, UserError
from nncli.storage import files
from nncli.storage.appender import Appender


def listing(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize(("data", "expected"), [("naïve\n", "naïve\n".encode()), (b"\x00\r\n", b"\x00\r\n"), ("", b"")])
def test_a_write_replaces_the_whole_file(tmp_path: Path, data: bytes | str, expected: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old and longer")
    files.write_atomically(path, data)
    assert path.read_bytes() == expected
    assert listing(tmp_path) == ["a.txt"]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    files.write_atomically(tmp_path / "atomic", "")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_content_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(UserError) as caught:
        files.write_atomically(path, "new")
    assert str(caught.value) == (
        f"{path}: cannot write: No space left on device. Free some space, or choose a folder on another disk."
    )
    assert caught.value.code is ExitCode.FILES
    assert path.read_text() == "old"
    assert listing(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyboardInterrupt()])
def test_an_exception_in_the_block_passes_through_and_undoes_the_write(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(type(error)), files.atomic_file(path) as file:  # noqa: PT012
        file.write(b"half")
        raise error
    assert path.read_text() == "old"
    assert listing(tmp_path) == ["a.txt"]


def test_until_the_block_ends_readers_see_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with files.atomic_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_content_reaches_the_disk_before_its_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spy_fsync(descriptor: int) -> None:
        calls.append("folder" if os.path.samestat(os.fstat(descriptor), os.stat(tmp_path)) else "file")
        fsync(descriptor)

    def spy_replace(source: Path, target: Path) -> None:
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(os, "replace", spy_replace)
    files.write_atomically(tmp_path / "a.txt", "x")
    assert calls == ["file", "rename", "folder"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
import numpy as np
from nncli.errors import UserError
from nncli.storage.appender import Appender
from nncli.runs.weights import write_weights
folder = Path(sys.argv[1])
table = Appender(folder / "metrics.csv")
table.write("1,2\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
big = {"W": np.ones((1, 9999))}
for write in (lambda: write_weights(folder / "weights.npz", big, [0]), lambda: table.write("3" * 20_000)):
    try:
        write()
    except UserError as error:
        print(error.code, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines() == [
        f"4 {tmp_path / name}: cannot write: File too large. Raise the limit of file sizes (ulimit -f)."
        for name in ("weights.npz", "metrics.csv")
    ], done.stderr
    assert listing(tmp_path) == ["metrics.csv"]


def test_appended_text_is_there_at_once_and_after_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1\n")
    appender = Appender(path)
    appender.write("2\n")
    assert path.read_bytes() == b"1\n2\n"
    appender.fsync()
    appender.close()
    appender.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda inside: files.write_atomically(inside, "x"),
        Appender,
        files.make_folder,
        lambda inside: files.make_folder(inside / "deeper"),
        files.read_if_there,
    ],
    ids=["write", "append", "make", "make-parents", "read"],
)
def test_a_file_where_a_folder_should_be_is_a_sentence(tmp_path: Path, act: Callable[[Path], object]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot (write|create|read): (Not a directory|File exists)") as caught:
        act(tmp_path / "file" / "inside")
    assert caught.value.code is ExitCode.FILES


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    assert files.make_folder(tmp_path / "a" / "b")
    assert not files.make_folder(tmp_path / "a" / "b")
    assert files.read_if_there(tmp_path / "a" / "b" / "c") is None
