"""The network of one seed before and after training."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
import textbook

from svg.compared import NEAR, SHADE, grid_of, same, same_shades


def hidden_of_two(picture, run):
    seed, data = run.shown_seed(picture), run.subject.splits["train"]
    for name, moment in (("before training", 0), ("after training", None)):
        panel = picture.panel(name)
        hidden = textbook.forward(run.layers(seed, moment), data.inputs)[1][1]
        for c in (0, 1):
            same(panel, panel.marks(f"class {c}"), hidden[data.targets[:, 0] == c])
    W, b, _ = run.layers(seed)[-1]
    ends = panel.line("output unit")
    assert np.abs(ends @ W + b).max() < NEAR * np.abs(W).sum() * max(panel.x.step, panel.y.step)
    assert f"epoch {run.result['epochs'][run.result['seeds'].index(seed)]}" in picture.text


def hidden_of_many(picture, run):
    seed, (inputs, targets) = run.shown_seed(picture), run.rows("train", picture)
    for name, moment in (("before training", 0), ("after training", None)):
        panel = picture.panel(name)
        hidden = textbook.forward(run.layers(seed, moment), inputs)[1][1]
        around = hidden - hidden.mean(axis=0)
        _, singular, axes = np.linalg.svd(around, full_matrices=False)
        found, expected = panel.marks("rows"), around @ axes[:2].T
        same(panel, found, expected * np.sign((found * expected).sum(axis=0)))
        shares = np.square(singular) / np.square(singular).sum()
        for own, label in zip(shares[:2], ("first", "second"), strict=True):
            (text,) = [own for own in panel.names if own.startswith(f"{label} principal component")]
            assert float(text.split("\n")[1].split(" %")[0]) == pytest.approx(100 * own, abs=0.06)
    scale = picture.scale(panel)
    shades = scale.numbers(panel.fills("rows"))
    np.testing.assert_allclose(shades, targets[:, 0], rtol=0, atol=SHADE * np.ptp(scale.values))


def weights(picture, run):
    seed = run.shown_seed(picture)
    for place, (last, first) in enumerate(zip(run.layers(seed), run.layers(seed, 0), strict=True)):
        panel = picture.panel(f"W{place + 1}: ")
        whole = np.vstack(last[:2])
        low, high = panel.box
        y, x = (
            low[side] + (high - low)[side] * (np.arange(n) + 0.5) / n
            for side, n in ((1, len(whole)), (0, whole.shape[1]))
        )
        centers = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
        same_shades(panel, picture, centers, whole.ravel())
        numbers = [(float(text), *at) for text, *at in panel.texts if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text)]
        for number, *at in numbers:
            expected = whole.ravel()[np.linalg.norm(centers - at, axis=1).argmin()]
            assert number == pytest.approx(expected, rel=0.06)
        assert len(numbers) in (0, whole.size)
        (below,) = (own for own in picture.panels if f"last W{place + 1}" in own.gids)
        for name, values in (("last", last[0]), ("first", first[0])):
            points = below.line(f"{name} W{place + 1}")
            edges = np.unique(points[:, 0].round(7))
            middles = (edges[1:] + edges[:-1]) / 2
            across = [(a, b) for a, b in pairwise(points) if abs(a[1] - b[1]) < 1e-6]
            heights = [max(a[1] for a, b in across if min(a[0], b[0]) < x < max(a[0], b[0])) for x in middles]
            edges[[0, -1]] += [-1e-4, 1e-4]
            np.testing.assert_allclose(heights, np.histogram(values, edges)[0], atol=1e-3)


def network(picture, run):
    panel, layers = picture.panels[0], run.layers(run.shown_seed(picture))
    text, style = next(own for own in picture.legend.items() if own[0].startswith("positive"))
    per_point = float(text.split()[1]) / float(style["stroke-width"])
    places = [panel.positions(f"units {k}") for k in range(len(layers) + 1)]
    for k, (W, b, _) in enumerate(layers):
        found = np.full((len(W) + 1, len(b)), np.nan)
        for name, sign in (("positive", 1), ("negative", -1), ("zero", 0)):
            for (start, end), own in panel.strokes(f"{name} {k + 1}"):
                apart = np.linalg.norm(places[k] - start, axis=1)
                row = int(apart.argmin()) if apart.min() < 1 else len(W)
                column = int(np.linalg.norm(places[k + 1] - end, axis=1).argmin())
                assert np.isnan(found[row, column])
                found[row, column] = sign * per_point * float(own["stroke-width"])
        np.testing.assert_allclose(found, np.vstack([W, b]), rtol=0.006, atol=1e-3)


def loss_surface(picture, run):
    panel, seed = picture.panels[0], run.shown_seed(picture)
    data = run.subject.splits["train"]
    path = np.array(
        [np.concatenate([part.ravel() for own in run.layers(seed, k) for part in own[:2]]) for k in run.moments()]
    )
    u = path[-1] - path[0]
    along = (path - path[0]) @ u / (u @ u)
    aside = path - path[0] - np.outer(along, u)
    v = np.linalg.svd(aside, full_matrices=False)[2][0] * np.linalg.norm(u)
    drawn = panel.line("path")
    v *= np.sign((aside @ v) @ drawn[:, 1])
    same(panel, drawn, np.stack([along, aside @ v / (u @ u)], axis=1), 0.05)

    def loss(theta):
        layers, at = [], 0
        for W, b, name in run.layers(seed):
            parts = [theta[at : at + W.size].reshape(W.shape), theta[at + W.size : at + W.size + b.size]]
            layers.append((*parts, name))
            at += W.size + b.size
        return float(textbook.binary_cross_entropy(textbook.forward(layers, data.inputs)[1][-1], data.targets)[0])

    grid = grid_of(panel, 41)[::7]
    expected = [loss(path[0] + a * u + b * v) for a, b in panel.data(grid)]
    same_shades(panel, picture, grid, np.array(expected), 2 * SHADE)  # a smooth map, in pixels
    first = run.table("metrics.csv", "seed", "epoch")["train_loss"][seed, 0]
    last = run.result["metrics"]["train_loss"][run.result["seeds"].index(seed)]
    for name, value, place in (("before training", first, 0.0), ("after training", last, 1.0)):
        (text,) = (own for own in picture.legend if own.startswith(name))
        assert float(text.rpartition(" ")[2]) == pytest.approx(value, rel=1e-3)
        same(panel, panel.marks(name), np.array([[place, 0.0]]))


CHECKS = {
    ("xor", "hidden"): hidden_of_two,
    ("xor", "weights"): weights,
    ("xor", "network"): network,
    ("xor", "loss_surface"): loss_surface,
    ("sine", "hidden"): hidden_of_many,
}
