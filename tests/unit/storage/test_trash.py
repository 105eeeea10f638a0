"""The trash: what is moved there can be brought back, whatever happens halfway."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nncli.errors import UserError
from nncli.storage import system as door
from nncli.storage.system import System
from nncli.storage.trash import empty, restore, throw_away, trashed


def folder(root: Path, name: str = "a", content: str = "x") -> Path:
    path = root / name
    (path / "inner").mkdir(parents=True)
    (path / "file").write_text(content)
    (path / "inner" / "link").symlink_to("../file")
    (path / "outside").symlink_to(root.parent / "outside")
    return path


def content(path: Path) -> dict[str, object]:
    found = sorted(path.rglob("*"))
    return {
        str(p.relative_to(path)): os.readlink(p) if p.is_symlink() else p.is_file() and p.read_text() for p in found
    }


class OtherDisk(System):
    """A trash on another file system; the operation of a given number fails, or the process ends there."""

    def __init__(self, fails: int | None = None, killed: bool = False):
        self.left, self.killed = fails, killed

    def count(self):
        if self.left is not None:
            self.left -= 1
            if self.left == 0 or (self.left < 0 and self.killed):
                raise OSError(errno.ENOSPC, "No space left on device")

    def replace(self, source, target):
        self.count()
        if (".trash" in source.parts) != (".trash" in target.parts):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        super().replace(source, target)

    def open(self, path, flags):
        self.count()
        return super().open(path, flags)

    def unlink(self, path):
        self.count()
        super().unlink(path)

    def mkdir(self, path):
        self.count()
        super().mkdir(path)

    def rmdir(self, path):
        self.count()
        super().rmdir(path)


def test_folders_of_one_name_come_back_each_as_it_was(tmp_path):
    paths = []
    for text in "123":
        path = folder(tmp_path, content=text)
        paths.append(throw_away(path))
        assert not path.exists()
    assert trashed(tmp_path) == [tmp_path / ".trash" / place for place in ("a", "same-name-2/a", "same-name-3/a")]
    for text, path in zip("123", paths, strict=True):
        back = restore(path, tmp_path)
        assert (back / "file").read_text() == text
        if text == "1":
            with pytest.raises(UserError, match="Rename that one first"):
                restore(paths[1], tmp_path)
        back.rename(tmp_path / f"a{text}")
    assert not trashed(tmp_path)


def test_emptying_follows_no_link_and_counts_what_it_frees(tmp_path):
    (tmp_path / "outside").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("kept")
    root = tmp_path / "runs"
    path = folder(root, content="12345")
    (path / "into").symlink_to(tmp_path / "folder")
    throw_away(path)
    (root / ".trash" / ".a.0000.tmp").mkdir()
    assert empty(root) == (1, 5)
    assert empty(root) == (0, 0)
    assert (tmp_path / "outside").read_text() == (tmp_path / "folder" / "file").read_text() == "kept"
    assert not (root / ".trash").exists()


def test_a_link_is_not_a_trash(tmp_path):
    folder(tmp_path / "precious")
    root = tmp_path / "runs"
    path = folder(root)
    (root / ".trash").symlink_to(tmp_path / "precious")
    for work in (lambda: throw_away(path), lambda: empty(root), lambda: trashed(root)):
        with pytest.raises(UserError, match=r"link|cannot"):
            work()
    assert (tmp_path / "precious" / "a" / "file").exists()
    assert path.exists()


def test_another_file_system(tmp_path, monkeypatch):
    path = folder(tmp_path)
    os.utime(path / "file", (1, 1))
    before = content(path)
    monkeypatch.setattr(door, "system", OtherDisk())
    there = throw_away(path)
    assert not path.exists()
    assert content(there) == before
    assert (there / "file").stat().st_mtime == 1
    assert content(restore(there, tmp_path)) == before


@pytest.mark.parametrize("killed", [False, True], ids=["a failure", "the end"])
def test_whatever_fails_halfway_one_whole_copy_is_there(tmp_path, monkeypatch, killed):
    for number in range(1, 40):
        root = tmp_path / str(number)
        path = folder(root)
        before = content(path)
        monkeypatch.setattr(door, "system", OtherDisk(number, killed))
        try:
            throw_away(path)
        except UserError:
            pass
        else:
            break
        copies = [path, *trashed(root)]
        assert before in [content(copy) for copy in copies if copy.exists()], number
        assert killed or not [*root.rglob(".*.tmp")], number
    assert number > 10


def test_what_was_deleted_halfway_is_not_restored(tmp_path, monkeypatch):
    path = folder(tmp_path)
    monkeypatch.setattr(door, "system", System())
    throw_away(path)
    monkeypatch.setattr(door, "system", OtherDisk(3, killed=True))
    with pytest.raises(UserError):
        empty(tmp_path)
    assert trashed(tmp_path) == []
    monkeypatch.setattr(door, "system", System())
    assert empty(tmp_path)[0] == 0
    assert not (tmp_path / ".trash").exists()
