"""What networks of one or two inputs compute."""

from __future__ import annotations

import numpy as np
import pytest
import textbook

from svg.compared import ABOUT, NEAR, SHADE, grid_of, same, same_set, same_shades
from svg.file import rgb


def boundary(picture, run):
    splits, classes = run.subject.splits, [*picture.legend][:2]
    for seed in run.result["seeds"]:
        panel = picture.panel(f"seed {seed}")

        def chance(points, seed=seed):
            return textbook.sigmoid(textbook.forward(run.layers(seed), points)[1][-1])[:, 0]

        for split, data in splits.items():
            target = data.targets[:, 0]
            for c, name in enumerate(classes):
                same_set(panel, panel.marks(f"{split} {name}"), data.inputs[target == c])
            same_set(panel, panel.marks(f"wrong {split}"), data.inputs[(chance(data.inputs) >= 0.5) != target])
        (contour,) = (gid for gid in panel.gids if gid.startswith("QuadContour"))
        edge = np.concatenate(panel.lines(contour))
        np.testing.assert_allclose(chance(edge), 0.5, atol=0.02)
        W, b, _ = run.layers(seed)[0]
        for ends, w, c in zip(panel.lines("hidden unit"), W.T, b, strict=True):
            assert np.abs(ends @ w + c).max() < NEAR * np.abs(w).sum() * max(panel.x.step, panel.y.step)
        grid = grid_of(panel, 120)
        same_shades(panel, picture, grid, chance(panel.data(grid)), 2 * SHADE)  # a tint of the scale of all seeds
    panel = picture.panel("all seeds")
    grid = grid_of(panel, 60)
    votes = run.outputs(panel.data(grid))[..., 0] >= 0.5
    same_shades(panel, picture, grid, votes.mean(axis=0))


def boundary_of_many(picture, run):
    """The regions of the classes are in their colors, and the map of all seeds has the votes of most."""
    splits, seeds = run.subject.splits, run.result["seeds"]
    classes = [*picture.legend][: splits["train"].targets.shape[1]]
    inks = np.array([rgb(picture.legend[name]["fill"]) for name in classes])
    assert [own.names[0] for own in picture.panels if own.names[0].startswith("seed ")] == [
        f"seed {seed}" for seed in seeds[:5]
    ]
    for place, seed in enumerate(seeds[:5]):
        panel = picture.panel(f"seed {seed}")
        for split, data in splits.items():
            target, predicted = data.targets.argmax(axis=1), run.outputs(data.inputs)[place].argmax(axis=1)
            for c, name in enumerate(classes):
                same_set(panel, panel.marks(f"{split} {name}"), data.inputs[target == c])
            same_set(panel, panel.marks(f"wrong {split}"), data.inputs[predicted != target])
        grid = grid_of(panel, 120)
        apart = np.linalg.norm(panel.pixels.at(*grid.T)[:, None, :3] - inks, axis=2)
        assert (apart.argmin(axis=1) == run.outputs(panel.data(grid))[place].argmax(axis=1)).all()
    panel = picture.panel("all seeds")
    grid = grid_of(panel, 60)
    votes = run.outputs(panel.data(grid)).argmax(axis=2)
    shares = np.array([(votes == c).mean(axis=0) for c in range(len(classes))])
    same_shades(panel, picture, grid, shares.max(axis=0))


def fit_of_one(picture, run):
    panel, below = picture.panel(run.subject.splits["train"].target_names[0]), picture.panel("target -")
    drawn = panel.line("prediction")
    outputs = run.outputs(drawn[:, :1])[..., 0]
    same(panel, drawn, np.stack([drawn[:, 0], np.median(outputs, axis=0)], axis=1), ABOUT)
    x = panel.line("function")[:, 0]
    same(panel, panel.line("function"), np.stack([x, np.sin(x)], axis=1), ABOUT)
    outline = panel.area("band")
    low, high = np.percentile(run.outputs(outline[:, :1])[..., 0], (5, 95), axis=0)
    off = np.minimum(np.abs(outline[:, 1] - low), np.abs(outline[:, 1] - high))
    assert off.max() < ABOUT * panel.y.step
    for split in run.subject.splits:
        inputs, targets = run.rows(split, picture)
        x, target = inputs[:, 0], targets[:, 0]
        same_set(panel, panel.marks(split), np.stack([x, target], axis=1))
        left = target - run.outputs(inputs)[..., 0]
        same_set(below, below.marks(f"residuals {split}"), np.stack([x, np.median(left, axis=0)], axis=1))
        ends = np.percentile(left, (5, 95), axis=0).T
        for own, at, (low, high) in zip(below.lines(f"band {split}"), x, ends, strict=True):
            same_set(below, own, np.array([[at, low], [at, high]]))


def fit_of_two(picture, run):
    for name in ("target", "prediction", "target - prediction"):
        panel = next(own for own in picture.panels if name in own.names)
        grid = grid_of(panel, 60)
        x, y = panel.data(grid).T
        with np.errstate(invalid="ignore"):
            target = x * y + np.sqrt(x + 1)
        predicted = np.median(run.outputs(np.stack([x, y], axis=1))[..., 0], axis=0)
        expected = {"target": target, "prediction": predicted, "target - prediction": target - predicted}
        same_shades(panel, picture, grid, expected[name])


def fit_of_rows(picture, run):
    """Without a formula, the target is known at the rows alone."""
    inputs, targets = run.rows("train", picture)
    left = targets[:, 0] - np.median(run.outputs(inputs)[..., 0], axis=0)
    for name, values in (("target", targets[:, 0]), ("target - prediction", left)):
        (panel,) = (own for own in picture.panels if name in own.gids)
        same(panel, panel.marks(name), inputs)
        scale = picture.scale(panel)
        found = scale.numbers(panel.fills(name))
        np.testing.assert_allclose(found, values, rtol=0, atol=SHADE * np.ptp(scale.values))


def regions_of_two(picture, run):
    seed = run.shown_seed(picture)
    for name, moment in (("initial weights", 0), ("final weights", None)):
        panel = picture.panel(name)
        (W, b, _), (out, _, _) = run.layers(seed, moment)
        facets = panel.lines("facets")
        middle = np.array([corners.mean(axis=0) for corners in facets])
        slopes = ((middle @ W + b > 0) * out[:, 0]) @ W.T
        steepness = np.hypot(*slopes.T)
        scale = picture.scale(panel)
        found = scale.numbers(panel.fills("facets"))
        np.testing.assert_allclose(found, steepness, rtol=0, atol=SHADE * np.ptp(scale.values))
        assert sum(map(size, facets)) == pytest.approx(np.prod(np.ptp(panel.data(np.array(panel.box)), axis=0)))
        heights = textbook.forward(run.layers(seed, moment), middle)[1][-1][:, 0] - (slopes * middle).sum(axis=1)
        functions = np.unique(np.column_stack([slopes, heights]).round(6), axis=0)
        assert f"{name}: {len(functions)} linear region" in picture.text


def size(corners):
    """The area of a polygon, by the shoelace formula."""
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def regions_of_one(picture, run):
    seed = run.shown_seed(picture)
    for name, moment in (("initial weights", 0), ("final weights", None)):
        panel, layers = picture.panel(name), run.layers(seed, moment)
        pieces = [panel.line(gid) for gid in panel.gids if gid.startswith("region ")]
        points = np.concatenate(pieces)
        low, high = points[:, 0].min(), points[:, 0].max()
        bends = -layers[0][1] / layers[0][0][0]
        ends = np.array([low, *np.unique(bends[(bends > low) & (bends < high)]), high])
        expected = np.column_stack([ends, textbook.forward(layers, ends[:, None])[1][-1]])
        same_set(panel, panel.marks("kinks"), expected[1:-1])
        same_set(panel, np.unique(points.round(9), axis=0), expected)
        assert f"{name}: {len(pieces)} linear region" in picture.text


CHECKS = {
    ("moons", "boundary"): boundary,
    ("sine", "fit"): fit_of_one,
    ("plane", "fit"): fit_of_two,
    ("rows", "fit"): fit_of_rows,
    ("blobs", "boundary"): boundary_of_many,
    ("xor", "regions"): regions_of_two,
    ("sine", "regions"): regions_of_one,
}
