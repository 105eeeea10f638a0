"""Whatever is written is harmless, and what is laid out here keeps its lines and colours."""

from __future__ import annotations

import io
import json

import pytest

from nncli.cli import console

NASTY = "x\x1b[2J\x9b31m\r\nFORGED\u202e\x7f[red]:bomb:"
SHOWN = r"x\x1b[2J\x9b31m\r\nFORGED\u202e\x7f[red]:bomb:"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(params=[io.StringIO, Terminal])
def stdout(request, monkeypatch):
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "120")

    def replace():
        stream = request.param()
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return replace


@pytest.mark.parametrize(
    ("laid_out", "count"),
    [
        (lambda: NASTY, 1),
        (lambda: console.Safe("safe ") + NASTY, 1),
        (lambda: console.fitted(f"{NASTY}   {NASTY}"), 1),
        (lambda: console.table([(NASTY, "left"), ("n", "right")], [[NASTY, "1"], ["x", NASTY]]), 3),
        (lambda: console.grid([NASTY, "n"], [[NASTY, "1"], ["x", NASTY]], ()), 3),
    ],
    ids=["text", "joined", "fitted", "table", "grid"],
)
def test_a_text_from_a_file_is_one_harmless_line(laid_out, count, stdout):
    stream = stdout()
    console.out(laid_out())
    written = stream.getvalue()
    for code in ("\x1b[1m", "\x1b[0m"):
        written = written.replace(code, "")
    *rows, end = written.split("\n")
    assert end == ""
    assert "".join(rows).isprintable()
    assert SHOWN in written
    assert len(rows) == count


def test_lines_keep_their_breaks_and_nothing_else(stdout):
    stream = stdout()
    console.out(console.lines("a\x1b\r\n\x85b"))
    assert stream.getvalue() == "a\\x1b\\r\n\\x85b\n"


def test_colours_are_our_own(stdout):
    stream = stdout()
    console.out(console.table([("heading", "left")], [["\x1b[1mbold\x1b[0m"]]))
    bold = "\x1b[1m heading\x1b[0m" if stream.isatty() else " heading"
    assert stream.getvalue() == f"{bold}\n \\x1b[1mbold\\x1b[0m\n"


def test_data_reach_a_program_as_they_are_and_a_terminal_harmless(stdout):
    stream = stdout()
    csv = 'class,"a\n""b""\n"\n\x1b[31m,\u202e\n'
    harmless = 'class,"a\\n""b""\\n"\n\\x1b[31m,\\u202e\n'
    console.out(console.exported(csv))
    assert stream.getvalue() == (harmless if stream.isatty() else csv)


@pytest.mark.parametrize("text", ["\x7f", "\x1b", "\x9b", "\u202e", "\ud800", "é"])
def test_json_is_printable_ascii_and_reads_back(text):
    written = console.json_text({text: text})
    assert written.isascii()
    assert written.replace("\n", "").isprintable()
    assert json.loads(written) == {text: text}
