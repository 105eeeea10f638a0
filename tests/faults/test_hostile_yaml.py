"""A file that is meant to hurt costs a moment: one sentence with its place, and neither memory nor anything written."""

from __future__ import annotations

import os
import re
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from bad_configs.hostile import HOSTILE
from faults.limits import bounded
from faults.sentences import check_sentence
from samples import seldom

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.errors import Place, UserError

SUFFIX = re.compile(r"\n\d+ errors; nothing was trained\.$")


@pytest.fixture(scope="module", autouse=True)
def _loaded(xor):
    """What is loaded once, such as NumPy, counts for nobody."""
    resolve(load_document(xor))


def check(err, place, words):
    """Each line is a sentence that any terminal shows; the first begins at its place and holds the words."""
    lines = SUFFIX.sub("", err.removesuffix("\n")).split("\n")
    assert lines[0].startswith(f"{place}: "), lines[0]
    assert words in lines[0]
    assert len(lines) <= 20
    for line in lines:
        check_sentence(line)


def test_there_are_as_many_as_promised():
    assert len({text for text, _, _ in HOSTILE.values()}) == len(HOSTILE) >= 80


@pytest.mark.parametrize("case", seldom(HOSTILE, "deep: 10 times 1,000 times"))
def test_a_hostile_config(case, cli, tmp_path):
    text, place, words = HOSTILE[case]
    (tmp_path / "x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with bounded():
        code, out, err = cli("train", "x.yaml")
    assert (code, out) == (2, "")
    check(err, f"x.yaml:{place}" if place else "x.yaml", words)
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


NOBODY = 65534


@contextmanager
def as_nobody():
    """Locks hold nothing against root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def special(tmp_path, monkeypatch):
    """A folder with one of each kind of unreadable file."""
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo("pipe.yaml")
    for name, target in {
        "zero": "/dev/zero",
        "loop": "loop.yaml",
        "ping": "pong.yaml",
        "pong": "ping.yaml",
        "nowhere": "nobody",
        "to_pipe": "pipe.yaml",
    }.items():
        os.symlink(target, f"{name}.yaml")
    (tmp_path / "locked.yaml").touch(mode=0)
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "plain.yaml").write_text("task: xor\n")
    with open("endless.yaml", "wb") as sparse:
        sparse.truncate(5 << 30)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.yaml")
        yield tmp_path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("folder.yaml", "this is a folder, not a config file."),
        ("", "this is a folder, not a config file."),
        ("pipe.yaml", "this is not an ordinary file."),
        ("to_pipe.yaml", "this is not an ordinary file."),
        ("socket.yaml", "this is not an ordinary file."),
        ("/dev/zero", "this is not an ordinary file."),
        ("zero.yaml", "this is not an ordinary file."),
        ("endless.yaml", "the text is too long. At most 4,000,000 characters."),
        ("loop.yaml", "the file cannot be read: Too many levels of symbolic links."),
        ("ping.yaml", "the file cannot be read: Too many levels of symbolic links."),
        ("nowhere.yaml", "no such file."),
        ("locked.yaml", "the file cannot be read: Permission denied."),
        ("closed/x.yaml", "the file cannot be read: Permission denied."),
        ("plain.yaml/x.yaml", "the file cannot be read: Not a directory."),
        ("x" * 300, "the file cannot be read: File name too long."),
        ("x/" * 4000, "the file cannot be read: File name too long."),
        ("a\0b.yaml", "a path cannot contain a NUL character."),
    ],
)
def test_a_path_that_leads_to_no_config(path, words, special):
    before = sorted(os.listdir(special))
    with bounded(), as_nobody(), pytest.raises(UserError) as caught:
        load_document(Path(path))
    assert caught.value.code == 2
    assert caught.value.where == Place(str(Path(path)))
    assert str(caught.value).endswith(f": {words}")
    assert sorted(os.listdir(special)) == before
