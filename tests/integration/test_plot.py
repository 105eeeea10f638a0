"""`nncli plot`: pictures show the numbers of the run."""

from pathlib import Path

import numpy as np
import pytest

from nncli.experiments.train import run
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.subject import subject_of
from nncli.runs.directory import RunDirectory

SHORT = ["training.epochs=6", "training.stop.solved=false"]


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    configs = {"moons": [*SHORT, "seeds=3"], "sine": [*SHORT, "seeds=3"], "digits_mlp": ["training.epochs=1"]}
    configs["xor"] = ["seeds=20", "activation=relu", "training.epochs=200"]
    return {
        name: subject_of(RunDirectory(run(Path(f"configs/{name}.yaml"), changes, runs_dir=folder).path))
        for name, changes in configs.items()
    }


def drawn(figure, gid):
    (found,) = [line for axes in figure.axes for line in axes.lines if line.get_gid() == gid]
    return np.asarray(found.get_xydata())


@pytest.mark.parametrize(
    ("name", "fitting", "others"),
    [
        ("moons", ["curves", "boundary", "confusion", "roc", "calibration"], ["fit", "residuals"]),
        ("sine", ["curves", "fit", "residuals"], ["boundary", "confusion", "roc"]),
        ("digits_mlp", ["curves", "confusion", "roc", "calibration"], ["boundary", "residuals"]),
    ],
)
def test_all_that_fits_is_drawn(subjects, name, fitting, others):
    drawn = {kind for kind, _ in draw(subjects[name], KINDS)}
    assert ({*fitting} - drawn, {*others} & drawn) == (set(), set())


def test_curves_show_the_median_of_the_table(subjects):
    subject = subjects["moons"]
    (_, figure), *_ = draw(subject, KINDS, ["curves"])
    table = subject.run.open_metrics()
    rows = np.array([*table.rows])
    for metric in ("train_loss", "validation_accuracy"):
        column, epoch = table.columns.index(metric), rows[:, table.columns.index("epoch")]
        expected = [[own, np.median(rows[epoch == own, column])] for own in range(7)]
        np.testing.assert_allclose(drawn(figure, f"median {metric}"), np.array(expected, float))


def test_survival_is_the_share_of_seeds_that_are_not_solved_yet(subjects):
    result = subjects["xor"].result
    ((_, figure),) = draw(subjects["xor"], KINDS, ["survival"])
    solved = np.array([np.inf if epoch is None else epoch for epoch in result.solving_epochs])
    time, share = drawn(figure, "unsolved").T
    assert (time[0], time[-1]) == (0, result.epochs_planned)
    np.testing.assert_allclose(share, [(solved > own).mean() for own in time])
    np.testing.assert_allclose(drawn(figure, "given up"), [[result.epochs_planned, np.isinf(solved).mean()]])


def test_the_boundary_rings_as_many_rows_as_the_result_has_wrong(subjects):
    subject = subjects["moons"]
    (_, figure), *_ = draw(subject, KINDS, ["boundary"])
    for r, axes in enumerate(figure.axes[: len(subject.seeds)]):
        for split, total in subject.result.rows.items():
            (rings,) = [line for line in axes.lines if line.get_gid() == f"wrong {split}"]
            wrong = round(total * (1 - subject.result.metrics[f"{split}_accuracy"][r]))
            assert len(np.asarray(rings.get_xdata())) == wrong


def test_the_confusion_sums_up_to_the_accuracy(subjects):
    for name in ("moons", "digits_mlp"):
        subject = subjects[name]
        (_, figure), *_ = draw(subject, KINDS, ["confusion"])
        texts = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
        right = sum(int(text.split("\n")[0]) for (x, y), text in texts.items() if x == y)
        accuracies = subject.result.metrics["test_accuracy"]
        assert right == round(sum(accuracies) * subject.result.rows["test"])


def test_residuals_are_those_of_the_loss(subjects):
    subject = subjects["sine"]
    alone = subject_of(subject.run, seed=subject.seeds[0])
    (_, figure), *_ = draw(alone, KINDS, ["residuals"])
    error = drawn(figure, "residuals")[:, 1]
    loss = alone.result.metrics["train_loss"][0]  # in float32
    assert np.square(error).mean() == pytest.approx(loss, rel=1e-6)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_pictures_are_written_into_the_run(cli, subjects, form):
    path = subjects["sine"].run.path
    code, out, err = cli("plot", str(path), "--kind", "fit", "--format", form)
    assert (code, Path(out.replace("\n", ""))) == (0, path / f"fit.{form}"), err
    again = (path / f"fit.{form}").read_bytes()
    cli("plot", str(path), "--kind", "fit", "--format", form)
    assert (path / f"fit.{form}").read_bytes() == again
    if form == "svg":
        assert b">prediction<" in again


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--kind", "fit"], "fit needs one or two numbers as input"),
        (["--kind", "bondary"], "Did you mean 'boundary'?"),
        (["--format", "jpg"], "unknown format 'jpg'"),
        (["--seed", "9"], "no seed 9"),
    ],
)
def test_what_cannot_be_drawn_is_said(cli, subjects, arguments, sentence):
    code, _, err = cli("plot", str(subjects["moons"].run.path), *arguments)
    assert (code, sentence in err) == (2, True), err


def test_every_kind_is_documented():
    page = Path("docs/commands.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in page for kind in {*KINDS, *STUDY_KINDS})
