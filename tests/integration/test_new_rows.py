"""What `nncli predict` and `nncli evaluate` say of files of new rows."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.tasks import tasks
from nncli.tasks.data_json import Signature
from nncli.tasks.new_rows import Form, read_samples
from nncli.tasks.splits import Splits

NO_FILES = {
    "nothing": ("aminals.csv", "aminals.csv: no such file. Did you mean 'animals.csv'?"),
    "a folder": ("runs", "runs: this is a folder, not a data file."),
    "an archive that is a pipe": ("pipe.npz", "pipe.npz: this is not an ordinary file."),
}


@pytest.mark.parametrize("command", ["predict", "evaluate", "train"])
@pytest.mark.parametrize("name", NO_FILES)
def test_a_file_that_cannot_be_had_is_the_same_to_all(name, command, cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    os.mkfifo(animals / "pipe.npz")
    file, words = NO_FILES[name]
    override = f"task.table.file={file}"
    code, out, err = cli("train", "animals.yaml", override) if command == "train" else cli(command, "latest", file)
    assert (code, out) == (3, "")
    assert err == (f"override '{override}': task.table.file: {words}\n" if command == "train" else f"{words}\n")


HEAD = "weight,height,animal\n"
FILES = {
    "no column": ("wieght,height\n1,2\n", ":1: no column 'weight'. Did you mean 'wieght'? Known: wieght, h"),
    "no header": (
        "600,95,cat\n3,4,cat\n",
        ":1: no column 'weight'. The first row must name the columns, but",
    ),
    "semicolons": (
        "weight;height;animal\n1;2;cat\n",
        ":1: no column 'weight'. Save it with commas, which this run reads, instead of semicolons. Known: ",
    ),
    "Excel": (
        "sep=;\nweight;height\n",
        ":1: the first row is 'sep=;', which is an Excel directive, not column names. Del",
    ),
    "tabs": (
        "weight\theight\tanimal\n1\t2\tcat\n",
        ":1: no column 'weight'. Save it with commas, which this run reads, instead of tabs. Known: ",
    ),
    "a column twice": ("weight,weight,height\n1,2,3\n", ":1:weight: columns 1 and 2 have the same name. Rename one"),
    "a word": (f"{HEAD}many,2,cat\n", ":2:weight: 'many' is not a number. This run needs a number here."),
    "thousands": (f'{HEAD}"1,200",2,cat\n', ":2:weight: '1,200' is not a number. Write 1200, or 1.2."),
    "a value missing": (f"{HEAD}1,,cat\n", ":2:height: the value is missing. Fill it in, or remove the row."),
    "an array": (b"\x93NUMPY\1\0v\0{", ":1: the file is a NumPy array. Save it by its name, with np.savez,"),
}
"""What is wrong with new rows: the file, and what both `predict` and `evaluate` say of it."""

LABELLED = {
    "another class": (f"{HEAD}1,2,cow\n", ":2:animal: 'cow' is not a class of this run. Known: cat, "),
    "a class missing": (f"{HEAD}1,2,\n", ":2:animal: the value is missing. Fill it in, or remove the row."),
    "NA": (f"{HEAD}1,2,NA\n", ":2:animal: the value is missing: 'NA'. Fill it in, or remove the row."),
    "no target": ("weight,height\n1,2\n", ":1: no column 'animal'. Known: weight, height."),
}
"""The same for `evaluate` alone."""


def test_what_is_wrong_with_new_rows_is_told_in_words_that_fit(cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    told = [(command, *case) for command in ("predict", "evaluate") for case in FILES.values()]
    content: Any
    for command, content, words in [*told, *(("evaluate", *case) for case in LABELLED.values())]:
        (animals / "new.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        code, out, err = cli(command, "latest", "new.csv")
        assert (code, out) == (3, "")
        assert err.startswith(f"new.csv{words}"), err
        assert "inputs" not in err, "that is what a config has, and not a file of new rows"
        assert err.count("\n") == 1


CODES = ["02134", "2134", "1.1", "1.10", "9007199254740993", "9007199254740992", "007", "-3"]
IN_ORDER = ["-3", "1.1", "1.10", "007", "02134", "2134", "9007199254740992", "9007199254740993"]


def test_codes_stay_as_they_are_written(cli, write, tmp_path):
    rows = [(i % 8, (i % 8) ** 2, CODES[i % 8]) for i in range(24)]
    (tmp_path / "d.csv").write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    config = write(
        "task: {table: {file: d.csv, target: y, kind: classes}}\n"
        "architecture: [16]\ntraining: {epochs: 500, standardize: true, learning_rate: 0.05}\n"
    )
    code, out, err = cli("train", config)
    assert code == 0
    counts = "   ".join(f"{name} (3)" for name in IN_ORDER)
    assert " ".join(out.split()).find(" ".join(f"classes {counts}".split())) > 0
    assert err.count("are the same number but 2 classes") == 2
    (run,) = (tmp_path / "runs").iterdir()
    assert json.loads((run / "data.json").read_text())["class_names"] == IN_ORDER
    predictions = json.loads(cli("predict", "latest", "d.csv", "--json")[1])["predictions"]
    assert [row["class"] for row in predictions] == [y for _, _, y in rows]
    own, again = (json.loads(cli("evaluate", "latest", *data, "--json")[1]) for data in ([], ["d.csv"]))
    assert own["metrics"] == again["metrics"]
    np.savez(tmp_path / "d.npz", X=[row[:2] for row in rows[4:8]], y=[2**53 + 1, 2**53, 7, -3])
    assert json.loads(cli("evaluate", "latest", "d.npz", "--json")[1])["metrics"]["accuracy"] == [1.0]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("2134.0", "'2134.0' is not a class of this run. Did you mean '02134' or '2134'? Known: "),
        ("7", "'7' is not a class of this run. Did you mean '007'? Known: "),
        ("-3.0", ""),
        ("9007199254740994", "'9007199254740994' is not a class of this run. Known: "),
    ],
)
def test_a_label_in_other_words(label, words, tmp_path):
    signature = Signature("classes", (1,), 8, "y", ("a",), tuple(IN_ORDER), tuple(IN_ORDER), None, None)
    (tmp_path / "new.csv").write_text(f"a,y\n1,{label}\n")
    if not words:
        rows = read_samples(tmp_path / "new.csv", signature, Form())
        assert rows.targets.tolist() == [[1, 0, 0, 0, 0, 0, 0, 0]]
        return
    with pytest.raises(UserError) as caught:
        read_samples(tmp_path / "new.csv", signature, Form())
    assert str(caught.value).startswith(f"{tmp_path}/new.csv:2:y: {words}")


def test_words_for_missing_are_those_of_the_task(cli, write, tmp_path):
    (tmp_path / "d.csv").write_text("a,y\n" + "1,NA\n2,-\n" * 4)
    config = write("task: {table: {file: d.csv, target: y, missing: ['?', '-999']}}\ntraining: {epochs: 1}\n")
    assert cli("train", config, "-q")[0] == 0
    assert cli("evaluate", "latest", "d.csv", "--json")[0] == 0
    (tmp_path / "new.csv").write_text("a\n1\n-999\n")
    code, _, err = cli("predict", "latest", "new.csv")
    assert (code, err) == (3, "new.csv:3:a: the value is missing: '-999'. Fill it in, or remove the row.\n")


def test_columns_that_nobody_needs_need_no_names(cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    (animals / "plain.csv").write_text(f"{HEAD}1,2,cat\n3,4,emu\n")
    (animals / "more.csv").write_text(",weight,x,height,x,animal,\n0,1,a,2,b,cat,\n1,3,a,4,b,emu,\n")
    for command in ("predict", "evaluate"):
        plain, more = (cli(command, "latest", file, "--csv") for file in ("plain.csv", "more.csv"))
        assert plain == more
        assert plain[0] == 0
    arguments = ["train", "animals.yaml", "-q", "training.validation=0", "training.test=0", "task.table.file=more.csv"]
    assert "column 1 has no name" in cli(*arguments)[2]
    assert cli(*arguments, "task.table.inputs=[weight, height]")[0] == 0


def test_columns_are_found_in_time_that_grows_with_their_number(tmp_path):
    names = [f"c{i}" for i in range(40_000)]
    (tmp_path / "wide.csv").write_text(",".join([*names, "y"]) + "\n" + "1," * 40_000 + "5\n" + "2," * 40_000 + "6\n")
    started = time.process_time()
    task = tasks.get("table")(file=str(tmp_path / "wide.csv"), target="y", inputs=tuple(reversed(names)))
    data = task.data()
    rows = read_samples(tmp_path / "wide.csv", Signature.of(Splits(data), task), Form())
    assert time.process_time() - started < 3, "comparing each name with each takes half a minute"
    assert np.array_equal(rows.inputs, data.inputs)
    assert rows.input_names[:2] == ("c39999", "c39998")


def test_rows_may_come_through_a_pipe(cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    os.mkfifo(animals / "pipe")
    rows = (animals / "animals.csv").read_bytes()
    threading.Thread(target=(animals / "pipe").write_bytes, args=[rows], daemon=True).start()
    piped = cli("predict", "latest", "pipe", "--csv")
    assert piped[0] == 0
    assert piped == cli("predict", "latest", "animals.csv", "--csv")


@pytest.mark.parametrize(
    ("name", "arrays", "words"),
    [
        ("new.npy", None, "new.npy: this is a single array (.npy). Save it by its name, with np.savez."),
        ("new.npz", {"X": np.zeros((0, 2))}, "new.npz:X: the array of shape (0, 2) is empty."),
        ("new.npz", {"X": np.zeros(())}, "new.npz:X: the array of shape () has rank 0. Allowed: 1 or"),
        ("new.npz", {"X": np.zeros((2, 0))}, "new.npz:X: the array of shape (2, 0) is empty."),
        (
            "new.csv",
            None,
            "new.csv: this network takes samples of 8 × 8 × 1, but CSV holds only vectors. Write them with ",
        ),
    ],
)
def test_archives_are_what_images_come_in(name, arrays, words, cli, write, tmp_path):
    config = write("task: {glyphs: {samples: 60, size: 8}}\narchitecture: [flatten]")
    assert cli("train", config, "-q", "training.epochs=1")[0] == 0
    if arrays is None:
        np.save(tmp_path / "new.npy", np.zeros((2, 8, 8, 1)))
        (tmp_path / "new.npy").rename(tmp_path / name)
    else:
        np.savez(tmp_path / name, **arrays)
    code, out, err = cli("predict", "latest", name)
    assert (code, out) == (3, "")
    assert err.startswith(words)


def test_one_seed_is_measured_as_among_all(cli, animals):
    assert cli("train", "animals.yaml", "-q")[0] == 0
    for data in ([], ["animals.csv"]):
        whole = json.loads(cli("evaluate", "latest", *data, "--json")[1])
        alone = json.loads(cli("evaluate", "latest", *data, "--json", "--seed", "2")[1])
        assert alone["seeds"] == [2]
        assert alone["metrics"] == {name: values[2:] for name, values in whole["metrics"].items()}
    code, out, err = cli("evaluate", "latest", "--seed", "9")
    assert (code, out, err) == (2, "", "--seed: the run has no seed 9. Its seeds: 0, 1, 2.\n")


def test_a_file_that_is_not_what_was_trained_on(cli, animals):
    assert cli("train", "animals.yaml", "-q", "training.epochs=1")[0] == 0
    with open(animals / "animals.csv", "a", encoding="utf-8") as file:
        file.write("1,2,cat\n")
    code, out, err = cli("evaluate", "latest", "--split", "train")
    assert (code, out) == (3, "")
    assert err.startswith("animals.csv: this is not the file of the config: its sha256 is ")
    command = "nncli evaluate latest animals.csv"
    assert err.endswith(f". To evaluate on the file as it is now: {command}.\n")
    assert cli(*command.split()[1:])[0] == 0
    (animals / "animals.csv").unlink()
    expected = "animals.csv: no such file. To evaluate on another file: nncli evaluate latest FILE.\n"
    assert cli("evaluate", "latest") == (3, "", expected)
