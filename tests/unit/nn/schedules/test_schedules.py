from __future__ import annotations

import math
from itertools import pairwise

import pytest

from nncli.nn.schedules import factor_at, schedules
from nncli.nn.schedules.constant import ConstantSchedule
from nncli.nn.schedules.cosine import Cosine
from nncli.nn.schedules.exponential import Exponential
from nncli.nn.schedules.linear import LinearSchedule
from nncli.nn.schedules.step import StepDecay


@pytest.mark.parametrize(
    ("schedule", "at"),
    [
        (ConstantSchedule(), {0.0: 1.0, 3.7: 1.0, 10.0: 1.0}),
        (StepDecay(every=3, rate=0.5), {0.0: 1.0, 2.99: 1.0, 3.0: 0.5, 5.9: 0.5, 6.0: 0.25, 9.0: 0.125}),
        (Exponential(rate=0.9), {0.0: 1.0, 0.5: math.sqrt(0.9), 1.0: 0.9, 2.0: 0.81, 10.0: 0.3486784401}),
        (Cosine(), {0.0: 1.0, 2.5: (1 + math.sqrt(0.5)) / 2, 5.0: 0.5, 10.0: 0.0}),
        (Cosine(final=0.2), {0.0: 1.0, 5.0: 0.6, 10.0: 0.2}),
        (LinearSchedule(), {0.0: 1.0, 2.5: 0.75, 10.0: 0.0}),
        (LinearSchedule(final=0.2), {0.0: 1.0, 5.0: 0.6, 10.0: 0.2}),
    ],
)
def test_values_over_ten_epochs(schedule, at):
    assert {t: schedule.factor(t, 10) for t in at} == pytest.approx(at, abs=1e-15)


def test_step_drops_at_the_first_step_of_an_epoch():
    assert [factor_at(StepDecay(every=1, rate=0.5), step, 3, 2) for step in range(1, 7)] == [1, 1, 1, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("name", schedules.names())
def test_every_schedule_starts_at_one_and_never_rises(name):
    schedule = schedules.get(name)()
    factors = [schedule.factor(t / 7, 20) for t in range(7 * 20)]
    assert factors[0] == 1
    assert all(type(f) is float and 0 <= f <= 1 for f in factors)
    assert all(later <= earlier for earlier, later in pairwise(factors))


@pytest.mark.parametrize("name", schedules.names())
def test_warmup_is_an_option_of_every_schedule(name):
    schedule = schedules.get(name)
    plain, warm = schedule(), schedule(warmup=1.5)
    rise = [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1, 1]
    expected = [factor_at(plain, k, 4, 10) * r for k, r in enumerate(rise, start=1)]
    assert [factor_at(warm, k, 4, 10) for k in range(1, 9)] == pytest.approx(expected, rel=1e-15)
