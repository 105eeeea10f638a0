"""`nncli predict` on more rows than it holds at a time: they come out as if they had been read as a whole."""

from __future__ import annotations

import csv
import io
import json
import tempfile

import numpy as np
import pytest

from nncli.cli import row_spool as spool
from nncli.experiments.predict import ROWS, reopen
from nncli.runs.directory import RunDirectory
from nncli.storage.strict_json import json_pieces, to_json
from nncli.tasks.new_rows import Form, read_blocks

MANY = 2 * ROWS + 44
FORMS = (["--csv"], ["--json"], [])


@pytest.fixture
def run(train, write):
    return RunDirectory.open(train(write("task: moons\narchitecture: [3]\ntraining: {epochs: 1}\nseeds: 2")).path)


@pytest.fixture
def rows(tmp_path):
    """The inputs of many rows, in a table and in an archive."""
    values = np.random.default_rng(0).normal(size=(MANY, 2)).round(6)
    lines = [",".join(map(str, row)) for row in values.tolist()]
    (tmp_path / "rows.csv").write_text("\n".join(["x,y", *lines]) + "\n", "utf-8")
    np.savez(tmp_path / "rows.npz", X=values)
    np.savez_compressed(tmp_path / "columns.npz", X=np.asfortranarray(values))
    return values


@pytest.mark.parametrize("few", [spool.FEW, 1000])
def test_all_forms_and_files_say_the_same(few, run, rows, cli, monkeypatch):
    """In memory, and in a temporary file."""
    monkeypatch.setattr(spool, "FEW", few)
    code, out, err = cli("predict", "latest", "rows.csv", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert out == to_json(found)
    predictions = found["predictions"]
    assert [row["row"] for row in predictions] == [*range(1, MANY + 1)]
    for name in ("rows.npz", "columns.npz"):
        assert cli("predict", "latest", name, "--json")[1] == out
    table = list(csv.DictReader(io.StringIO(cli("predict", "latest", "rows.csv", "--csv")[1])))
    assert table == [{name: str(value) for name, value in row.items()} for row in predictions]
    lines = cli("predict", "latest", "rows.csv")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["row", *map(str, range(1, MANY + 1))]
    assert len({len(line.rstrip()) for line in lines[1:]}) <= 2


@pytest.mark.parametrize("form", FORMS)
def test_a_bad_row_late_in_the_file_leaves_nothing_printed(form, run, rows, cli, tmp_path):
    lines = (tmp_path / "rows.csv").read_text("utf-8").splitlines()
    lines[MANY - 1] = "1.0,many"
    (tmp_path / "rows.csv").write_text("\n".join(lines), "utf-8")
    code, out, err = cli("predict", "latest", "rows.csv", *form)
    assert (code, out) == (3, "")
    assert err.startswith(f"rows.csv:{MANY}:y: 'many' is not a number.")


def test_places_are_those_in_the_whole_file(run, rows, cli, tmp_path):
    rows[ROWS + 3, 1] = np.inf
    np.savez(tmp_path / "rows.npz", X=rows)
    code, out, err = cli("predict", "latest", "rows.npz", "--csv")
    assert (code, out) == (3, "")
    assert err.startswith(f"rows.npz:X: X[{ROWS + 3}, 1] is inf")


def test_tokens_are_told_by_their_row(cli, train, write, tmp_path):
    np.savez(tmp_path / "d.npz", X=[[0, 1], [2, 3], [1, 2], [3, 0]], y=[0, 1, 1, 0])
    layers = "[{embedding: {vocabulary: 4, units: 2}}, flatten]"
    train(write(f"task: {{arrays: {{file: d.npz}}}}\narchitecture: {layers}\ntraining: {{epochs: 1}}"))
    tokens = np.zeros((MANY, 2))
    tokens[ROWS, 1] = 4
    np.savez(tmp_path / "new.npz", X=tokens)
    code, out, err = cli("predict", "latest", "new.npz")
    assert (code, out) == (3, "")
    assert f"4 in step 2 of row {ROWS + 1} is not in the vocabulary of 4" in err


def test_rows_are_read_when_they_are_asked_for(run, rows, tmp_path):
    with (tmp_path / "rows.csv").open("a") as file:
        file.write("what\n")
    with reopen(run) as trained:
        blocks = read_blocks(tmp_path / "rows.csv", trained.signature, Form(), ROWS)
    assert [len(next(blocks).inputs) for _ in range(2)] == [ROWS, ROWS]


def test_a_temporary_file_that_cannot_be_written(run, rows, cli, monkeypatch):
    monkeypatch.setattr(spool, "FEW", 1000)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert cli("predict", "latest", "rows.csv") == (
        4,
        "",
        "cannot write a temporary file: No such file or directory. Set TMPDIR to a folder with more space.\n",
    )


@pytest.mark.parametrize("blocks", [[[1]], [[{"a": [1, {}]}, None], ["\n", 0.5]], [[[], {}]]])
def test_pieces_of_json(blocks):
    whole = to_json({"n": {"m": 1}, "list": [item for block in blocks for item in block]})
    assert "\n".join(json_pieces({"n": {"m": 1}}, "list", blocks)) + "\n" == whole
