"""`nncli plot`, of the network of one seed: the numbers drawn are those of `weights.npz`."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from legibility import faults

from nncli.experiments.train import run
from nncli.pictures.kind import chosen as fitting
from nncli.pictures.kind import draw
from nncli.pictures.one_network import chosen
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import subject_of
from nncli.report.plots.network import THICKEST
from nncli.report.plots.style import NARROW, WIDE
from nncli.runs.directory import RunDirectory

XOR = Path("configs/xor.yaml").resolve()
SHORT = ["training.epochs=2", "training.stop.solved=false"]

FEW = ["training.validation=0.4", "training.test=0.5"]

CONFIGS = {
    "xor": ["architecture=[2]", "seeds=3"],
    "moons": ["architecture=[8, batch_norm, {residual: [8]}, 3]", "training.standardize=true"],
    "csv_example": ["architecture=[1]"],
    "sine": ["architecture=[5]", "output.bias=false"],
    "digits_conv": ["architecture=[batch_norm, {conv: {filters: 16}}, {conv: {filters: 4}}, flatten]", *FEW],
    "adding_lstm": ["task={adding_problem: {length: 5, samples: 60}}", "architecture=[{lstm: 3}]"],
    "digits_attention": ["architecture=[{position: {kind: learned}}, attention, flatten]", *FEW],
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Trains a run when it is asked for."""
    folder = tmp_path_factory.mktemp("runs")

    def subject(name):
        ended = run(Path(f"configs/{name}.yaml").resolve(), [*SHORT, *CONFIGS[name]], runs_dir=folder)
        return subject_of(RunDirectory(ended.path))

    return cache(subject)


def drawn(subject, kind, width=WIDE):
    ((_, figure),) = draw(subject, KINDS, [kind], width)
    found = {}
    for axes in figure.axes:
        for artist in [*axes.lines, *axes.collections, *axes.images, *axes.patches]:
            found.setdefault(artist.get_gid(), []).append(artist)
    return figure, found


def weights(subject):
    seed, _ = chosen(subject)
    with np.load(subject.run.path / "weights.npz") as archive:
        row = list(archive["seeds"]).index(seed)
        return {name: archive[name][row].astype(float) for name in archive["names"]}


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("kind", ["hidden", "weights", "network"])
def test_every_layer_can_be_drawn_and_read(trained, kind, name):
    for width in (WIDE, NARROW):
        figure, _ = drawn(trained(name), kind, width)
        assert faults(figure) == []


def test_a_single_hidden_unit_is_drawn_beside_the_class(trained):
    _, found = drawn(trained("csv_example"), "hidden")
    for c in range(3):
        assert {*np.asarray(found[f"class {c}"][1].get_ydata())} == {c}


@pytest.mark.parametrize("name", ["moons", "digits_conv", "adding_lstm", "digits_attention"])
def test_maps_and_spreads_hold_the_weights(trained, name):
    W = weights(trained(name))
    figure, found = drawn(trained(name), "weights")
    known = [own.removeprefix("map ") for own in found if own and own.startswith("map ")]
    matrices = [own for own in W if W[own].ndim > 1]
    assert (known == matrices) or (len(known) == 6 and f"6 of {len(matrices)}" in title(figure))
    limits = set()
    for own in known:
        (image,) = found[f"map {own}"]
        values, extent = image.get_array(), image.get_extent()
        has_bias = own.startswith("W") and own != "W2" * (name == "digits_conv")
        bias = W.get(own.replace("W", "b"), np.zeros(0)) if has_bias else np.zeros(0)
        if name == "digits_conv" and own == "W2":
            np.testing.assert_array_equal(np.sort(values.compressed()), np.sort(W[own].ravel()))
        else:
            whole = np.vstack([W[own].reshape(-1, W[own].shape[-1]), *([bias] if len(bias) else [])])
            rows, columns = (np.linspace(0, size - 1, min(size, 128)).round().astype(int) for size in whole.shape)
            np.testing.assert_array_equal(values, whole[np.ix_(rows, columns)])
            assert extent == [0.5, whole.shape[1] + 0.5, whole.shape[0] + 0.5, 0.5]
        limits.add(image.get_clim())
        (last,), (first,) = found[f"last {own}"], found[f"first {own}"]
        counts, edges, _ = last.get_data()
        np.testing.assert_array_equal(counts, np.histogram(W[own], edges)[0])
        assert first.get_data().values.sum() == W[own].size
    ((low, high),) = limits
    assert low == -high


def test_the_filters_of_the_first_convolution_are_tiles(trained):
    subject, W = trained("digits_conv"), weights(trained("digits_conv"))["W2"]
    _, found = drawn(subject, "weights")
    sheet = np.asarray(found["map W2"][0].get_array().filled(np.nan))
    for f in range(16):
        y, x = 4 * (f // 4), 4 * (f % 4)
        np.testing.assert_allclose(sheet[y : y + 3, x : x + 3], W[:, :, 0, f])


@pytest.mark.parametrize("name", ["sine", "csv_example"])
def test_a_diagram_has_a_line_for_each_weight_and_bias(trained, name):
    W = weights(trained(name))
    _, found = drawn(trained(name), "network")
    most = max(np.abs(own).max() for own in W.values())
    for layer in (1, 2):
        own = np.vstack([W[f"W{layer}"], *([W[f"b{layer}"]] if f"b{layer}" in W else [])])
        for sign, gid in ((1, "positive"), (-1, "negative"), (0, "zero")):
            (lines,) = found[f"{gid} {layer}"]
            expected = np.abs(own[np.sign(own) == sign])
            assert len(lines.get_segments()) == len(expected)
            if sign:
                np.testing.assert_allclose(np.array(lines.get_linewidths()) / THICKEST * most, expected, rtol=1e-5)
            assert all((dashes is None) == (sign == 1) for _, dashes in lines.get_linestyles() if len(expected))


def test_other_networks_are_blocks_with_arcs_for_their_skip_connections(trained):
    subject = trained("moons")
    figure, found = drawn(subject, "network")
    assert "skip 3 5" in found
    texts = {text.get_gid(): text.get_text() for text in figure.axes[0].texts}
    parameters = sum(int(text) for gid, text in texts.items() if gid and gid.startswith("parameters"))
    assert parameters == subject.result.parameters
    assert f"{parameters} parameters" in title(figure)


def test_what_needs_first_weights_that_are_gone_is_left_out(cli, tmp_path):
    first = run(XOR, ["training.epochs=2"], runs_dir=tmp_path).path
    second = run(XOR, ["training.epochs=2", f"training.start.run={first}"], runs_dir=tmp_path).path
    assert {"weights", "flow"} <= {*fitting(subject_of(RunDirectory(second)), KINDS)}
    (first / "weights.npz").unlink()
    left = {*fitting(subject_of(RunDirectory(second)), KINDS)}
    assert "boundary" in left
    assert not left & {"hidden", "weights", "network", "flow", "loss_surface"}
    code, _, err = cli("plot", str(second), "--kind", "weights")
    assert (code, "the weights that training started from" in err.replace("\n  ", " ")) == (2, True)


def test_the_seed_drawn_is_the_first_solved_or_that_of_the_median_loss(tmp_path):
    ended = run(Path("configs/xor.yaml"), ["seeds=5", "training.epochs=150", "architecture=[2]"], runs_dir=tmp_path)
    subject = subject_of(RunDirectory(ended.path))
    solved = [seed for seed, epoch in zip(subject.seeds, subject.result.solving_epochs, strict=True) if epoch]
    assert solved
    assert chosen(subject) == (solved[0], "lowest-numbered solved of 5 seeds")
    unsolved = tuple(seed for seed in subject.seeds if seed not in solved)
    losses = dict(zip(subject.seeds, subject.result.metrics["train_loss"], strict=True))
    middle = sorted(unsolved, key=lambda own: losses[own] or 0.0)[(len(unsolved) - 1) // 2]
    assert chosen(replace(subject, seeds=unsolved)) == (middle, f"median loss of {len(unsolved)} seeds")
    assert chosen(subject_of(subject.run, seed=1)) == (1, "")
