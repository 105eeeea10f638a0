"""Pictures of a network as a function: what is drawn are its outputs, the rows and the function itself."""

from pathlib import Path

import numpy as np
import pytest

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import class_names, classes, subject_of
from nncli.runs.directory import RunDirectory

SHORT = ["training.epochs=6", "training.stop.solved=false", "seeds=3"]


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    table = folder / "plane.csv"
    table.write_text("a,b,c\n" + "".join(f"{k % 9},{k % 7},{k % 5 + k / 99}\n" for k in range(90)), "utf-8")
    configs = {
        "blobs": ("moons", ["task={blobs: {classes: 4}}", "seeds=7", *SHORT[:2]]),
        "table": ("sine", [*SHORT, f"task={{table: {{file: {table}, target: c}}}}"]),
    }
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{config}.yaml"), changes, runs_dir=folder).path))
        for name, (config, changes) in configs.items()
    }


def figure_of(subject, kind, width=7.0):
    ((_, figure),) = draw(subject, KINDS, [kind], width)
    return figure


def drawn(figure, gid):
    """The coordinates of a map and its values; of points, where they are."""
    ((axes, found),) = [(a, own) for a in figure.axes for own in a.collections if own.get_gid() == gid]
    values = np.asarray(np.ma.filled(np.ma.asarray(found.get_array()), np.nan))
    if values.ndim == 1:
        return np.asarray(found.get_offsets()), values
    limits = (axes.get_xlim(), axes.get_ylim())
    sides = [np.linspace(low, high, n) for (low, high), n in zip(limits, values.T.shape, strict=True)]
    return np.stack([side.ravel() for side in np.meshgrid(*sides)], axis=1), values.ravel()


def test_the_map_of_all_seeds_counts_their_votes(subjects):
    subject = subjects["blobs"]
    figure = figure_of(subject, "boundary")
    grid, shares = drawn(figure, "agreement")
    votes = np.array([classes(own) for own in subject.outputs(grid)])
    each = [(votes == c).mean(axis=0) for c in range(votes.max() + 1)]
    np.testing.assert_allclose(shares, np.max(each, axis=0), atol=1e-12)
    assert len([axes for axes in figure.axes if axes.get_title().startswith("seed ")]) == min(5, len(subject.seeds))
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[-2:] == ["misclassified", "hidden unit"]
    assert texts[: len(each)] == [*class_names(subject.splits["train"])]


def test_one_seed_has_no_agreement(drawn_run):
    alone = drawn_run("moons").subject.only((1,))
    assert [axes.get_title() for axes in figure_of(alone, "boundary").axes] == ["seed 1"]


def test_without_a_formula_the_target_is_at_the_rows(subjects):
    subject, figure = subjects["table"], figure_of(subjects["table"], "fit")
    data = subject.splits["train"]
    places, target = drawn(figure, "target")
    np.testing.assert_allclose(places, data.inputs)
    np.testing.assert_allclose(target, data.targets[:, 0])
    median = np.median(subject.outputs(data.inputs)[..., 0], axis=0)
    np.testing.assert_allclose(drawn(figure, "target - prediction")[1], target - median)


def test_a_terminal_cannot_show_a_fit_of_two_inputs(cli, drawn_run):
    code, out, err = cli("plot", drawn_run("plane").path, "--kind", "fit", "--terminal")
    assert (code, out) == (2, "")
    assert "fit cannot be drawn in a terminal. Kinds that can: curves." in err
