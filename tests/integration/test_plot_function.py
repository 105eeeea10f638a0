"""Pictures of a network as a function: what is drawn are its outputs, the rows and the function itself."""

from pathlib import Path

import numpy as np
import pytest

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import MOST_ROWS, class_names, classes, subject_of
from nncli.report.plots.style import NARROW
from nncli.runs.directory import RunDirectory

SHORT = ["training.epochs=6", "training.stop.solved=false", "seeds=3"]
PLANE = "{function: {expression: 'x*y + sqrt(x + 1)', samples: 700, sampling: random, noise: 0.1}}"


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    table = folder / "plane.csv"
    table.write_text("a,b,c\n" + "".join(f"{k % 9},{k % 7},{k % 5 + k / 99}\n" for k in range(90)), "utf-8")
    configs = {
        "moons": ("moons", SHORT),
        "blobs": ("moons", ["task={blobs: {classes: 4}}", "seeds=7", *SHORT[:2]]),
        "sine": ("sine", [*SHORT, "task.noise=0.1", "task.samples=700", "training.test=0.2"]),
        "plane": ("sine", [*SHORT, f"task={PLANE}"]),
        "table": ("sine", [*SHORT, f"task={{table: {{file: {table}, target: c}}}}"]),
        "xor": ("xor", ["seeds=4", "training.epochs=150"]),
    }
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{config}.yaml"), changes, runs_dir=folder).path))
        for name, (config, changes) in configs.items()
    }


def figure_of(subject, kind, width=7.0):
    ((_, figure),) = draw(subject, KINDS, [kind], width)
    return figure


def line(figure, gid):
    (found,) = [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]
    return np.asarray(found.get_xydata()).T


def drawn(figure, gid):
    """The coordinates of a map and its values; of points, where they are."""
    ((axes, found),) = [(a, own) for a in figure.axes for own in a.collections if own.get_gid() == gid]
    values = np.asarray(np.ma.filled(np.ma.asarray(found.get_array()), np.nan))
    if values.ndim == 1:
        return np.asarray(found.get_offsets()), values
    limits = (axes.get_xlim(), axes.get_ylim())
    sides = [np.linspace(low, high, n) for (low, high), n in zip(limits, values.T.shape, strict=True)]
    return np.stack([side.ravel() for side in np.meshgrid(*sides)], axis=1), values.ravel()


@pytest.mark.parametrize("name", ["moons", "blobs"])
def test_the_map_of_all_seeds_counts_their_votes(subjects, name):
    subject = subjects[name]
    figure = figure_of(subject, "boundary")
    grid, shares = drawn(figure, "agreement")
    votes = np.array([classes(own) for own in subject.outputs(grid)])
    each = [(votes == c).mean(axis=0) for c in range(votes.max() + 1)]
    np.testing.assert_allclose(shares, each[1] if name == "moons" else np.max(each, axis=0), atol=1e-12)
    assert len([axes for axes in figure.axes if axes.get_title().startswith("seed ")]) == min(5, len(subject.seeds))
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[-2:] == ["misclassified", "hidden unit"]
    assert texts[: len(each)] == [*class_names(subject.splits["train"])]


def test_one_seed_has_no_agreement(subjects):
    alone = subjects["moons"].only((1,))
    assert [axes.get_title() for axes in figure_of(alone, "boundary").axes] == ["seed 1"]


def test_a_fit_has_the_function_itself_and_its_residuals(subjects):
    subject = subjects["sine"]
    figure = figure_of(subject, "fit")
    x, y = line(figure, "function")
    np.testing.assert_allclose(y, np.sin(x))
    x, y = line(figure, "prediction")
    np.testing.assert_allclose(y, np.median(subject.outputs(x[:, None])[..., 0], axis=0))
    for split, data in subject.splits.items():
        x, residuals = line(figure, f"residuals {split}")
        rows = np.isin(data.inputs[:, 0], x)
        assert rows.sum() == min(len(rows), MOST_ROWS)
        left = data.targets[:, 0] - np.median(subject.outputs(data.inputs)[..., 0], axis=0)
        np.testing.assert_allclose(np.sort(residuals), np.sort(left[rows]))


@pytest.mark.parametrize(("name", "kind"), [("plane", "residuals"), ("sine", "fit")])
def test_of_many_rows_some_are_drawn_and_it_says_how_many(subjects, name, kind):
    subject = subjects[name]
    figure = figure_of(subject, kind)
    total = len(subject.splits["train"].inputs)
    title = figure.get_suptitle() or figure.axes[0].get_title()
    assert title.endswith(f"500 of {total} train rows")
    assert total > MOST_ROWS == len(line(figure, {"residuals": "residuals", "fit": "residuals train"}[kind]).T)
    if kind == "residuals":
        targets, residuals = line(figure, "residuals")
        data = subject.splits["train"]
        left = data.targets[:, 0] - np.median(subject.outputs(data.inputs)[..., 0], axis=0)
        known = dict(zip(data.targets[:, 0], left, strict=True))
        np.testing.assert_allclose(residuals, [known[target] for target in targets], atol=1e-12)


def test_a_fit_of_two_inputs_is_three_maps(subjects):
    subject = subjects["plane"]
    for width in (7.0, NARROW):
        figure = figure_of(subject, "fit", width)
        grid, target = drawn(figure, "target")
        with np.errstate(invalid="ignore"):
            np.testing.assert_allclose(target, grid[:, 0] * grid[:, 1] + np.sqrt(grid[:, 0] + 1), atol=1e-12)
        assert np.isnan(target).any()  # left of x = -1
        prediction = np.median(subject.outputs(grid)[..., 0], axis=0)
        np.testing.assert_allclose(drawn(figure, "prediction")[1], prediction)
        np.testing.assert_allclose(drawn(figure, "target - prediction")[1], target - prediction)


def test_without_a_formula_the_target_is_at_the_rows(subjects):
    subject, figure = subjects["table"], figure_of(subjects["table"], "fit")
    data = subject.splits["train"]
    places, target = drawn(figure, "target")
    np.testing.assert_allclose(places, data.inputs)
    np.testing.assert_allclose(target, data.targets[:, 0])
    median = np.median(subject.outputs(data.inputs)[..., 0], axis=0)
    np.testing.assert_allclose(drawn(figure, "target - prediction")[1], target - median)


def test_the_legend_of_the_curves_counts_solved_seeds(subjects):
    subject = subjects["xor"]
    solved = subject.result.stop_reason.count("solved")
    figure = figure_of(subject, "curves")
    marks = [own for own in figure.axes[0].lines if str(own.get_gid()).startswith("solved seed")]
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert (len(marks), texts[-1]) == (solved, f"solved: {solved} seeds")
    assert solved > 1


def test_a_terminal_cannot_show_a_fit_of_two_inputs(cli, subjects):
    code, out, err = cli("plot", subjects["plane"].run.path, "--kind", "fit", "--terminal")
    assert (code, out) == (2, "")
    assert "fit cannot be drawn in a terminal. Kinds that can: curves." in err
