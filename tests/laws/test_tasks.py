"""What every registered task owes: rows that fit together, always the same ones, and options that do something."""

from __future__ import annotations

import dataclasses
import itertools
import pickle

import numpy as np
import pytest
from samples import allowed, same

from nncli.config.starter import SAMPLES
from nncli.errors import ExitCode, UserError
from nncli.registry import options_of
from nncli.tasks import tasks
from nncli.tasks.random_task import RandomTask
from nncli.tasks.splits import split, standardize


def sample(name):
    """A task with its defaults, and what a starter gives it where there are none."""
    return tasks.get(name)(**SAMPLES.get(name, {}))


def made(name):
    """The rows of a task; where they are not to be had, because a file or a package is absent, the test is skipped."""
    try:
        return sample(name).data()
    except UserError as error:
        if error.code is not ExitCode.DATA:
            raise
        pytest.skip(str(error))


def changed(name, **given):
    """The same with some options changed."""
    return dataclasses.replace(sample(name), **given)


def numbers(name):
    """{option: its default} for the options that are numbers."""
    task = sample(name)
    found = {option: getattr(task, option) for option in options_of(type(task))}
    return {option: value for option, value in found.items() if type(value) in (int, float)}


def rows(data):
    """All that is in the rows, one row after the other."""
    return np.hstack([data.inputs.reshape(len(data.inputs), -1), data.targets])


DRAWN = [name for name in tasks if issubclass(tasks.get(name), RandomTask)]
NUMBERS = [(name, option) for name in tasks for option in numbers(name)]
DRAWN_NUMBERS = [(name, option) for name, option in NUMBERS if name in DRAWN]
ENDS = [
    pytest.param(name, option, value, id=f"{name} {option} {value}")
    for name, option in NUMBERS
    for known in [options_of(tasks.get(name))[option]]
    for step in [1 if type(numbers(name)[option]) is int else 0.01]
    for value in [
        *[end - step for end in [known.ge] if end is not None],
        *[end + step for end in [known.le] if end is not None],
        *[end for end in [known.gt, known.lt] if end is not None],
        *([float("nan"), float("inf")] if type(step) is float else []),
    ]
]

every_task = pytest.mark.parametrize("name", tasks.names())
every_drawn_task = pytest.mark.parametrize("name", DRAWN)


@every_task
def test_rows_are_finite_numbers_of_one_shape(name):
    data = made(name)
    assert data.inputs.dtype == data.targets.dtype == np.float64
    assert data.inputs.ndim in (2, 3, 4)
    assert data.targets.ndim == 2
    assert len(data.inputs) == len(data.targets) > 1
    assert np.isfinite(rows(data)).all()
    assert len(np.unique(rows(data), axis=0)) > 1


@every_task
def test_every_input_and_every_target_has_a_name_of_its_own(name):
    data = made(name)
    assert len(set(data.input_names)) == len(data.input_names) == data.inputs.shape[-1]
    assert len(set(data.target_names)) == len(data.target_names) == data.targets.shape[-1]
    assert len(set(data.class_names)) == len(data.class_names)


@every_task
def test_targets_are_of_their_kind(name):
    data = made(name)
    if data.kind == "binary":
        assert data.targets.shape[1] == 1
        assert set(data.targets[:, 0]) == {0.0, 1.0} or data.complete
    elif data.kind == "classes":
        assert data.targets.shape[1] == len(data.class_names) > 2
        assert set(data.targets.reshape(-1)) == {0.0, 1.0}
        assert (data.targets.sum(axis=1) == 1).all()
        assert (data.targets.sum(axis=0) > 0).all()
    else:
        assert data.kind == "regression"
        assert np.ptp(data.targets) > 0


@every_task
def test_the_rows_are_the_same_every_time(name):
    first, second = made(name), made(name)
    assert same(first.inputs, second.inputs)
    assert same(first.targets, second.targets)
    assert not np.shares_memory(first.inputs, second.inputs)


@every_task
def test_a_task_survives_pickling(name):
    assert pickle.loads(pickle.dumps(sample(name))) == sample(name)


@pytest.mark.parametrize(("name", "option", "value"), ENDS)
def test_a_number_beyond_its_range_is_refused(name, option, value):
    with pytest.raises(UserError, match=f"^{option} is "):
        changed(name, **{option: value})


@every_task
def test_rows_can_be_divided_and_standardized(name):
    data = made(name)
    done = standardize(split(data, 0.25, 0.0, seed=0))
    assert done.train.inputs.shape[1:] == data.inputs.shape[1:]
    assert len(done.train.inputs) + len(done.validation.inputs) == len(data.inputs)
    channels = done.train.inputs.reshape(-1, data.inputs.shape[-1])
    np.testing.assert_allclose(channels.mean(axis=0), 0, atol=1e-10)
    deviation = channels.std(axis=0)
    np.testing.assert_allclose(deviation, np.where(np.ptp(channels, axis=0) == 0, 0.0, 1.0), atol=1e-10)


@pytest.mark.parametrize(("name", "option"), DRAWN_NUMBERS)
def test_every_number_of_a_drawn_task_changes_its_rows(name, option):
    known, value = options_of(tasks.get(name))[option], numbers(name)[option]
    others = [value + 1, value - 1] if type(value) is int else [0.7 * value, 0.4]
    other = next(other for other in others if other != value and allowed(known, other))
    assert not same(rows(made(name)), rows(changed(name, **{option: other}).data()))


@every_drawn_task
def test_a_drawn_task_has_the_rows_it_is_asked_for_and_more_change_none_of_them(name):
    few, many = (rows(changed(name, samples=n).data()) for n in (5, 1234))
    assert (len(few), len(many)) == (5, 1234)
    assert same(few, many[:5])


@every_drawn_task
def test_another_seed_draws_other_rows(name):
    one, two = (changed(name, samples=40, seed=seed).data().inputs.reshape(40, -1) for seed in (1, 2))
    assert np.mean((one == two).all(axis=1)) < 0.2


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(DRAWN, 2)))
def test_two_drawn_tasks_share_a_stream_only_where_one_is_a_form_of_the_other(one, other):
    one, other = tasks.get(one), tasks.get(other)
    assert one.KEY != other.KEY or issubclass(one, other) or issubclass(other, one)
