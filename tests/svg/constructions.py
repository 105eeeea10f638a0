"""Constructed networks: their parts, and their errors."""

from __future__ import annotations

import numpy as np
import pytest
import textbook

from svg.compared import ABOUT, NEAR, same, same_shades


def construction_of_line(picture, run):
    """The history of the weights begins with those that were constructed."""
    found = run.construction
    panels = [picture.panel(name) for name in ("f", "bump", "network - function", "W2 relu")]
    function, bumps, error, units = panels

    def exact(x):
        values = {"sin(x)": np.sin(x), "sign(x) + x": np.sign(x) + x, "2*x + 1": 2 * x + 1}
        return values[found.formula]

    def output(x, moment=0):
        return textbook.forward(run.layers(0, moment), x[:, None])[1][-1][:, 0]

    (W1, b1, _), (W2, b2, _) = run.layers(0, 0)
    for k, v in enumerate(W2[:, 0]):
        drawn = units.line(f"unit {k}")
        same(units, drawn, np.stack([drawn[:, 0], np.maximum(drawn[:, 0] * W1[0, k] + b1[k], 0) * v], axis=1))
    low, high = found.domain
    x = np.linspace(low, high, 51)[1:-1]
    for panel, gid, rest in ((bumps, "bump ", 0.0), (units, "unit ", b2[0])):
        corners = [panel.line(own).T for own in panel.gids if own.startswith(gid)]
        total = np.sum([np.interp(x, at, y, left=0.0, right=0.0) for at, y in corners], axis=0)
        assert total + rest == pytest.approx(output(x), abs=0.02 * panel.y.step * len(corners))
    bends = -b1 / W1[0]
    corners_at = np.unique([low, *bends[(bends > low) & (bends < high)], high])
    same(function, function.marks("network"), np.stack([corners_at, output(corners_at)], axis=1))

    def clear(points):
        """Those that are not in the middle of a jump."""
        return points[[all(abs(x - low) > 1e-3 for low, _ in found.excluded) for x in points[:, 0]]]

    outline = clear(function.area("band"))
    assert np.abs(np.abs(outline[:, 1] - output(outline[:, 0])) - found.bound).max() < ABOUT * function.y.step
    bounds = [own[0, 1] for own in error.lines("bound")]
    assert bounds == pytest.approx([-found.bound, found.bound], abs=NEAR * error.y.step)
    for panel, gid, moment in ((function, "function", None), (error, "error", 0), (error, "trained", None)):
        drawn = clear(np.concatenate(panel.lines(gid)))
        x = drawn[:, 0]
        values = exact(x) if panel is function else output(x, moment) - exact(x)
        same(panel, drawn, np.stack([x, values], axis=1), ABOUT + 1e-15 / panel.y.step)  # or what rounding makes
    assert np.abs(np.concatenate(error.lines("error"))[:, 1]).max() <= found.bound + NEAR * error.y.step
    jumps = [[own[0, 0] for own in panel.lines("excluded")] for panel in panels[:3]]
    assert jumps == [pytest.approx([(low + high) / 2 for low, high in found.excluded], abs=1e-4)] * 3


def construction_of_ridges(picture, run):
    found = run.construction
    (W1, b1, _), (W2, _, _) = layers = run.layers(0)
    cells = np.linspace(-1, 1, 81)
    points = np.stack([part.ravel() for part in np.meshgrid(cells, cells)], axis=1)
    exact, output = points[:, 0] ** 2 + points[:, 1] / 2, textbook.forward(layers, points)[1][-1][:, 0]
    for title, values in (("contours", exact), ("error", abs(output - exact))):
        panel = picture.panel(title)
        same_shades(panel, picture, panel.places(points), values)
    scale = picture.scale(panel)
    assert scale.values.max() == pytest.approx(found.bound, rel=0.01)
    directions, profile = picture.panel("directions of"), picture.panel("sum of its units")
    ways, of_unit = np.unique(W1.T, axis=0, return_inverse=True)
    ridges = {}
    for k, way in enumerate(ways):
        own = of_unit.ravel() == k
        s = np.linspace(-1, 1, 401) * np.abs(way).sum()
        ridges[k] = way, s, np.maximum(s[:, None] + b1[own], 0) @ W2[own, 0]
    order = sorted(ridges, key=lambda k: -np.ptp(ridges[k][2]))
    for place, k in enumerate(order):
        way, s, values = ridges[k]
        half = way / np.linalg.norm(way) * np.ptp(values) / 2
        same(directions, directions.line(f"direction {place}"), np.stack([-half, half]), 0.05)
        if place < 4:
            drawn = profile.line(f"ridge {place}")
            same(profile, drawn, np.stack([drawn[:, 0], np.interp(drawn[:, 0], s, values)], axis=1), ABOUT)
            assert drawn[[0, -1], 0] == pytest.approx(s[[0, -1]], abs=1e-4)


CHECKS = {
    ("line", "construction"): construction_of_line,
    ("jump", "construction"): construction_of_line,
    ("piece", "construction"): construction_of_line,
    ("ridges", "construction"): construction_of_ridges,
}
