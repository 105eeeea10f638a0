"""`nncli atlas` as a user types it."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from nncli.analysis.atlas_record import Atlas, Cell, NumericAxis
from nncli.report.plots.atlas import atlas_figure
from nncli.studies.executors.in_process import InProcess

QUICK = "training.epochs=60"
X, Y = "training.learning_rate=0.003,0.1,1", "initializer.normal.std=2,0.5"


@pytest.fixture
def atlas(cli, xor):
    """Runs `nncli atlas` on the first lesson with `--json`: what it prints."""

    def run(*arguments, x=X, y=Y, code=0):
        found, out, err = cli("atlas", xor, "--x", x, "--y", y, *arguments, QUICK, "--json", "--quiet")
        assert found == code, err
        return json.loads(out)

    return run


def test_any_cell_alone_equals_the_stack_to_the_bit(atlas, cli, xor, tmp_path, monkeypatch):
    stacks = []
    train = InProcess.units
    monkeypatch.setattr(InProcess, "units", lambda self, trials: stacks.append(train(self, trials)) or stacks[-1])
    found = atlas("--seeds", "3", "--jobs", "1")
    assert [len(units) for units in stacks] == [1]  # the whole grid trains in one stack
    with open(tmp_path / "runs" / found["study"] / "results.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for cell in (found["cells"][1], found["cells"][5]):
        changes = [f"{found[axis]['key']}={cell[axis]}" for axis in "xy"]
        _, out, _ = cli("train", xor, "initializer=normal", *changes, QUICK, "--seeds", "3", "--json")
        alone = json.loads(out)
        hashes = [row["weights_sha256"] for row in rows if row["trial"] == cell["trial"]["trial"]]
        assert hashes == alone["weights_sha256"]
        assert cell["trial"]["solve_rate"]["solved"] == sum(alone["solved"])


def test_cells_are_in_order_whatever_the_order_typed(atlas):
    found = atlas("--seeds", "2")
    assert (found["kind"], found["metric"], found["seeds"]) == ("atlas", "solved", 2)
    assert found["x"] == {"key": "training.learning_rate", "values": [0.003, 0.1, 1.0]}
    assert found["y"] == {"key": "initializer.normal.std", "values": [0.5, 2.0]}
    assert [(cell["x"], cell["y"]) for cell in found["cells"]] == [
        (x, y) for y in (0.5, 2.0) for x in (0.003, 0.1, 1.0)
    ]
    assert all(
        cell["trial"]["values"] == [str(cell["y"]).removesuffix(".0"), str(cell["x"]).removesuffix(".0")]
        for cell in found["cells"]
    )


def test_the_table_is_kept_with_the_study_and_sealed(cli, xor, tmp_path):
    command = ["atlas", xor, "--x", X, "--y", Y, "--seeds", "2", QUICK]
    code, out, err = cli(*command, "--csv")
    assert (code, err.count("note: initializer=normal")) == (0, 1)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 6
    assert all(int(row["solved"]) == float(row["solve_rate"]) * 2 for row in rows)
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("atlas-xor-std-learning_rate-")
    assert (folder / "atlas.csv").read_text(encoding="utf-8").strip() == out.strip()
    assert "atlas.csv" in (folder / "SHA256SUMS").read_text(encoding="utf-8")
    assert cli("verify", folder)[0] == 0
    _, again, err = cli(*command)
    assert "6 of 6 trials were already done" in err
    assert again.splitlines()[0] == "xor   std × learning_rate   6 cells × 2 seeds   up to 60 epochs"
    assert max(map(len, again.splitlines()[:-1])) <= 80
    assert again.splitlines()[-1] == f"runs/{folder.name}"


def test_a_metric_or_a_task_without_a_solution_is_mapped_by_its_median(atlas, cli, xor):
    assert atlas("--metric", "train_loss")["metric"] == "train_loss"
    code, out, _ = cli("atlas", xor, "--x", "training.learning_rate=1e-4,2e-4", "--y", Y, "training.epochs=3")
    assert code == 0
    assert "The map shows the median train loss" in out


@pytest.mark.parametrize(
    ("x", "y", "more", "said"),
    [
        ("activation=tanh,relu", Y, [], "--x: 'tanh' is not a number"),
        (X, "training.epochs=nan,1", [], "--y: 'nan' is not a number"),
        (X, "training.shuffle=true,false", [], "--y: 'true' is not a number"),
        (X, "training.epochs=5", [], "a single value"),
        (X, "epochs", [], "has no values"),
        (X, X, [], "both axes are training.learning_rate"),
        ("training.learning_rate=0.1,1e-1", Y, [], "the same number"),
        ("training.learning_rate=linear(1,2,65)", Y, [], "At most 64"),
        (X, Y, ["activation=tanh,relu"], "activation has 2 values"),
        ("training.learnin_rate=1,2", Y, [], "Did you mean 'learning_rate'?"),
        (X, "initializer.normal.sdt=1,2", [], "Did you mean 'std'?"),
        (X, Y, ["--metric", "lss"], "unknown metric 'lss'"),
    ],
)
def test_what_is_not_an_axis_is_refused(cli, xor, tmp_path, x, y, more, said):
    code, out, err = cli("atlas", xor, "--x", x, "--y", y, *more)
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "runs").exists()


def test_an_axis_chooses_a_part_but_never_a_layer_or_the_task(cli, xor):
    code, _, err = cli("atlas", xor, "--x", X, "--y", "architecture[0].dropout.rate=0.1,0.2")
    assert code == 2
    assert "note:" not in err


def test_a_plan_trains_nothing(atlas, tmp_path):
    found = atlas("--dry-run", "--jobs", "1")
    assert (found["trials"], found["stacks"]) == (6, 1)
    assert not (tmp_path / "runs").exists()


def test_the_critical_line_follows_the_axis_of_widths(cli, write):
    """std = 1 / √n for tanh, if n is the width of all hidden layers."""
    config = write("task: xor\narchitecture: [{repeat: {times: 3, layers: [4]}}]\nactivation: tanh\n", "deep.yaml")
    x, y = "architecture[0].repeat.layers[0].dense.units=4,64", "initializer.normal.std=0.01,0.2,1"
    code, out, err = cli("atlas", config, "--x", x, "--y", y, "training.epochs=2", "--json")
    assert code == 0, err
    assert json.loads(out)["critical"] == pytest.approx([0.5, 0.125])
    _, out, _ = cli("atlas", config, "--x", x, "--y", y, "training.epochs=2")
    lines = out.splitlines()
    assert [line[:7] for line in lines[3:8:2]] == ["    1  ", "  0.2  ", " 0.01  "]
    assert lines[4:8:2] == [" " * 7 + "────", " " * 11 + "────"]
    assert "Mean-field theory: critical std 0.1250–0.5000, the line in the map." in out


@pytest.mark.parametrize("metric", ["solved", "train_loss"])
def test_the_picture_shows_the_cells_and_the_critical_line(metric):
    """Each cell's number is the color's, and the line is that of theory."""
    axes = NumericAxis("training.learning_rate", (0.01, 0.1, 1.0), ("0.01", "0.1", "1"))
    stds = NumericAxis("initializer.normal.std", (0.5, 1.0), ("0.5", "1"))
    cells = tuple(Cell(x, y, None) for y in stds.values for x in axes.values)
    found = Atlas("atlas-xor", "xor", axes, stds, 3, 60, metric, (None, 0.6, 0.7), cells, ())
    figure = atlas_figure(found)
    panel = figure.axes[0]
    lines = {line.get_gid(): np.asarray(line.get_xydata()).tolist() for line in panel.lines}
    assert lines["critical"] == [[0.1, 0.6], [1.0, 0.7]]
    assert lines["none"] == [[cell.x, cell.y] for cell in cells]  # none was trained
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "linear")


def test_a_picture_is_written_beside_the_table(cli, xor, tmp_path):
    code, _, err = cli("atlas", xor, "--x", X, "--y", Y, "--seeds", "2", QUICK, "--plot", "a.svg", "--json")
    assert (code, "wrote a.svg" in err) == (0, True), err
    assert b"seeds solved" in (tmp_path / "a.svg").read_bytes()
    assert cli("atlas", xor, "--x", X, "--y", Y, "--plot", "a.gif")[::2] == (
        2,
        "--plot: a.gif is not a picture. Extensions: png, svg, pdf.\n",
    )
