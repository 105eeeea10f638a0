"""The trash: what is moved there can be brought back, whatever happens halfway."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from nncli.errors import UserError
from nncli.storage import files
from nncli.storage import system as door
from nncli.storage.system import System
from nncli.storage.trash import empty, finish, restore, throw_away, trashed


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

    def write(self, descriptor, data):
        self.count()
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        """Nothing: a power cut is not tested."""

    def symlink(self, target, path):
        self.count()
        super().symlink(target, path)

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
            (back / "file").unlink()  # one that holds less is not the same
            with pytest.raises(UserError, match="Rename that one first"):
                restore(paths[1], tmp_path)
        back.rename(tmp_path / f"a{text}")
    assert not trashed(tmp_path)


def test_a_folder_named_as_those_of_the_trash_comes_back_whole(tmp_path):
    there = throw_away(folder(tmp_path, "same-name-2"))
    assert trashed(tmp_path) == [there]
    assert (restore(there, tmp_path) / "file").read_text() == "x"
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / ".trash").touch()
    with pytest.raises(UserError, match="a file is in the place of the trash"):
        throw_away(folder(tmp_path / "runs"))


def test_what_is_named_like_a_slot_but_is_none_is_in_no_way(tmp_path):
    first = throw_away(folder(tmp_path))
    trash = first.parent
    (trash / "same-name-2").write_text("12")
    (trash / "same-name-3").symlink_to(tmp_path)
    (trash / "same-name-4").symlink_to("nowhere")
    second = throw_away(folder(tmp_path, content="y"))
    assert second == trash / "same-name-5" / "a"
    assert trashed(tmp_path) == [first, second, *(trash / f"same-name-{number}" for number in (2, 3, 4))]
    assert (restore(second, tmp_path) / "file").read_text() == "y"
    assert empty(tmp_path) == (4, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


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
    (path / ("n" * 250)).touch()
    before = content(path)
    monkeypatch.setattr(door, "system", OtherDisk())
    monkeypatch.setattr(files, "LONGEST", 0)  # of files that are read as a whole
    there = throw_away(path)
    assert not path.exists()
    assert content(there) == before
    assert (there / "file").stat().st_mtime == 1
    assert content(restore(there, tmp_path)) == before
    assert [own.name for own in tmp_path.rglob(".*")] == [".trash"]


@pytest.mark.parametrize("killed", [False, True], ids=["a failure", "the end"])
@pytest.mark.parametrize("back", [False, True], ids=["to the trash", "back"])
def test_whatever_fails_halfway_one_is_whole_and_the_same_again_ends_it(tmp_path, monkeypatch, killed, back):
    number = 0
    for number in range(1, 60):
        root = tmp_path / str(number)
        path = folder(root)
        before = content(path)
        monkeypatch.setattr(door, "system", OtherDisk())
        start = throw_away(path) if back else path
        monkeypatch.setattr(door, "system", OtherDisk(number, killed))
        try:
            restore(start, root) if back else throw_away(start)
        except UserError:
            pass
        else:
            break
        assert all(content(whole) == before for whole in [path, *trashed(root)] if whole.exists()), number
        monkeypatch.setattr(door, "system", OtherDisk())
        finish(start.parent)
        if start.exists():
            assert content(restore(start, root) if back else throw_away(start)) == before
        found = [own for own in [path, *trashed(root)] if own.exists()]
        assert found == [path if back else root / ".trash" / "a"]
        assert content(found[0]) == before
        assert not [*root.rglob(".*.tmp/*")], number
    assert 15 < number < 59


@pytest.mark.parametrize(("number", "hint"), [(errno.EACCES, "folder around it writable"), (errno.EROFS, "")])
def test_what_may_not_be_moved_says_what_to_change(tmp_path, monkeypatch, number, hint):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    path = folder(tmp_path)
    monkeypatch.setattr(door.system, "replace", refuse)
    with pytest.raises(UserError, match="a: cannot move: ") as caught:
        throw_away(path)
    assert hint in str(caught.value.hint)
    assert "Choose a folder" not in str(caught.value)


def test_what_changes_while_it_is_copied_stays(tmp_path, monkeypatch):
    class Changing(OtherDisk):
        def symlink(self, target, path):
            super().symlink(target, path)
            (tmp_path / "a" / "file").write_text("other")

    folder(tmp_path)
    monkeypatch.setattr(door, "system", Changing())
    with pytest.raises(UserError, match="has changed while it was copied"):
        throw_away(tmp_path / "a")
    assert (tmp_path / "a" / "file").read_text() == "other"
    assert not trashed(tmp_path)


def test_a_folder_in_a_layer_of_a_container_is_moved_too(tmp_path, monkeypatch):
    class Layered(OtherDisk):
        def replace(self, source, target):
            if source.parent == tmp_path:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            System.replace(self, source, target)

    before = content(folder(tmp_path))
    monkeypatch.setattr(door, "system", Layered())
    assert content(throw_away(tmp_path / "a")) == before
    assert [own.name for own in tmp_path.iterdir()] == [".trash"]


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
