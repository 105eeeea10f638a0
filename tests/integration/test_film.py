"""`nncli plot --film`: what is drawn at each epoch is what the recorded weights give, on scales that stay."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.contour import ContourSet
from PIL import Image, ImageSequence

from nncli.experiments.predict import predict
from nncli.experiments.train import run
from nncli.experiments.weights_history import read_history
from nncli.pictures import hidden
from nncli.pictures.film import staged
from nncli.pictures.hidden import last_hidden
from nncli.pictures.one_network import chosen
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.report.plots import film as plots
from nncli.runs.directory import RunDirectory

TRAINING = "{epochs: 4, learning_rate: 0.1, stop: {solved: false}, record: [weights]}"
CONFIGS = {
    "plane": f"task: {{moons: {{samples: 12}}}}\narchitecture: [3]\ntraining: {TRAINING}\nseeds: 2\n",
    "line": "task: {function: {expression: sin(x), samples: 12}}\narchitecture: [2]\n"
    f"training: {TRAINING}\nseeds: 2\n",
}


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    """A finished run of each config."""
    found = {}
    for name, text in CONFIGS.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
        path = run(folder / f"{name}.yaml", runs_dir=folder).path
        found[name] = subject_of(RunDirectory.open(path))
    return found


def gids(axes):
    return {artist.get_gid(): artist for artist in axes.get_children() if artist.get_gid()}


def frames(subject, kind, most):
    """Each epoch with the figure as it is then."""
    epochs, stage = staged(subject, KINDS[kind], most=most)
    for k, epoch in enumerate(epochs):
        stage.show(k)
        yield epoch, stage.figure


def scales(figure):
    """The limits of all axes, where they are, where titles are and their size, and the limits of all colors."""
    axes = [(own.get_xlim(), own.get_ylim(), own.get_position().bounds) for own in figure.axes]
    texts = [(own.get_position(), own.get_fontsize()) for own in (*figure.texts, *(own.title for own in figure.axes))]
    maps = [own for panel in figure.axes for own in (*panel.images, *panel.collections) if own.get_array() is not None]
    return axes, texts, [own.get_clim() for own in maps if not isinstance(own, ContourSet)]


@pytest.mark.parametrize(
    ("name", "kind"), [("plane", "boundary"), ("plane", "hidden"), ("plane", "weights"), ("line", "fit")]
)
def test_all_pictures_of_a_film_have_the_same_scales_and_their_epoch(name, kind, subjects):
    found = [(epoch, figure.get_suptitle(), scales(figure)) for epoch, figure in frames(subjects[name], kind, most=3)]
    assert [epoch for epoch, _, _ in found] == [0, 2, 4]
    assert all(f"epoch {epoch}" in title for epoch, title, _ in found)
    assert [own for _, _, own in found] == [found[0][2]] * 3


def test_a_boundary_is_that_of_the_recorded_weights(subjects):
    subject = subjects["plane"]
    history = read_history(subject.run)
    for epoch, figure in frames(subject, "boundary", most=2):
        trained = history.trained(history.epochs.index(epoch))
        data = subject.splits["train"]
        (outputs,) = predict(trained, [trained.signature.data(data.inputs)])
        for axes, own in zip(figure.axes, outputs, strict=False):
            wrong = (own[:, 0] >= 0.5) != data.targets[:, 0]
            np.testing.assert_allclose(gids(axes)["wrong train"].get_xydata(), data.inputs[wrong])


def test_a_fit_is_that_of_the_recorded_weights(subjects):
    subject = subjects["line"]
    history = read_history(subject.run)
    for epoch, figure in frames(subject, "fit", most=2):
        trained = history.trained(history.epochs.index(epoch))
        line = next(own for own in figure.axes[0].get_lines() if own.get_gid() == "prediction")
        x, y = np.asarray(line.get_xydata())[:100].T
        (outputs,) = predict(trained, [trained.signature.data(x[:, None])])
        np.testing.assert_allclose(np.median(outputs[..., 0], axis=0), y, atol=1e-6)


def test_maps_of_weights_are_those_recorded(subjects):
    subject = subjects["plane"]
    plain = np.load(subject.run.path / "weights-history.npz")
    row = subject.seeds.index(chosen(subject)[0])
    for epoch, figure in frames(subject, "weights", most=2):
        maps = {gid: own for axes in figure.axes for gid, own in gids(axes).items() if gid.startswith("map")}
        k = plain["epochs"].tolist().index(epoch)
        expected = np.vstack([plain["W1"][row, k], plain["b1"][row, k]])
        np.testing.assert_array_equal(np.asarray(maps["map W1"].get_array()), expected)


def test_a_moment_of_rows_that_are_not_finite_says_so(subjects, monkeypatch):
    computed = []

    def lost(network, inputs):
        computed.append(network)
        return last_hidden(network, inputs) * (np.nan if len(computed) == 3 else 1)  # before training, 0, and 2

    monkeypatch.setattr(hidden, "last_hidden", lost)
    for epoch, figure in frames(subjects["plane"], "hidden", most=3):
        texts = [own.get_text() for own in figure.axes[1].texts]
        assert texts == (["not finite"] if epoch == 2 else [])


def test_it_ends_when_all_seeds_have_stopped(tmp_path):
    (tmp_path / "short.yaml").write_text(
        "task: and\ntraining: {epochs: 900, learning_rate: 0.5, record: [weights]}\nseeds: 3\n", "utf-8"
    )
    finished = run(tmp_path / "short.yaml", runs_dir=tmp_path)
    last = max(finished.result.epochs)
    assert last < 900
    epochs, _ = staged(subject_of(RunDirectory.open(finished.path)), KINDS["boundary"], most=3)
    assert [epochs[0], epochs[-1]] == [0, last]


def test_the_command_writes_an_animated_file_that_holds_its_last_picture(subjects, cli, tmp_path):
    path = subjects["line"].run.path
    code, out, err = cli("plot", path, "--film", "--kind", "fit", "--out", tmp_path)
    assert (code, err) == (0, "")
    assert out.strip() == str(tmp_path / "fit-film.gif")
    content = (tmp_path / "fit-film.gif").read_bytes()
    assert len(content) <= plots.LARGEST
    with Image.open(io.BytesIO(content)) as film:
        assert film.info["loop"] == 0
        times = [own.info["duration"] for own in ImageSequence.Iterator(film)]
    assert times == [plots.SHOWN] * 4 + [plots.HELD]
    _, stage = staged(subjects["line"], KINDS["fit"])
    assert plots.animated(stage) == content


def test_a_film_that_is_too_large_has_fewer_pixels_and_then_fewer_pictures(subjects, monkeypatch):
    _, stage = staged(subjects["line"], KINDS["fit"])
    sizes = {}
    for most in (plots.LARGEST, 40_000, 25_000):
        monkeypatch.setattr(plots, "LARGEST", most)
        content = plots.animated(stage)
        assert len(content) <= most
        with Image.open(io.BytesIO(content)) as film:
            sizes[most] = film.width, len([*ImageSequence.Iterator(film)])
    assert [*sizes.values()] == [(770, 5), (350, 5), (350, 3)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kind", "curves"], "curves cannot be filmed: it does not show the weights of one epoch"),
        (["--kind", "boundary"], "boundary needs two numbers as inputs"),
        (["--kind", "fti"], "Did you mean 'fit'?"),
        (["--format", "svg"], "--film and --format cannot be combined"),
        (["--terminal"], "--terminal and --film cannot be combined"),
    ],
)
def test_what_cannot_be_filmed(arguments, said, subjects, cli):
    code, out, err = cli("plot", subjects["line"].run.path, "--film", *arguments)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_without_recorded_weights_it_says_how_to_record_them(subjects, cli, tmp_path):
    config = subjects["line"].run.path / "config.yaml"
    path = run(config, ["training.record=[]"], runs_dir=tmp_path).path
    code, out, err = cli("plot", path, "--film")
    assert (code, out) == (2, "")
    assert f"Record them in a new run: nncli train {path}/config.yaml 'training.record=[weights]'" in " ".join(
        err.split()
    )
