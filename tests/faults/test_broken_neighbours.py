"""A folder of runs in which anything may lie beside the healthy ones: they are listed, the broken ones named."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import shutil
import signal
import socket
from pathlib import Path

import pytest
from faults.studies import make_studies
from forged import sums_again
from samples import crossed

from nncli.errors import visible
from nncli.experiments.train import run
from nncli.runs import listing as run_listing
from nncli.studies import study_directory

SECONDS = 20
"""More than any command here takes; a pipe that is opened to be read would take forever."""

ROOM = 1 << 30
"""Bytes of addresses that a command may take, the limit of a table of metrics among them; a device would give any."""

FOREVER = "-20261122T143800Z-"


class Hang(BaseException):
    """A command waits for what never comes."""


@pytest.fixture
def nncli(cli, monkeypatch):
    """As `cli`, in a terminal so wide that no cell is wrapped, but a command that hangs is ended."""
    monkeypatch.setenv("COLUMNS", "200")

    def late(*_):
        raise Hang(f"still waiting after {SECONDS} seconds")

    def patient(*arguments):
        signal.alarm(SECONDS)
        try:
            return cli(*arguments)
        finally:
            signal.alarm(0)

    before = signal.signal(signal.SIGALRM, late)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if (pages := Path("/proc/self/statm")).exists():
        size = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, hard))
    yield patient
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def made(tmp_path_factory, xor):
    """A folder with a run, the same one killed, a comparison and a sweep, each made once."""
    root = tmp_path_factory.mktemp("made")
    short = ["training.epochs=3", "seeds=2"]
    run(xor, [*short, "name=healthy"], runs_dir=root)
    run(xor, [*short, "name=broken"], runs_dir=root)
    killed = run(xor, [*short, "name=killed"], runs_dir=root).path
    (killed / "result.json").unlink()
    make_studies(xor, short, root)
    return root


def listed(nncli):
    """The status of every run that `nncli runs` lists, by name; the three forms must agree, and say nothing else."""
    code, out, err = nncli("runs", "--json")
    assert (code, err) == (0, "")
    found = {record["name"]: record["status"] for record in json.loads(out)["runs"]}
    code, text, err = nncli("runs", "--csv")
    assert (code, err) == (0, "")
    assert {row["name"]: row["status"] for row in csv.DictReader(io.StringIO(text))} == found
    code, text, err = nncli("runs")
    assert code == 0
    heading, *rows = text.splitlines()
    shown = []
    for row in rows:
        name, status = row[: heading.index("id")].strip(), row[heading.index("status") :]
        shown += [name] if status[:1].strip() else [shown.pop() + name]  # a cell continues on the next line
    assert shown == [visible(name) for name in found]
    assert all(line.startswith(("studies (show one with", "  ")) for line in err.splitlines())
    return found


def one_sentence(err, name):
    """Whether an error is one sentence about a file or folder of this name."""
    return err.count("\n") == 1 and name in err and err.endswith((".\n", "?\n")) and "Traceback" not in err


# What may be in place of a file


def link_to_itself(path):
    path.symlink_to(path.name)


def bind(path):
    here = os.getcwd()
    os.chdir(path.parent)  # the path of a socket has at most some 100 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)
    os.chdir(here)


def sparse(path):
    with path.open("wb") as file:
        file.truncate(5 << 30)


IN_PLACE = {
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "socket": bind,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "link to itself": link_to_itself,
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "5 GB": sparse,
    "unreadable": lambda path: path.touch(mode=0),
}


def put(path, what):
    path.unlink(missing_ok=True)
    IN_PLACE[what](path)
    if what == "unreadable" and os.access(path, os.R_OK):
        pytest.skip("root may read everything")


@pytest.mark.parametrize("what", IN_PLACE)
def test_a_config_that_is_no_file(what, runs, nncli):
    put(runs["broken"] / "config.yaml", what)
    ok_by_its_result = "completed" if what in ("5 GB", "unreadable") else "corrupt"
    assert listed(nncli) == {"healthy": "completed", "killed": "interrupted", "broken": ok_by_its_result}
    for given in ("broken", runs["broken"]):
        for command in ("show", "evaluate"):
            code, out, err = nncli(command, given)
            assert (code, out) in ((4, ""), (7, ""))
            assert one_sentence(err, "broken")
    assert nncli("show", "healthy")[0] == 0


@pytest.mark.parametrize(("what", "file"), crossed(IN_PLACE, ["result.json", "metrics.csv", "lock", "config.yaml"]))
def test_a_file_of_a_run_that_was_killed_is_no_file(what, file, runs, nncli):
    put(runs["killed"] / file, what)
    found = listed(nncli)
    assert found["healthy"] == found["broken"] == "completed"
    missing = file == "lock" or (what == "dangling link" and file != "config.yaml")
    assert found["killed"] == ("interrupted" if missing else "corrupt")
    code, _, err = nncli("show", "killed")
    assert code == 0 if missing else code in (4, 7)
    assert err == "" if missing else one_sentence(err, "killed")


@pytest.mark.parametrize(
    "text",
    ["", "task: [", "7\n", "task: xo\n", "task: xor\nactivaton: relu\n", "\xff", "\x1b[2J: 1\n", "a" * 2_000_000],
)
def test_a_config_that_is_none(text, runs, nncli):
    for kind in ("broken", "killed"):
        (runs[kind] / "config.yaml").write_text(text, "latin-1")
    assert listed(nncli)["healthy"] == listed(nncli)["broken"] == "completed"
    for command in ("show", "evaluate"):
        for kind in ("broken", "killed"):
            code, out, err = nncli(command, kind)
            assert (code, out) == (7, "")
            assert "config.yaml" in err


STUDY_FILES = [("compare", "study.json"), ("sweep", "plan.json"), ("sweep", "study.json")]


@pytest.mark.parametrize(("what", "study"), crossed(IN_PLACE, STUDY_FILES))
def test_a_file_of_a_study_is_no_file(what, study, runs, nncli):
    kind, file = study
    folder = runs[kind]
    put(folder / file, what)
    assert "healthy" in listed(nncli)
    code, _, err = nncli("show", folder.name)
    assert code in (4, 7)
    assert one_sentence(err, folder.name[:7])


def test_anything_else_is_passed_over_or_named(runs, nncli, tmp_path):
    root = tmp_path / "runs"
    (root / f"empty{FOREVER}aaaaaa").mkdir()
    (root / f"file{FOREVER}bbbbbb").write_text("x")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / f"pipe{FOREVER}cccccc")
    (root / f"new\nline\x1b[2J{FOREVER}dddddd" / "config.yaml").mkdir(parents=True)
    os.mkdir(os.fsencode(root) + b"/byte\xff")
    found = listed(nncli)
    named = {name: status for name, status in found.items() if status == "corrupt"}
    assert list(named) == ["loop", f"new\nline\x1b[2J{FOREVER}dddddd"]
    assert len(found) == 5


def test_a_folder_that_cannot_be_looked_into_is_named(runs, nncli):
    runs["broken"].chmod(0)
    if os.access(runs["broken"], os.X_OK):
        pytest.skip("root may look into every folder")
    try:
        assert listed(nncli) == {"healthy": "completed", "killed": "interrupted", "broken": "corrupt"}
        code, out, err = nncli("show", "broken")
        assert (code, out) == (4, "")
        assert one_sentence(err, "broken")
    finally:
        runs["broken"].chmod(0o700)


@pytest.mark.parametrize("kind", ["broken", "killed", "compare"])
@pytest.mark.parametrize(
    ("module", "name"), [(os, "listdir"), (run_listing, "list_runs"), (study_directory, "list_studies")]
)
def test_a_folder_that_vanishes_while_it_is_listed(module, name, kind, runs, nncli, monkeypatch):
    listing = getattr(module, name)

    def vanish(*given):
        found = listing(*given)
        shutil.rmtree(runs[kind], ignore_errors=True)
        return found

    monkeypatch.setattr(module, name, vanish)
    code, out, err = nncli("runs")
    assert code == 0
    assert "corrupt" not in out
    assert "Traceback" not in err
    assert set(listed(nncli)) == {"healthy", "broken", "killed"} - {kind}


@pytest.mark.parametrize("shape", [[1, 2], [1, 1, 2]])
def test_data_of_a_shape_that_the_network_does_not_take(shape, runs, nncli):
    path = runs["broken"] / "data.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"shape": shape}))
    sums_again(runs["broken"])
    code, out, err = nncli("evaluate", "broken")
    assert (code, out) == (7, "")
    assert one_sentence(err, "takes a vector")


# What may be in a file

DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
TOO_DEEP_TO_WALK = b'{"a":' * 300 + b"1" + b"}" * 300

NO_JSON = {
    "empty": b"",
    "truncated": b'{"status": "completed", "see',
    "array": b"[]",
    "number": b"7",
    "null": b"null",
    "deep": DEEP,
    "less deep": TOO_DEEP_TO_WALK,
    "deep array": b"[" * 50_000,
    "NaN": b'{"status": NaN}',
    "Infinity": b'{"status": -Infinity}',
    "1e999": b'{"status": 1e999}',
    "huge integer": b'{"status": ' + b"9" * 5000 + b"}",
    "large integer": b'{"status": 99999999999999999999}',
    "not UTF-8": b'{"status": "\xff"}',
    "UTF-16": '{"status'.encode("utf-16"),
    "NUL": b"\0" * 100,
    "two objects": b"{}{}",
    "empty object": b"{}",
    "control characters": b'{"\x1b[2J": 1}',
    "escaped control characters": rb'{"status": "\u001b[2J\n\ud800"}',
}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        *crossed(NO_JSON, [("broken", "result.json")]),
        *crossed(("empty", "array", "deep", "empty object"), STUDY_FILES),
    ],
)
def test_what_is_not_json(content, place, runs, nncli):
    kind, file = place
    (runs[kind] / file).write_bytes(NO_JSON[content])
    assert listed(nncli) == {
        "healthy": "completed",
        "killed": "interrupted",
        "broken": "corrupt" if kind == "broken" else "completed",
    }
    for form in ([], ["--json"]):
        code, out, err = nncli("show", runs[kind].name, *form)
        assert (code, out) == (7, "")
        assert one_sentence(err, f"{runs[kind].name}/{file}: ")
        assert err[:-1].isprintable()
        assert len(err) < 400
    if kind == "broken":
        code, out, err = nncli("compare", "healthy", "broken")
        assert (code, out) == (7, "")
        assert one_sentence(err, file)


WRONG = (
    None,
    True,
    -1,
    0.5,
    2**62,
    "text",
    "\x1b[2J",
    [],
    [None],
    ["x", "y"],
    [[]],
    {},
    {"x": {}},
    [1, 2, 3],
    [-1, -1],
)


def spoiled(value):
    """Copies of plain data, each with something wrong in one place."""
    for key in list(value):
        yield {name: item for name, item in value.items() if name != key}
        yield from (value | {key: wrong} for wrong in WRONG)
        if isinstance(value[key], dict):
            yield from (value | {key: inner} for inner in spoiled(value[key]))
        elif isinstance(value[key], list) and value[key]:
            first, *others = value[key]
            inside = spoiled(first) if isinstance(first, dict) else WRONG
            yield from (value | {key: [inner, *others]} for inner in inside)


@pytest.mark.parametrize("step", [101, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("kind", "file", "commands"),
    [
        (
            "broken",
            "result.json",
            [["runs"], ["show", "NAME"], ["compare", "healthy", "NAME"], ["resume", "NAME"], ["verify", "NAME"]],
        ),
        ("broken", "data.json", [["evaluate", "NAME", "--json"], ["verify", "NAME"]]),
        ("compare", "study.json", [["show", "NAME"]]),
        ("sweep", "study.json", [["show", "NAME"]]),
        ("sweep", "plan.json", [["show", "NAME"]]),
    ],
)
def test_wrong_types_under_every_key(kind, file, commands, step, runs, nncli):
    path = runs[kind] / file
    for value in [*spoiled(json.loads(path.read_text()))][::step]:
        path.write_text(json.dumps(value))
        for command in commands:
            code, out, err = nncli(*[runs[kind].name if word == "NAME" else word for word in command])
            assert code in (0, 2, 7)
            assert code == 0 or command != ["runs"]
            assert code == 0 or command[0] == "verify" or one_sentence(err, "")
            assert (out + err).replace("\n", "").isprintable()
