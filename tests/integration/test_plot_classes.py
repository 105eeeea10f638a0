"""Pictures of how good classes are told apart, and that any name can be drawn."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.report.plots.style import NARROW, picture
from nncli.runs.directory import RunDirectory

SHORT = ["training.epochs=6", "training.stop.solved=false"]


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    configs = {
        "moons": [*SHORT, "seeds=3", "task.noise=0.4"],
        "digits_mlp": ["training.epochs=1"],
        "perceptron_and": SHORT,
    }
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{name}.yaml"), changes, runs_dir=folder).path))
        for name, changes in configs.items()
    }


def figure_of(subject, kind, width=7.0):
    ((_, figure),) = draw(subject, KINDS, [kind], width)
    return figure


def lines(figure, gid):
    return [np.asarray(line.get_xydata()) for axes in figure.axes for line in axes.lines if line.get_gid() == gid]


def rows_of(subject):
    data = subject.splits["test"]
    return subject.outputs(data.inputs), data.targets


def test_the_roc_of_two_classes_has_a_line_for_each_seed(subjects):
    figure = figure_of(subjects["moons"], "roc")
    outputs, targets = rows_of(subjects["moons"])
    score, yes = outputs[..., -1], targets[:, -1] == 1
    areas = [((s[yes][:, None] > s[~yes]) + (s[yes][:, None] == s[~yes]) / 2).mean() for s in score]
    assert [np.trapezoid(y, x) for x, y in map(np.transpose, lines(figure, "seed"))] == pytest.approx(areas)
    legend = figure.axes[0].get_legend().get_texts()[-1].get_text()
    assert legend.startswith(f"median: {np.median(areas):.3f} [{np.percentile(areas, 5):.3f}")


def test_the_roc_of_ten_classes_is_one_against_the_rest_and_their_mean(subjects):
    figure = figure_of(subjects["digits_mlp"], "roc")
    outputs, targets = rows_of(subjects["digits_mlp"])
    areas = {c: np.mean(outputs[0][yes][:, None, c] > outputs[0][~yes][:, c]) for c, yes in enumerate((targets == 1).T)}
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert texts[-1].startswith(f"macro (mean): {np.mean([*areas.values()]):.3g}")
    worst = min(areas, key=lambda c: areas[c])
    assert f"{worst}: {areas[worst]:.3g}" in texts
    assert sum(bool(lines(figure, f"class {c}")) for c in range(10)) == 10


@pytest.mark.parametrize("name", ["moons", "digits_mlp"])
def test_calibration_counts_every_row_once_and_agrees_with_the_accuracy(subjects, name):
    subject = subjects[name]
    figure = figure_of(subject, "calibration")
    counts = [bar.get_height() for bar in figure.axes[1].patches if bar.get_gid() == "rows in bin"]
    assert sum(counts) == pytest.approx(subject.result.rows["test"])
    (points,) = lines(figure, "reliability")
    observed = points[:, 1] @ counts / sum(counts)
    expected = np.mean(rows_of(subject)[1][:, -1]) if name == "moons" else subject.result.metrics["test_accuracy"][0]
    assert observed == pytest.approx(expected, abs=1e-6)


def test_steps_are_not_probabilities(subjects):
    assert [name for name in ("roc", "calibration") if KINDS[name].fits(subjects["perceptron_and"])] == ["roc"]


NAMES = ["a$b$c", "\u202eevil\x1b", "x" * 10_000, "]]></script>^{$"]


def test_any_name_can_be_drawn(tmp_path):
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal(k % 2):.3f},{rng.normal(k // 2):.3f},{NAMES[k % 4]}" for k in range(80)]
    (tmp_path / "odd.csv").write_text("\n".join([f"${'y' * 10_000}$,b & c\u202e,kind", *rows]) + "\n", "utf-8")
    config = "task: {table: {file: odd.csv, target: kind}}\narchitecture: [4]\n"
    config += "training: {epochs: 3, validation: 0.2, test: 0.2}\nseeds: 2\n"
    (tmp_path / "odd.yaml").write_text(config, "utf-8")
    subject = subject_of(RunDirectory(run(tmp_path / "odd.yaml", runs_dir=tmp_path).path))
    for kind, figure in draw(subject, KINDS, [], NARROW):
        svg = picture(figure, "svg").decode()
        assert "\u202e" not in svg, kind
        for text in figure.findobj(Text):
            assert len(text.get_text()) < 200, kind
        if kind == "confusion":
            assert "a$b$c" in svg
