"""Numbers that pictures show: worked out by hand."""

import numpy as np
import pytest

from nncli.pictures.function import _surface
from nncli.pictures.sweeps import _median
from nncli.report.plots.loss_surface import LossSurface, loss_surface_figure

NAN = float("nan")


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([[0.3], [2.0]], [0.3, 1.0]),
        ([[0.6, 0.4], [0.1, 0.9]], [0.4, 0.9]),  # softmax: the second probability
        ([[0.9, 0.7], [0.2, 0.2]], [0.4, 0.5]),  # linear outputs: below ½ where the first is larger
        ([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]], [2, 0]),
    ],
)
def test_a_map_is_on_the_side_of_the_prediction(outputs, expected):
    assert _surface(np.array(outputs), (1, 2))[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cell", "more_is_better", "expected"),
    [
        ([1, 2, NAN], False, 2),
        ([1, 2, NAN], True, 1),
        ([1, 2, NAN, NAN], False, NAN),
        ([1, 2, 3, 4], False, 2.5),
        ([NAN], True, NAN),
        ([], True, NAN),
    ],
)
def test_a_trial_without_a_number_counts_as_the_worst(cell, more_is_better, expected):
    assert _median(cell, more_is_better=more_is_better) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("loss", [0.0, 2e4, -3.0])
def test_a_loss_that_is_the_same_everywhere_can_be_drawn(loss):
    ends = np.linspace(-1, 1, 5)
    surface = LossSurface(ends, ends, np.full((5, 5), loss), np.zeros((2, 2)), (loss, loss), "aside", "4 rows")
    figure = loss_surface_figure(surface, "same")
    assert figure.axes[0].get_title().startswith("same")
