"""The numbers of a run that `nncli diff` sets side by side."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.analysis.survival import kaplan_meier
from nncli.experiments.run_difference import median_solving_epoch


@pytest.mark.parametrize(
    "epochs", [(87, 97), (5, None), (None, 5, None), (None, None), (3, 1, 2), (58, 73, 87, 97, None, None)]
)
def test_the_median_is_that_of_a_comparison(epochs):
    solved = np.array([epoch is not None for epoch in epochs])
    watched = np.array([epoch or 500 for epoch in epochs])
    assert median_solving_epoch(epochs) == kaplan_meier(watched, solved).median()[0]
