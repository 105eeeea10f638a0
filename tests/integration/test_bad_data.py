"""A malformed file costs a moment: exit code 3, one sentence with its place, and neither memory nor a run."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from bad_data import BAD_FILES
from bad_data.archives import saved
from bad_data.tables import ROWS
from samples import crossed, peak_memory, seldom

from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.experiments.train import run
from nncli.tasks import tasks
from nncli.tasks.array_archive import ArrayArchive
from nncli.tasks.table import Table

MIB = 1 << 20


@pytest.fixture
def spoiled(tmp_path):
    """Writes the file of a case and a config for it; the task, where the answer begins, and its words."""

    def write(case):
        task, name, content, options, place, words = BAD_FILES[case]
        (tmp_path / name).write_bytes(content)
        (tmp_path / "x.yaml").write_text(write_yaml({"task": {task: {"file": name, **options}}}), encoding="utf-8")
        return tasks.get(task)(file=str(tmp_path / name), **options), f"{name}{place}: ", words

    return write


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file(case, cli, spoiled, tmp_path):
    _, place, words = spoiled(case)
    code, out, err = cli("train", "x.yaml")
    assert (code, out) == (3, "")
    assert err.startswith(f"x.yaml:2:3: task: {place}{words}"), err
    assert err.count("\n") == 1
    assert err.endswith((".\n", "?\n"))
    assert not err.endswith(("..\n", "?.\n"))
    assert err.rstrip("\n").isprintable()
    assert len(err) < 400
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("case", seldom(BAD_FILES, "table: a row of very many lines"))
def test_a_bad_file_takes_neither_memory_nor_time(case, spoiled):
    task, _, _ = spoiled(case)

    def read():
        with pytest.raises(UserError):
            task.data()

    assert peak_memory(read, times=1) < 32 * MIB
    started = time.process_time()
    read()
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("dta.csv", "no such file. Did you mean 'data.csv'?"),
        ("none/data.csv", "no such file."),
        ("data.csv/data.csv", "the file cannot be read: Not a directory."),
        ("folder", "this is a folder, not a data file."),
        ("pipe", "this is not an ordinary file."),
        ("huge.csv", "the file has 1073741825 bytes. At most "),
        ("locked.csv", "the file cannot be read: Permission denied."),
        ("loop", "the file cannot be read: Too many levels of symbolic links."),
        ("x" * 300, "the file cannot be read: File name too long."),
    ],
)
@pytest.mark.parametrize("task", ["table", "arrays"])
def test_a_path_that_cannot_be_read(task, file, words, cli, tmp_path):
    (tmp_path / "data.csv").write_text("a,y\n1,2\n2,3\n")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    os.symlink(tmp_path / "loop", tmp_path / "loop")
    with (tmp_path / "huge.csv").open("wb") as sparse:
        sparse.truncate((1 << 30) + 1)
    (tmp_path / "locked.csv").touch(mode=0)
    if file == "locked.csv" and os.access(tmp_path / file, os.R_OK):
        pytest.skip("who may read everything, such as root, is locked out of nothing")
    options = {"target": "y"} if task == "table" else {}
    (tmp_path / "x.yaml").write_text(write_yaml({"task": {task: {"file": file, **options}}}))
    code, out, err = cli("check", "x.yaml")
    assert (code, out) == (3, "")
    assert err.startswith(f"x.yaml:2:3: task: {file}: {words}")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (
            r'"data\rows.csv"',
            r"data\rows.csv: no such file. In double quotes, \r is one character: write data/rows.",
        ),
        (
            r'"my\new\test.csv"',
            r"my\new\test.csv: no such file. In double quotes, \n is one character: write my/n",
        ),
        (r"data\rows.csv", r"data\rows.csv: no such file. Write data/rows.csv."),
        (r'"data\0.csv"', r"file is not a path. In double quotes, \0 is one character: write / in place of \. Write"),
    ],
)
def test_a_path_with_backslashes(file, words, cli, write, tmp_path):
    code, out, err = cli("check", write(f"task: {{table: {{file: {file}, target: y}}}}\n"))
    assert code in (2, 3)
    assert out == ""
    assert words in err


@pytest.mark.parametrize(
    ("overrides", "place"),
    [
        (["task.table.file=semi.csv"], "override 'task.table.file=semi.csv': task.table.file: semi.csv:1: "),
        (["task.table.file=semi.csv", "task.table.target=a"], "override 'task.table.file=semi.csv': task.table.file: "),
        (["task.table.target=a;"], "override 'task.table.target=a;': task.table.target: data.csv:1: "),
        (["task={table: {file: semi.csv, target: y}}"], "override 'task={table: {file: semi.csv, target: y}}': task: "),
        (["task.table.seed=3", "training.epochs=5"], "x.yaml:1:7: task: data.csv:1: "),
    ],
    ids=" ".join,
)
def test_what_is_to_blame(overrides, place, cli, write, tmp_path):
    """An override, where the file of the config is not read or not read as the config says."""
    (tmp_path / "data.csv").write_text("a,b\n1,2\n2,3\n")
    (tmp_path / "semi.csv").write_text("a;y\n1;2\n2;3\n")
    write("task: {table: {file: data.csv, target: y}}\n")
    code, out, err = cli("check", "x.yaml", *overrides)
    assert (code, out) == (3, "")
    assert err.startswith(place)
    assert "no column" in err


@pytest.mark.parametrize("delimiter", ["tab", r"\t", r'"\t"'])
def test_a_tab_by_any_of_its_names(delimiter, cli, write, tmp_path):
    (tmp_path / "data.csv").write_text("a\ty\n1\t2\n2\t3\n")
    config = write("task: {table: {file: data.csv, target: y}}\n")
    code, out, _ = cli("check", config, f"task.table.delimiter={delimiter}", "--all")
    assert code == 0
    assert 'delimiter: "\\t"' in out


@pytest.mark.parametrize(
    ("options", "place", "words"),
    [
        ('{target: y, file: ""}', "task.table.file", "file is not a path. Write the path of a file, such as data.csv."),
        ('{target: y, file: "a\\0b"}', "task.table.file", "file is not a path."),
        ("{file: a.csv}", "task.table", "the key 'target' is missing."),
        (
            "{file: a.csv, target: y, delimiter: ab}",
            "task.table.delimiter",
            "delimiter is 'ab'. Use one of comma, semicolon, bar, tab.",
        ),
        ("{file: a.csv, target: y, delimiter: 1}", "task.table.delimiter", "1 is not text."),
        ("{file: a.csv, target: y, inputs: []}", "task.table.inputs", "inputs is empty."),
        ("{file: a.csv, target: y, inputs: b}", "task.table.inputs", "'b' is not a list."),
        ("{file: a.csv, target: y, inputs: [1]}", "task.table.inputs[0]", "1 is not text."),
        ("{file: a.csv, target: y, kind: class}", "task.table.kind", "unknown value 'class'. Did you mean 'classes'?"),
        ("{file: a.csv, target: y, sha256: 12ab}", "task.table.sha256", "sha256 is '12ab'. Write 64"),
        ("{file: a.csv, target: y, seed: -1}", "task.table.seed", "-1 is out of range."),
    ],
)
def test_options_that_no_file_could_mend(options, place, words, cli, write):
    write(f"task: {{table: {options}}}\n")
    code, out, err = cli("check", "x.yaml")
    assert (code, out) == (2, "")
    assert f": {place}: {words}" in err
    assert err.count("\n") == 1


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Runs on good files, of which the bad ones are spoiled: {task: the run's folder}."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "data.csv").write_text(ROWS)
    (folder / "data.npz").write_bytes(saved())
    found = {}
    options: Any
    for task, options in (("table", {"file": "data.csv", "target": "y"}), ("arrays", {"file": "data.npz"})):
        (folder / "x.yaml").write_text(write_yaml({"task": {task: options}, "architecture": [2]}))
        found[task] = run(folder / "x.yaml", ["training.epochs=1"], runs_dir=folder / "runs").path
    return found


@pytest.mark.parametrize(("case", "command"), crossed(BAD_FILES, ["predict", "evaluate"]))
def test_a_bad_file_of_new_rows(case, command, cli, spoiled, finished, tmp_path):
    """What was wrong to train on may do for new rows; if not, that is one sentence."""
    spoiled(case)
    task, name, *_ = BAD_FILES[case]
    code, out, err = cli(command, finished[task], name)
    if code == 0:
        assert (out != "", err) == (True, "")
        return
    assert (code, out) == (3, "")
    assert err.startswith(name)
    assert err.count("\n") == 1
    assert err.endswith((".\n", "?\n"))
    assert err.rstrip("\n").isprintable()
    assert len(err) < 400


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("folder", None, "this is a folder, not a data file."),
        ("huge.csv", Table.MAX_BYTES + 1, "the file has 268435457 bytes. At most 268435456 (256 MiB)."),
        ("huge.npz", ArrayArchive.MAX_BYTES + 1, "the file has 1073741825 bytes. At most 1073741824 (1024 MiB)."),
        ("dta.csv", 0, "no such file. Did you mean 'data.csv'?"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_a_path_of_new_rows_that_cannot_be_read(command, name, size, words, cli, finished, tmp_path):
    (tmp_path / "data.csv").touch()
    if size is None:
        (tmp_path / name).mkdir()
    elif size:
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(size)
    assert cli(command, finished["table"], name) == (3, "", f"{name}: {words}\n")
