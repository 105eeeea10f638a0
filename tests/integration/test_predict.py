"""`nncli predict` and `nncli evaluate`: networks rebuilt from the run directory alone."""

from __future__ import annotations

import csv
import io
import json
import shutil

import numpy as np
import pytest

from nncli.experiments.assembly import build_network, build_rows
from nncli.report.prediction_rows import prediction_rows


def test_classes_come_back_as_words_without_the_data_or_the_config(cli, animals):
    assert cli("train", "animals.yaml", "-q")[0] == 0
    with open(animals / "animals.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(animals / "new.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["nonsense", "height", "weight"])  # another order, and a column that nobody needs
        writer.writerows(["x", row["height"], row["weight"]] for row in rows)
    for name in ("animals.csv", "animals.yaml"):
        (animals / name).unlink()
    code, out, err = cli("predict", "latest", "new.csv", "--csv")
    assert (code, err) == (0, "")
    found = list(csv.DictReader(io.StringIO(out)))
    assert list(found[0]) == ["row", "class", "probability", "agree"]
    assert [row["class"] for row in found] == [row["animal"] for row in rows]
    assert all(0.5 < float(row["probability"]) <= 1 and float(row["agree"]) == 1 for row in found)
    alone = json.loads(cli("predict", "latest", "new.csv", "--json", "--seed", "1")[1])
    assert alone["seeds"] == [1]
    assert list(alone["predictions"][0]) == ["row", "class", "probability"]
    code, out, _ = cli("predict", "latest", "new.csv")
    assert code == 0
    assert "dog, small" in out
    code, out, err = cli("show", "latest")
    assert (code, err) == (0, "")
    assert "animals (table)   2 → 8 relu" in out or "animals (table)   2 → 8 tanh" in out


def test_metrics_are_those_of_the_run(cli, animals):
    result = json.loads(cli("train", "animals.yaml", "--json")[1])
    for split in ("train", "validation", "test"):
        found = json.loads(cli("evaluate", "latest", "--split", split, "--json")[1])
        assert (found["rows"], found["split"], found["seeds"]) == (result["rows"][split], split, result["seeds"])
        for name, values in found["metrics"].items():
            np.testing.assert_allclose(values, result["metrics"][f"{split}_{name}"], rtol=1e-5)
    assert json.loads(cli("evaluate", "latest", "--json")[1])["split"] == "test"
    whole = json.loads(cli("evaluate", "latest", "animals.csv", "--json")[1])
    assert whole["rows"] == 90
    assert min(whole["metrics"]["accuracy"]) > 0.9
    code, out, _ = cli("evaluate", "latest", "animals.csv", "--csv")
    assert out.splitlines()[0] == "seed,loss,accuracy,max_error"
    assert len(out.splitlines()) == 4
    code, out, _ = cli("evaluate", "latest")
    assert (code, out.splitlines()[0]) == (0, "test   18 rows   3 seeds")
    cli("train", "animals.yaml", "-q", "seeds=[7]")
    code, out, _ = cli("evaluate", "latest")
    assert (code, out.splitlines()[0]) == (0, "test   18 rows   seed 7")
    assert [line.split("  ")[0] for line in out.splitlines()[1:]] == ["loss", "accuracy", "largest error"]


NETWORKS = {
    "binary": "task: xor\narchitecture: [4]",
    "numbers": "task: sine\narchitecture: [8]\ntraining: {standardize: true}",
    "images": "task: {glyphs: {samples: 60, size: 8}}\narchitecture: [{conv: {filters: 3, kernel: 3}}, flatten]",
    "normalized": "task: {glyphs: {samples: 60, size: 8}}\narchitecture: [flatten, 8, batch_norm]",
    "sequences": "task: {temporal_parity: {length: 5, samples: 64}}\narchitecture: [{lstm: {units: 4}}]",
    "residual": "task: moons\narchitecture: [8, {residual: [8]}, {residual: [4]}]\nregularizer: {dropout: 0.1}",
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_network_is_rebuilt(name, cli, write, train, tmp_path):
    """Its own training rows, as an archive, are measured and answered as by the network that was trained."""
    run = train(write(NETWORKS[name]), "training.epochs=3", "training.stop.solved=false", "seeds=2")
    splits, kind = run.experiment.splits, run.experiment.splits.train.kind
    raw = splits.train.inputs if splits.mean is None else splits.train.inputs * splits.std + splits.mean
    np.savez(tmp_path / "rows.npz", X=raw, y=splits.train.targets)
    np.savez(tmp_path / "row.npz", X=raw[3:4])

    found = json.loads(cli("evaluate", "latest", "rows.npz", "--json")[1])["metrics"]
    own = json.loads(cli("evaluate", "latest", "--split", "train", "--json")[1])["metrics"]
    for metric, values in own.items():
        np.testing.assert_allclose(values, run.result.metrics[f"train_{metric}"], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(found[metric], values, rtol=1e-4, atol=1e-6)

    network = build_network([run.experiment])
    network.theta[...] = [outcome.theta for outcome in run.outcomes]
    rows = build_rows(run.experiment, network)["train"]
    p = network.measure(rows.x, rows.y).p
    names = splits.train.class_names, splits.train.target_names
    expected = prediction_rows(p.astype(float), kind, *names)
    predictions = json.loads(cli("predict", "latest", "rows.npz", "--json")[1])["predictions"]
    assert_same_rows(predictions, expected)
    (alone,) = json.loads(cli("predict", "latest", "row.npz", "--json")[1])["predictions"]
    assert_same_rows([alone], [expected[3] | {"row": 1}])


def assert_same_rows(found, expected):
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        assert row.pop("class", None) == wanted.get("class")
        assert row == pytest.approx({k: v for k, v in wanted.items() if k != "class"}, rel=1e-4, abs=1e-6)


MISTAKES = {
    "no such run": (["predict", "nothing", "new.csv"], 4, "'nothing' is not a run"),
    "no such seed": (
        ["predict", "latest", "animals.csv", "--seed", "9"],
        2,
        "--seed: the run has no seed 9. Its seeds",
    ),
    "no such split": (
        ["evaluate", "latest", "--split", "tset"],
        2,
        "split 'tset'. Did you mean 'test'? Its splits:",
    ),
    "split of a file": (["evaluate", "latest", "animals.csv", "--split", "test"], 2, "DATA has no splits"),
    "another shape": (["predict", "latest", "shape.npz"], 3, "shape.npz:X: a sample has the shape (3,)"),
    "two forms": (["predict", "latest", "animals.csv", "--json", "--csv"], 2, "--json and --csv"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(name, cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    np.savez(animals / "shape.npz", X=np.zeros((4, 3)))
    arguments, expected, words = MISTAKES[name]
    code, out, err = cli(*arguments)
    assert (code, out) == (expected, "")
    assert words in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("damage", ["data.json", "weights.npz"])
def test_a_run_that_lacks_a_file_says_so(damage, cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    (run,) = (animals / "runs").iterdir()
    (run / damage).unlink()
    code, out, err = cli("predict", "latest", "animals.csv")
    assert (code, out) == (7 if damage == "data.json" else 4, "")
    assert damage in err
    shutil.rmtree(run)


def table(header, rows, delimiter=","):
    return "\n".join(delimiter.join(map(str, row)) for row in [header, *rows]) + "\n"


RNG = np.random.default_rng(1)
X, LABELS = RNG.standard_normal((40, 2)), RNG.integers(1, 4, 40)
OWN_FILES = {
    "another delimiter": (
        "table: {file: d.csv, target: c, delimiter: ';'}",
        table("abc", [[1, 2, "u"], [2, 3, "v"]], ";"),
    ),
    "words that are numbers": (
        "table: {file: d.csv, target: c, kind: classes}",
        table("abc", [[i, -i, ("01", "1", "x")[i % 3]] for i in range(9)]),
    ),
    "a target called row": ("table: {file: d.csv, target: row}", table(["a", "row"], [[1, 2.5], [2, 3.5], [3, 7]])),
    "labels": ("arrays: {file: d.npz}", {"X": X, "y": LABELS}),
    "labels in a column": ("arrays: {file: d.npz}", {"X": X, "y": LABELS[:, None]}),
    "two labels": ("arrays: {file: d.npz}", {"X": X, "y": (LABELS > 1)[:, None] + 1}),
    "one-hot rows": ("arrays: {file: d.npz}", {"X": X, "y": np.eye(4)[LABELS]}),
    "other names": ("arrays: {file: d.npz, inputs: images, targets: t}", {"images": X, "t": X[:, :1] ** 2}),
}


@pytest.mark.parametrize("name", OWN_FILES)
def test_the_file_that_was_trained_on_is_read_as_it_was_then(name, cli, write, tmp_path):
    task, content = OWN_FILES[name]
    path = tmp_path / task.split("file: ")[1].split(",")[0].rstrip("}")
    path.write_text(content) if isinstance(content, str) else np.savez(path, **content)
    config = write(f"task: {{{task}}}\narchitecture: [5]\ntraining: {{epochs: 3, stop: {{solved: false}}}}\nseeds: 2")
    assert cli("train", config, "-q")[0] == 0
    own = json.loads(cli("evaluate", "latest", "--json")[1])["metrics"]
    again = json.loads(cli("evaluate", "latest", path, "--json")[1])["metrics"]
    assert own == again
    predictions = json.loads(cli("predict", "latest", path, "--json")[1])["predictions"]
    assert [row["row"] for row in predictions] == list(range(1, 1 + len(predictions)))


def test_tokens_are_checked_when_they_are_used(cli, write, tmp_path):
    np.savez(tmp_path / "d.npz", X=RNG.integers(0, 9, (30, 5)), y=RNG.integers(0, 2, 30))
    config = write(
        "task: {arrays: {file: d.npz}}\narchitecture: [{embedding: {vocabulary: 9, units: 3}}, flatten]\nseeds: 2"
    )
    assert cli("train", config, "training.epochs=2", "-q")[0] == 0
    for tokens in (9, -1, 2.5):
        np.savez(tmp_path / "new.npz", X=np.full((1, 5), tokens))
        code, out, err = cli("predict", "latest", "new.npz")
        assert (code, out) == (3, "")
        assert f"{tokens:g}" in err


def test_far_from_all_that_it_knows(cli, write, tmp_path):
    config = write("task: sine\narchitecture: [{dense: {units: 4, activation: relu}}]\ntraining: {epochs: 2}\nseeds: 2")
    assert cli("train", config, "-q")[0] == 0
    for value, words in (("1e39", "beyond the range of float32"), ("3e38", "")):
        (tmp_path / "far.csv").write_text(f"x\n0.5\n{value}\n")
        code, out, err = cli("predict", "latest", "far.csv", "--csv")
        assert code in (0, 3)
        assert "Warning" not in err
        assert words in err
        assert "nan" not in out


def test_targets_that_are_out_of_reach_are_told(cli, tmp_path, write):
    (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{i / 20},{300 + i}\n" for i in range(20)))
    config = write("task: {table: {file: d.csv, target: y}}\narchitecture: [4]\ntraining: {epochs: 20}")
    code, out, _ = cli("train", config)
    assert code == 0
    assert "  why   nncli diagnose runs/x-" in out
    (tmp_path / "d.csv").write_text("x,y\n" + "".join(f"{i / 20},{i / 20}\n" for i in range(20)))
    assert "why" not in cli("train", config)[1]


DAMAGES = {
    "mean": ["a", 1],
    "std": [0, 1],
    "class_names": [1],
    "target_names": 5,
    "kind": "regression",
    "shape": [3],
    "outputs": 0,
    "input_names": [],
}


@pytest.mark.parametrize("key", DAMAGES)
def test_damaged_data_json(key, cli, animals):
    cli("train", "animals.yaml", "-q", "training.epochs=1")
    (run,) = (animals / "runs").iterdir()
    record = json.loads((run / "data.json").read_text())
    (run / "data.json").write_text(json.dumps(record | {key: DAMAGES[key]}))
    code, out, err = cli("predict", "latest", "animals.csv")
    assert (code, out) == (7, "")
    assert "data.json" in err


def as_rows(csv_text):
    return list(csv.DictReader(csv_text.splitlines()))


@pytest.mark.parametrize("overrides", [[], ["training.standardize=false", "seeds=1"]], ids=["committee", "one seed"])
def test_own_rows_are_those_of_the_file(overrides, cli, animals):
    """In their order, raw, whatever split they were in; and the outputs are those for the file."""
    assert cli("train", "animals.yaml", "-q", *overrides)[0] == 0
    code, own, err = cli("predict", "latest", "--csv")
    assert (code, err) == (0, "")
    own, told = as_rows(own), as_rows(cli("predict", "latest", "animals.csv", "--csv")[1])
    table = as_rows((animals / "animals.csv").read_text("utf-8"))
    for mine, row, other in zip(own, table, told, strict=True):
        assert (float(mine["weight"]), float(mine["height"])) == (float(row["weight"]), float(row["height"]))
        assert mine["target"] == row["animal"]
        assert {name: mine[name] for name in other} == other
    assert sum(mine["class"] == mine["target"] for mine in own) > 80


CLASSES = ["cat", "dog, small", "emu"]


def test_the_probability_of_each_class(cli, animals):
    assert cli("train", "animals.yaml", "-q")[0] == 0
    plain = json.loads(cli("predict", "latest", "--json")[1])["predictions"]
    assert not any(name.startswith("p(") for name in plain[0])
    for row in json.loads(cli("predict", "latest", "--probabilities", "--json")[1])["predictions"]:
        of_each = [row[f"p({name})"] for name in CLASSES]
        assert sum(of_each) == pytest.approx(1, abs=1e-6)
        assert row["probability"] == max(of_each) == row[f"p({row['class']})"]


def test_the_probability_of_the_second_of_two_classes(cli, xor):
    assert cli("train", xor, "-q", "seeds=2")[0] == 0
    rows = json.loads(cli("predict", "latest", "--json")[1])["predictions"]
    assert [row["target"] for row in rows] == ["0", "1", "1", "0"]
    for row in rows:
        assert row["p(1)"] == (row["probability"] if row["class"] == "1" else 1 - row["probability"])
    code, out, _ = cli("predict", "latest", "--probabilities")
    assert code == 0
    assert out.splitlines()[0].split() == ["row", "x1", "x2", "target", "class", "probability", "agree", "p(0)", "p(1)"]
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("task", "first", "note"),
    [
        ("{function: {expression: sin(x)}}", "row x f (target) f", ""),
        ("{parity: {bits: 6}}", "row x1 x2 x3 x4 x5 x6 target class", ""),
        (
            "{parity: {bits: 7}}",
            "row target class",
            "note: the 7 inputs of each row are not shown; --csv and --json include them\n",
        ),
        ("adding_problem", "row ", "inputs of each row are not shown\n"),
    ],
)
def test_what_a_table_of_own_rows_shows(task, first, note, cli, write):
    layers = "[{rnn: 2}]" if task == "adding_problem" else "[2]"
    write(f"task: {task}\narchitecture: {layers}\n")
    assert cli("train", "x.yaml", "training.epochs=1", "-q")[0] == 0
    code, out, err = cli("predict", "latest")
    assert code == 0
    assert err.endswith(note) if note else err == ""
    assert " ".join(out.splitlines()[0].split()).startswith(first)
    assert max(map(len, out.splitlines())) <= 80


def test_numbers_have_no_probabilities(cli, write):
    write("task: sine\narchitecture: [2]\n")
    assert cli("train", "x.yaml", "training.epochs=1", "-q")[0] == 0
    assert cli("predict", "latest", "--probabilities")[0] == 2


def test_own_rows_that_have_changed_are_not_predicted(cli, animals):
    assert cli("train", "animals.yaml", "-q", "training.epochs=1")[0] == 0
    with (animals / "animals.csv").open("a") as file:
        file.write("1,2,cat\n")
    code, out, err = cli("predict", "latest")
    assert (code, out, err.count("\n")) == (3, "", 1)


@pytest.mark.parametrize(
    ("condition", "code", "said"),
    [
        ("accuracy >= 0", 0, "held: accuracy >= 0 (3 seeds)"),
        ("max_error < 1e-9", 8, "expected max_error < 1e-09, but seed 0 has "),
        ("loss > -1", 0, "held: loss > -1 (3 seeds)"),
        ("test_accuracy > 0", 2, "--expect: unknown metric 'test_accuracy'."),
    ],
)
def test_what_is_expected_of_an_evaluation(condition, code, said, cli, animals):
    assert cli("train", "animals.yaml", "training.epochs=5", "-q")[0] == 0
    found, _, err = cli("evaluate", "latest", "--expect", condition)
    assert (found, err[: len(said)]) == (code, said)
