"""`nncli plot --terminal`: pictures as text show the numbers of the run, at the width there is, without color."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from nncli.cli import console
from nncli.experiments.train import run
from nncli.pictures.in_terminal import ABLE
from nncli.pictures.subject import classes, subject_of
from nncli.report.chart import Chart, Room, Scale
from nncli.report.curve_panels import BAND
from nncli.report.metric_text import metric_text
from nncli.report.numbers import short
from nncli.runs.directory import RunDirectory

SHORT = ["training.epochs=6", "training.stop.solved=false"]
AXIS = re.compile(r"^ *(\S*) [┤│](.*)$")
COLOR = re.compile(r"\x1b\[\d*m")


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    configs = {"moons": [*SHORT, "seeds=3"], "sine": [*SHORT, "seeds=3"]}
    configs["xor"] = ["seeds=20", "activation=relu", "training.epochs=200"]
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{name}.yaml"), changes, runs_dir=folder).path))
        for name, changes in configs.items()
    }


def axes(lines):
    """The labels of y, and what is drawn, of a chart and of no other lines."""
    return [(found[1], found[2]) for line in lines if (found := AXIS.match(line))]


def texts(lines):
    return [line if isinstance(line, str) else "".join(span.text for span in line) for line in lines]


@pytest.mark.parametrize("columns", [40, 80, 133])
@pytest.mark.parametrize("name", ["moons", "sine", "xor"])
def test_pictures_are_as_wide_as_the_terminal(cli, monkeypatch, subjects, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = cli("plot", subjects[name].run.path, "--terminal")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) == columns


def test_color_only_repeats_what_characters_say(cli, monkeypatch, subjects):
    drawn = ["plot", subjects["moons"].run.path, "--terminal", "--seed", "1"]
    _, plain, _ = cli(*drawn)
    assert "\x1b" not in plain
    monkeypatch.setattr(console, "is_terminal", lambda stream: stream is sys.stdout)
    monkeypatch.setenv("COLUMNS", "80")
    _, painted, _ = cli(*drawn)
    assert painted != plain
    assert COLOR.sub("", painted) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert cli(*drawn)[1] == plain
    for own in ("⠒⠒⠒⠒ train", "⠒⠒v⠒⠒ validation", "o 0", "x░ 1", "O X misclassified"):
        assert own in plain


def test_curves_show_the_numbers_of_the_table(subjects):
    subject = subjects["moons"]
    table = subject.run.open_metrics()
    rows = np.array([*table.rows], float)
    epochs = rows[:, table.columns.index("epoch")]

    def percentiles(metric):
        values = rows[:, table.columns.index(metric)]
        return np.array([np.percentile(values[epochs == epoch], (50, *BAND)) for epoch in range(7)])

    drawn = texts(ABLE["curves"](subject, Room(80)))
    both = np.concatenate([percentiles(f"{split}_loss") for split in ("train", "validation")])
    labels = [label for label, _ in axes(drawn[drawn.index("loss") :][:12])]
    assert (labels[0], labels[-1]) == (short(both.max(), 3), short(both.min(), 3))
    last = {f"{s} {m}": percentiles(f"{s}_{m}")[-1, 0] for s in ("train", "validation") for m in ("loss", "accuracy")}
    parts = drawn[-1].split("   ")
    assert parts[0] == "median at the end"
    assert {f"{name} {metric_text(name.replace(' ', '_'), value)}" for name, value in last.items()} <= set(parts)


def test_survival_shows_how_many_are_solved_and_when(subjects):
    result = subjects["xor"].result
    drawn = texts(ABLE["survival"](subjects["xor"], Room(80)))
    solved = sorted(epoch for epoch in result.solving_epochs if epoch is not None)
    assert f"⠒⠒⠒⠒ {len(solved)} of 20 solved" in drawn[-2]
    assert drawn[-1] == f"half solved by epoch   {solved[9] if len(solved) > 9 else '–'}"
    (ended,) = [place for place, (_, row) in enumerate(axes(drawn)) if row.endswith("+")]
    assert ended == round(10 * len(solved) / 20)


def test_survival_of_variants_carries_their_letters(cli, xor):
    few = ["activation=tanh,relu", "--seeds", "6", "training.epochs=200"]
    code, out, err = cli("compare", xor, *few, "--json")
    assert code == 0, err
    solved = {own["label"]: sum(own["result"]["solved"]) for own in json.loads(out)["variants"]}
    code, out, err = cli("plot", "compare-xor-activation", "--terminal")
    assert code == 0, err
    for label, letter in zip(sorted(solved, key=solved.__getitem__, reverse=True), "ab", strict=True):
        assert f"⠒⠒{letter}⠒⠒ {label} {solved[label]} of 6 solved" in out
        assert any(letter in row for _, row in axes(out.splitlines()))
    code, _, err = cli("plot", "compare-xor-activation", "--terminal", "--kind", "intervals")
    assert (code, "Kinds that can: survival" in err) == (2, True)


def test_a_line_is_where_its_values_are():
    chart = Chart(Scale(0, 1, "x"), Scale(0, 10, "y"), Room(40), rows=11)
    chart.line(np.array([0.0, 1.0]), np.array([7.0, 7.0]))
    rows = [row.strip() for _, row in axes(texts(chart.lines()))]
    assert [10 - row for row, drawn in enumerate(rows) if drawn] == [7]


@pytest.mark.parametrize("values", [[-1e308, 1e308], [2.0], [np.nan], [1e-300, 1e300], [0.0, np.inf]])
def test_numbers_of_any_size_are_drawn(values):
    x, y = np.linspace(0, 1, len(values)), np.array(values)
    chart = Chart(Scale.of([x], "x"), Scale.of([y], "y", is_log=True), Room(40))
    chart.band(x, y, y)
    chart.line(x, y)
    chart.letters(np.stack([x, y], axis=1), "o")
    assert {len(line) for line in texts(chart.lines())[:-2]} == {40}


def test_the_map_shows_what_the_network_predicts(subjects):
    subject = subjects["moons"].only((1,))
    drawn = texts(ABLE["boundary"](subject, Room(80)))
    chart = [row for _, row in axes(drawn)]
    sides = []
    for column, count in ((0, len(chart[0])), (1, len(chart))):
        values = np.concatenate([data.inputs[:, column] for data in subject.splits.values()])
        margin = 0.1 * np.ptp(values)
        sides.append(np.linspace(values.min() - margin, values.max() + margin, count))
    grid = np.stack([side.ravel() for side in np.meshgrid(sides[0], sides[1][::-1])], axis=1)
    predicted = classes(subject.outputs(grid)[0])
    shown = list("".join(chart))
    sure = [(shade, own) for shade, own in zip(shown, predicted, strict=True) if shade in " ░"]
    assert len(sure) > len(shown) / 2
    agree = np.mean([(shade == "░") == (own == 1) for shade, own in sure])
    assert agree > 0.98  # a character is not where its middle is to the last digit
    accuracy = subject.result.metrics["test_accuracy"][1]
    assert f"test accuracy {metric_text('test_accuracy', accuracy, subject.result.rows['test'])}" in drawn[-1]


@pytest.mark.parametrize("name", ["moons", "sine"])
def test_ascii_is_enough(subjects, name):
    room = Room(80, dots=False)
    drawn = [
        own
        for kind in ("curves", {"moons": "boundary", "sine": "fit"}[name])
        for own in ABLE[kind](subjects[name], room)
    ]
    assert "".join(texts(drawn)[1:]).isascii()
    assert any("--- train" in line for line in texts(drawn))


def test_a_poor_terminal_gets_ascii_and_matplotlib_is_not_loaded(nncli, subjects):
    probe = "import sys; from nncli.cli.main import main\ntry: main()\nfinally: print('matplotlib' in sys.modules)"
    drawn = ["plot", subjects["moons"].run.path, "--terminal"]
    code, out, err = nncli(*drawn, program=("-c", probe), env={"PYTHONIOENCODING": "latin-1"})
    assert (code, err) == (0, "")
    assert out.isascii()
    assert out.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["--kind", "confusion"], ["confusion cannot be drawn in a terminal", "Kinds that can: curves, boundary"]),
        (["--kind", "fit"], ["fit needs one or two numbers as input"]),
        (["--kind", "curve"], ["Did you mean 'curves'?"]),
        (["--out", "pictures"], ["--terminal and --out cannot be combined"]),
        (["--format", "svg"], ["--terminal and --format cannot be combined"]),
        (["--seed", "9"], ["no seed 9"]),
    ],
)
def test_what_a_terminal_cannot_show_is_said(cli, subjects, arguments, sentences):
    code, out, err = cli("plot", subjects["moons"].run.path, "--terminal", *arguments)
    assert (code, out) == (2, "")
    assert all(sentence in err for sentence in sentences), err
