"""Tables: what a CSV file means."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
from typing import Any

import numpy as np
import pytest
from samples import peak_memory

from nncli.errors import ExitCode, UserError
from nncli.tasks import csv_rows, tasks
from nncli.tasks import data_files as files

TEXT = "height,weight,animal\n1.2,3.4,cat\n0.9,2.5,dog\n1.5,2.75,bird\n"


@pytest.fixture
def read(tmp_path):
    """The data of a CSV text."""

    def data(text, **options):
        path = tmp_path / "data.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tasks.get("table")(file=str(path), **options).data()

    return data


def test_columns_become_inputs_and_targets(read):
    data = read(TEXT, target="animal")
    assert data.inputs.tolist() == [[1.2, 3.4], [0.9, 2.5], [1.5, 2.75]]
    assert data.inputs.dtype == np.float64
    assert data.input_names == ("height", "weight")
    assert (data.kind, data.class_names, data.complete) == ("classes", ("bird", "cat", "dog"), False)
    assert data.target_names == data.class_names
    assert data.targets.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


TINY = "1e-99999999999999999999"


@pytest.mark.parametrize(
    ("values", "kind", "found", "targets", "names"),
    [
        ("1.5 2 -3e2", "auto", "regression", [[1.5], [2.0], [-300.0]], ()),
        ("0 1 1", "auto", "regression", [[0.0], [1.0], [1.0]], ()),
        ("0 1 1", "binary", "binary", [[0.0], [1.0], [1.0]], ("0", "1")),
        ("7 3 7", "binary", "binary", [[1.0], [0.0], [1.0]], ("3", "7")),
        ("7 3 7", "classes", "classes", [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]], ("3", "7")),
        ("10 9 9", "classes", "classes", [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], ("9", "10")),
        ("10 9 9.0", "classes", "classes", [[0, 0, 1], [1, 0, 0], [0, 1, 0]], ("9", "9.0", "10")),
        ("02134 2134 11", "classes", "classes", [[0, 1, 0], [0, 0, 1], [1, 0, 0]], ("11", "02134", "2134")),
        ("1.10 1.1 1.2", "classes", "classes", [[0, 1, 0], [1, 0, 0], [0, 0, 1]], ("1.1", "1.10", "1.2")),
        ("1e2 100", "binary", "binary", [[1.0], [0.0]], ("100", "1e2")),
        ("9007199254740993 9007199254740992", "classes", "classes", [[0, 1], [1, 0]], (f"{2**53}", f"{2**53 + 1}")),
        ("12345678901234567 5", "binary", "binary", [[1.0], [0.0]], ("5", "12345678901234567")),
        ("0 -0 1e-99999999999999999999", "classes", "classes", [[0, 1, 0], [1, 0, 0], [0, 0, 1]], ("-0", "0", TINY)),
        ("2.5 -1 0", "classes", "classes", [[0, 0, 1], [1, 0, 0], [0, 1, 0]], ("-1", "0", "2.5")),
        ("no yes no", "auto", "binary", [[0.0], [1.0], [0.0]], ("no", "yes")),
        ("yes no no", "auto", "binary", [[1.0], [0.0], [0.0]], ("no", "yes")),
        ("yes no no", "classes", "classes", [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], ("no", "yes")),
        ("b a C", "auto", "classes", [[0, 0, 1], [0, 1, 0], [1, 0, 0]], ("C", "a", "b")),
        ("7a 7 7", "classes", "classes", [[0, 1], [1, 0], [1, 0]], ("7", "7a")),
    ],
)
def test_what_the_targets_are(values, kind, found, targets, names, read):
    data = read("x,y\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values.split())), target="y", kind=kind)
    assert (data.kind, data.targets.tolist(), data.class_names) == (found, targets, names)
    assert data.target_names == (names if found == "classes" else ("y",))


def in_quotes(text, before=""):
    """A text with each of its fields in quotes."""
    return "".join(",".join(f'{before}"{field}"' for field in line.split(",")) + "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.rstrip("\n"),
        TEXT.replace("\n", "\n\n"),
        TEXT.replace(",", " , "),
        in_quotes(TEXT),
        in_quotes(TEXT, before=" "),
        "\ufeff" + in_quotes(TEXT),
        "\ufeff\ufeff" + TEXT,
        "\ufeff" * 3 + in_quotes(TEXT),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_the_same_table_in_other_clothes(text, read):
    expected, found = read(TEXT, target="animal"), read(text, target="animal")
    assert (found.input_names, found.class_names) == (expected.input_names, expected.class_names)
    assert (found.inputs == expected.inputs).all()
    assert (found.targets == expected.targets).all()


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters_and_quoted_fields(delimiter, read, tmp_path):
    names = ["x\n1", 'a "word"', "y"]
    rows = [["1", "2", "dog, small; or|so\t"], ["3", "4", 'a "cat"'], ["5", "6", "two\r\nlines"]]
    with (tmp_path / "written.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([names, *rows])
    data = read((tmp_path / "written.csv").read_bytes(), target="y", delimiter=delimiter)
    assert data.input_names == tuple(names[:2])
    assert [data.class_names[i] for i in data.targets.argmax(axis=1)] == [row[2].strip() for row in rows]
    assert data.inputs.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_inputs_are_taken_in_the_order_they_are_asked_for(read):
    data = read("a,b,c,y\n1,2,x,0\n4,5,,1\n", target="y", inputs=("b", "a"))
    assert data.inputs.tolist() == [[2, 1], [5, 4]]
    assert data.input_names == ("b", "a")
    assert read("a,b\n1,2\n4,5\n", target="a").inputs.tolist() == [[2], [5]]


@pytest.mark.parametrize(
    "text", ["1", "+1.", "-.5", "1e-3", "1E5", "007", "1e-999", "0.1234567890123456789", "1.7e308"]
)
@pytest.mark.parametrize("other", ["", "_", "ü"])
def test_numbers_to_the_last_bit(text, other, read):
    data = read(f"a,y\n{text},1{other}\n0,2{other}\n", target="y")
    assert data.inputs[0, 0] == float(text)


def test_words_for_missing_values_can_be_listed(read):
    data = read("a,y\n1,NA\n2,-\n3,none\n", target="y", missing=("?",))
    assert data.class_names == ("-", "NA", "none")
    with pytest.raises(UserError, match=r"data\.csv:2:y: the value is missing: '9'"):
        read("a,y\n1,9\n2,8\n", target="y", kind="classes", missing=("9",))


@pytest.mark.parametrize(
    ("inputs", "targets", "said"),
    [
        ("950 1.050 1.200", "1 2 3", "a has 950 beside 1.050: if that is 1050, write it without the period"),
        ("1 2 3", "12 3.400 -1.001", "y has 12 beside 3.400: if that is 3400, write it without the period"),
        ("1.050 1.200 2.310", "1 2 3", ""),
        ("950 1.125 1.5", "1 2 3", ""),
        ("950 1.125 1.201", "1 2 3", ""),
        ("0 1 0.120", "1 2 3", ""),
        ("1000 1.050 1.200", "1 2 3", ""),
        ("1 2 3", "02134 2134 11", "the target has 02134; if that is a code, set task.table.kind=classes"),
        ("1 2 3", "1 2 1234567890123456", "the target has 1234567890123456; if that is a code, set task.table.kind=c"),
        ("1 2 3", "0 0.5 -1", ""),
    ],
)
def test_numbers_that_may_mean_something_else(inputs, targets, said, read):
    rows = zip(inputs.split(), targets.split(), strict=True)
    notes = read("a;y\n" + "".join(f"{x};{y}\n" for x, y in rows), target="y", delimiter=";").notes
    assert len(notes) == bool(said)
    assert "".join(notes).startswith(said)


def test_rows_are_counted_in_lines_of_the_file(read):
    with pytest.raises(UserError, match=r"data\.csv:6:a: the value is missing\.") as caught:
        read('a,y\n1,"two\nlines"\n\n2,z\n,z\n', target="y")
    assert caught.value.code is ExitCode.DATA


@pytest.mark.parametrize(("limit", "value", "words"), [("MAX_ROWS", 2, "4"), ("MAX_NUMBERS", 5, "4")])
def test_a_table_that_goes_on(limit, value, words, read, monkeypatch):
    monkeypatch.setattr(csv_rows, limit, value)
    with pytest.raises(UserError, match=rf"data\.csv:{words}: the table is too long\. Try arrays\. At most "):
        read("a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,x\n", target="y")


def test_only_a_row_has_a_limit_of_a_mebibyte(read):
    data = read("x,y\n" + "0.12345678901234567890,1.5\n0.5,2\n" * 40_000, target="y")
    assert data.inputs.shape == (80_000, 1)


def test_a_line_without_an_end(tmp_path):
    path = tmp_path / "data.csv"
    with path.open("wb") as sparse:
        sparse.truncate(100 << 20)

    def read():
        with pytest.raises(UserError, match=r"data\.csv:1: the row has more than 1048576 bytes\."):
            tasks.get("table")(file=str(path), target="y").data()

    assert peak_memory(read, times=1) < 8 << 20


def test_places_are_short_where_they_can_be(tmp_path, monkeypatch):
    task: Any = tasks.get("table")(file=str(tmp_path / "some" / "data.csv"), target="y")
    assert task.place == str(tmp_path / "some" / "data.csv")
    monkeypatch.chdir(tmp_path)
    assert task.place == "some/data.csv"
    assert dataclasses.replace(task, file="data.csv").place == "data.csv"


def test_a_file_is_told_by_its_bytes(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(TEXT)
    task: Any = tasks.get("table")(file=str(path), target="animal")
    pinned = task.pinned()
    assert pinned == dataclasses.replace(task, sha256=hashlib.sha256(TEXT.encode()).hexdigest())
    assert pinned.pinned() == pinned
    assert (pinned.data().inputs == task.data().inputs).all()
    path.write_text(TEXT.replace("3.4", "3.5"))
    for read in (pinned.data, pinned.pinned):
        with pytest.raises(UserError, match=r"this is not the file of the config: its sha256 is .*, not ") as caught:
            read()
        assert caught.value.code is ExitCode.DATA
    assert task.data().inputs[0, 1] == 3.5


def test_what_is_not_made_from_a_file_is_left_alone():
    task = tasks.get("xor")()
    assert files.pinned(task) is task
