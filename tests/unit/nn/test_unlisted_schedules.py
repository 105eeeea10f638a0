"""The schedules that no config names: a range test's, and another one over another number of epochs."""

from __future__ import annotations

import pytest

from nncli.nn.schedules import factor_at
from nncli.nn.schedules.cosine import Cosine
from nncli.nn.schedules.exponential import Exponential
from nncli.nn.schedules.rescaled import Rescaled
from nncli.nn.schedules.rising import Rising


@pytest.mark.parametrize("schedule", [Exponential(rate=0.9), Cosine(), Cosine(warmup=20)])
def test_a_rescaled_schedule_has_the_same_factors_sooner(schedule):
    short = Rescaled(schedule, 100, 10)
    for step in (1, 11, 15, 51, 91):
        whole = factor_at(schedule, 10 * (step - 1) + 1, 10, 100)
        assert factor_at(short, step, 10, 10) == pytest.approx(whole, abs=0.051)  # of the step within a warm-up


def test_a_rate_rises_by_the_same_factor_in_each_step():
    rising = Rising(1e4, 5, steps_per_epoch=3)
    factors = [factor_at(rising, step, 3, 2) for step in range(1, 6)]
    assert factors == pytest.approx([1, 10, 100, 1000, 10000])
