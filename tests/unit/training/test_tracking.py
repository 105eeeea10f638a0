"""What is watched while training, each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.training.solved import Solved
from nncli.training.tracking import Best, Cycles

A, B, C = (np.array([[v, -v]]) for v in (1.0, 2.0, 3.0))


def solved_epoch(*epochs, noisy=False, tolerance=0.1):
    """The solved epoch of one replica, given (errors seen in the batches, error at the end) of each epoch."""
    watch = Solved(1, tolerance, noisy)
    for number, (seen, end) in enumerate(epochs, start=1):
        watch.begin_epoch()
        for error in seen:
            if watch.watching:
                watch.see(np.array([error <= tolerance]))
        if watch.promising:
            watch.confirm(number, np.array([end]), untrained=False)
    return watch.epoch_of(0)


@pytest.mark.parametrize(
    ("epochs", "noisy", "expected"),
    [
        ([([0.5], 0.0), ([0.0], 0.0)], False, 2),  # right at its end only: seen as wrong in epoch 1
        ([([0.0], 0.5), ([0.0], 0.0)], False, 2),  # seen as right, spoilt by the last step
        ([([0.0, 0.5], 0.0), ([0.05, 0.1], 0.1)], False, 2),  # one batch wrong; the tolerance counts as right
        ([([0.0], 0.0), ([0.0], 0.0)], False, 1),
        ([([0.0], 0.0), ([0.9], 0.9)], False, 1),  # once solved, solved
        ([([np.nan], 0.0), ([0.0], np.nan)], False, None),
        ([([0.5], 0.0)], True, 1),  # with noise only the end counts
        ([([0.0], 0.5)], True, None),
    ],
)
def test_solved(epochs, noisy, expected):
    assert solved_epoch(*epochs, noisy=noisy) == expected


@pytest.mark.parametrize(("untrained", "expected"), [(False, None), (True, 0)])
def test_epoch_0_counts_only_if_it_is_the_last(untrained, expected):
    watch = Solved(1, 0.1, noisy=False)
    watch.confirm(0, np.array([0.0]), untrained=untrained)
    assert watch.epoch_of(0) == expected


def test_solved_replicas_are_newly_so_once_and_close_the_watch():
    watch = Solved(2, 0.1, noisy=False)
    newly = []
    for number, ends in enumerate([[0.0, 0.5], [0.0, 0.5], [0.5, 0.0]], start=1):
        watch.begin_epoch()
        assert watch.watching
        watch.see(np.ones(2, bool))
        watch.confirm(number, np.array(ends), untrained=False)
        newly.append(watch.newly.tolist())
    assert newly == [[True, False], [False, False], [False, True]]
    assert not watch.watching
    watch.keep(np.array([1]))
    assert watch.epoch_of(0) == 3


@pytest.mark.parametrize(
    ("min_delta", "waited", "epoch"),
    [(0.0, [0, 1, 0, 1, 2], 3), (0.15, [0, 1, 2, 3, 4], 1)],
)
def test_best(min_delta, waited, epoch):
    best = Best(np.zeros((1, 2)), min_delta)
    found = []
    for number, loss in enumerate([0.5, 0.6, 0.4, 0.4, np.nan], start=1):
        found.append(int(best.see(number, np.array([loss]), np.full((1, 2), float(number)))[0]))
    theta = np.full((1, 2), 9.0)
    best.restore(theta, np.array([False]))
    assert theta.tolist() == [[9, 9]]
    best.restore(theta, np.array([True]))
    assert theta.tolist() == [[epoch, epoch]]
    assert (found, best.epoch_of(0)) == (waited, epoch)


def test_best_of_each_replica_and_of_those_kept():
    best = Best(np.zeros((2, 1)), 0.0)
    best.see(1, np.array([0.5, 0.5]), np.array([[1.0], [1.0]]))
    best.see(2, np.array([0.6, 0.4]), np.array([[2.0], [2.0]]))
    assert [best.epoch_of(r) for r in (0, 1)] == [1, 2]
    best.keep(np.array([1]))
    theta = np.zeros((1, 1))
    best.restore(theta, np.array([True]))
    assert theta.tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("thetas", "start"),
    [([A, B, C], None), ([A, B, C, B], 1), ([A, A], 0), ([A, B, A, B], 0), ([A, np.nextafter(A, 9)], None)],
)
def test_cycles(thetas, start):
    watch = Cycles(1)
    for epoch, theta in enumerate(thetas):
        watch.see(epoch, theta)
    assert watch.start_of(0) == start


def test_cycles_of_those_kept():
    watch = Cycles(2)
    watch.see(0, np.concatenate([A, B]))
    watch.keep(np.array([1]))
    watch.see(1, B)
    assert watch.start_of(0) == 0
