"""Whether the data in a picture are some numbers: as near as someone could tell who looks at it with a magnifier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from svg.file import Panel, Picture

Numbers = NDArray[np.float64]

NEAR, ABOUT = 0.01, 0.2
"""Points, 1/72 inch, between a mark and its number; and where a line of many points is drawn with fewer."""
SHADE = 0.012
"""The share of a scale of colors by which a color may be off."""


def same(panel: Panel, found: Numbers, expected: Numbers, within: float = NEAR) -> None:
    """Points (N, 2) in the axes, in their order."""
    np.testing.assert_allclose(panel.places(found), panel.places(expected), rtol=0, atol=within)


def same_set(panel: Panel, found: Numbers, expected: Numbers) -> None:
    """Points in any order."""
    assert found.shape == expected.shape
    if len(found):
        apart = np.linalg.norm((found[:, None] - expected) / [panel.x.step, panel.y.step], axis=2)
        assert max(apart.min(axis=0).max(), apart.min(axis=1).max()) < NEAR


def same_shades(panel: Panel, picture: Picture, places: Numbers, expected: Numbers, off: float = SHADE) -> None:
    """Values of a map at places (N, 2); it has none where they are NaN, and those beyond the scale are at its ends."""
    scale = picture.scale(panel)
    low, high = scale.values.min(), scale.values.max()
    known = np.isfinite(expected)
    found = scale.numbers(panel.pixels.at(*places.T))
    assert (np.isfinite(found) == known).all()
    own, other = (np.clip(values[known], low, high) for values in (found, expected))
    if scale.is_log:
        own, other, low, high = (np.log(values) for values in (own, other, low, high))
    np.testing.assert_allclose(own, other, rtol=0, atol=off * (high - low))


def kept(of_seeds: list[Numbers]) -> Numbers:
    """Values (R, E), where a seed that has stopped keeps its last one."""
    filled = np.array(of_seeds)
    for own in filled:
        known = np.flatnonzero(np.isfinite(own))
        if len(known):
            own[known[-1] :] = own[known[-1]]
    return filled


def band(outline: Numbers) -> Numbers:
    """The lower and the upper end of a band at each x (N, 3)."""
    places = outline[:, 0].round(9)
    at = [outline[places == x, 1] for x in np.unique(places)]
    return np.column_stack([np.unique(places), [own.min() for own in at], [own.max() for own in at]])


def steps(line: Numbers) -> Numbers:
    """Where each step of a curve begins, and its height (N, 2)."""
    return np.array([[x, line[line[:, 0] == x][-1, 1]] for x in np.unique(line[:, 0])])


def grid_of(panel: Panel, side: int) -> Numbers:
    """Positions (N, 2) on a grid of this number of points on each side, without those at its border."""
    x, y = (np.linspace(low, high, side)[1:-1] for low, high in zip(*panel.box, strict=True))
    return np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
