"""Rows and the batches they are served in."""

from __future__ import annotations

import numpy as np
import pytest
from samples import build, data, linear, same

from nncli.errors import UserError
from nncli.seeds import Purpose, stream
from nncli.training.data import Batches, Rows
from nncli.training.settings import piece_sizes


def rows_of(n, dtype=np.float64):
    """Rows whose targets are their own numbers."""
    network = build(linear(1), dtype=dtype)
    numbers = np.arange(float(n))[:, None]
    return Rows.of(network, "regression", np.repeat(numbers, 3, axis=1), numbers)


def served(batches, epoch):
    return [(x.copy(), y.copy()) for x, y in batches.epoch(epoch)]


def test_rows_have_a_replica_axis_a_column_of_ones_and_the_networks_dtype():
    rows = rows_of(4, np.float32)
    assert rows.x.shape == (1, 4, 4)
    assert rows.y.shape == (1, 4, 1)
    assert (rows.x[..., -1] == 1).all()
    assert (rows.x.dtype, rows.y.dtype) == (np.float32, np.float32)
    assert len(rows) == 4
    assert rows.target_range == 3.0


@pytest.mark.parametrize(
    ("kind", "targets", "expected"),
    [
        ("regression", [[-1.0], [0.5], [3.0]], 4.0),
        ("regression", [[2.0], [2.0]], 1.0),
        ("regression", [[2.0, 5.0], [2.0, 5.0]], 3.0),
        ("regression", [[0.3], [0.1 + 0.2]], 1.0),
        ("regression", [[1.7e308], [-1.7e308]], np.finfo(float).max),
        ("binary", [[0.0], [1.0]], 1.0),
        ("binary", [[1.0], [1.0]], 1.0),
        ("classes", [[1.0, 0.0], [1.0, 0.0]], 1.0),
        ("classes", [[1.0], [1.0]], 1.0),
    ],
)
def test_the_range_of_the_targets_is_never_zero(kind, targets, expected):
    network = build(linear(len(targets[0])))
    assert Rows.of(network, kind, np.ones((len(targets), 3)), np.array(targets)).target_range == expected


@pytest.mark.parametrize("which", ["inputs", "targets"])
def test_numbers_that_the_dtype_does_not_have_are_refused(which):
    inputs, targets = np.ones((4, 3)), np.ones((4, 1))
    (inputs if which == "inputs" else targets)[2, 0] = 1e39
    with pytest.raises(UserError) as error:
        Rows.of(build(linear(1), dtype=np.float32), "regression", inputs, targets)
    assert str(error.value) == "the data has numbers beyond the range of float32. Try dtype=float64."
    assert len(Rows.of(build(linear(1), dtype=np.float64), "regression", inputs, targets)) == 4


@pytest.mark.parametrize(
    ("rows", "batch_size", "sizes"),
    [(10, 10, [10]), (10, 99, [10]), (10, 5, [5, 5]), (10, 4, [4, 4, 2]), (3, 1, [1, 1, 1]), (1, 1, [1])],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_every_row_is_served_once_in_contiguous_batches(rows, batch_size, sizes, shuffle):
    batches = Batches(rows_of(rows), batch_size, shuffle, seeds=(0, 1))
    assert batches.steps == len(sizes)
    assert piece_sizes(rows, batch_size) == set(sizes)
    for epoch in (1, 2):
        found = []
        for x, y in batches.epoch(epoch):
            assert x.flags.c_contiguous
            assert y.flags.c_contiguous
            assert (x[..., :3] == y).all()
            found.append(np.broadcast_to(y[..., 0], (2, y.shape[1])).copy())
        assert [y.shape[1] for y in found] == sizes
        for r in range(2):
            assert sorted(np.concatenate(found, axis=1)[r]) == list(range(rows))


def test_a_full_batch_is_not_copied_and_batches_of_one_size_are_the_same_arrays():
    """A network is bound to them once."""
    rows = rows_of(10)
    ((x, y),) = Batches(rows, 10, True, seeds=(0, 1)).epoch(1)
    assert x is rows.x
    assert y is rows.y
    for shuffle in (False, True):
        batches = Batches(rows, 4, shuffle, seeds=(0, 1))
        first, second, short = [*batches.epoch(1)]
        assert first[0] is second[0] is next(iter(batches.epoch(2)))[0]
        assert first[1] is second[1] is not short[1]


def test_the_order_is_the_seeds_own_stream_of_the_epoch():
    batches = Batches(rows_of(10), 4, True, seeds=(5, 2))
    for epoch in (3, 1):
        order = np.concatenate([y[..., 0] for _, y in served(batches, epoch)], axis=1)
        for r, seed in enumerate((5, 2)):
            assert order[r].tolist() == stream(seed, Purpose.SHUFFLE, epoch).permutation(10).tolist()


@pytest.mark.parametrize("kept", [[1], [2, 0]], ids=str)
def test_keep_in_the_middle_of_an_epoch(kept):
    whole, reduced = (Batches(rows_of(10), 4, True, seeds=(5, 2, 7)) for _ in range(2))
    expected = served(whole, 1)
    batches = iter(reduced.epoch(1))
    next(batches)
    reduced.keep(np.array(kept))
    for x, y in expected[1:]:
        a, b = next(batches)
        assert same(a, x[kept])
        assert same(b, y[kept])


def test_samples_do_not_hide_the_targets():
    network = build(linear(2))
    X, y, rows = data(network, 6)
    assert np.array_equal(rows.x[0, :, :3], X)
    assert np.array_equal(rows.y[0], y)
