"""The epochs that a survival curve shows."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from nncli.analysis.seed_results import SeedResults
from nncli.report.plots.survival import draw_survival


@pytest.mark.parametrize(
    ("solved", "scale", "ends"),
    [
        ((60, 70, 80, np.inf), "log", (48, 2400)),  # one seed was watched to the end: most of the axis would be empty
        ((60, 70, 80, 90), "linear", (0, 92.7)),  # nothing happens after the last one
        ((600, 700, np.inf, np.inf), "linear", (0, 2060)),
        ((np.inf,) * 4, "linear", (0, 2060)),
    ],
)
def test_the_axis_shows_where_something_happens(solved, scale, ends):
    n = len(solved)
    trials = SeedResults("", np.arange(n), np.array(solved, float), np.full(n, 2000.0), np.zeros(n, bool), {})
    axes = Figure().add_subplot()
    draw_survival(axes, [trials])
    assert (axes.get_xscale(), axes.get_xlim()) == (scale, pytest.approx(ends))
