"""Splits: every row once, in order, in proportion; and scales that know the train part only."""

import itertools

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.tasks import TaskData, tasks
from nncli.tasks.data_json import Signature
from nncli.tasks.splits import Splits, split, standardize


def regression(rows):
    """Rows that carry their own number."""
    number = np.arange(rows, dtype=np.float64)[:, None]
    return TaskData("regression", number, -number, ("x",), ("f",), complete=True)


def labelled(kind, sizes):
    """Rows of several classes, interleaved by a fixed shuffle."""
    labels = np.random.Generator(np.random.PCG64(5)).permutation(np.repeat(np.arange(len(sizes)), sizes))
    targets = np.eye(len(sizes))[labels] if kind == "classes" else labels[:, None].astype(np.float64)
    return TaskData(kind, np.arange(len(labels), dtype=np.float64)[:, None], targets, ("x",), ("y",))


def parts(splits):
    return [part for part in (splits.train, splits.validation, splits.test) if part is not None]


def numbers(part):
    return part.inputs[:, 0].tolist()


@pytest.mark.parametrize(
    ("rows", "validation", "test", "sizes"),
    [
        (10, 0.2, 0.1, [7, 2, 1]),
        (10, 0.0, 0.3, [7, None, 3]),
        (10, 0.3, 0.0, [7, 3, None]),
        (150, 0.2, 0.2, [90, 30, 30]),
        (4, 0.1, 0.0, [3, 1, None]),
        (3, 0.01, 0.01, [1, 1, 1]),
        (7, 0.5, 0.25, [1, 4, 2]),
    ],
)
def test_sizes_are_rounded_and_never_zero(rows, validation, test, sizes):
    splits = split(regression(rows), validation, test, seed=0)
    found = [part and len(part.inputs) for part in (splits.train, splits.validation, splits.test)]
    assert found == sizes
    assert not splits.train.complete


def test_without_held_out_parts_the_data_is_untouched():
    data = regression(5)
    splits = split(data, 0.0, 0.0, seed=9)
    assert splits.train is data
    assert splits.validation is splits.test is None


@pytest.mark.parametrize("kind", ["binary", "classes"])
@pytest.mark.parametrize(
    ("sizes", "validation", "test", "counts"),
    [
        ([50, 50], 0.2, 0.2, [[30, 30], [10, 10], [10, 10]]),
        ([90, 10], 0.2, 0.1, [[63, 7], [18, 2], [9, 1]]),
        ([5, 5], 0.3, 0.0, [[3, 4], [2, 1]]),
        ([3, 3], 0.34, 0.33, [[1, 1], [1, 1], [1, 1]]),
    ],
)
def test_classes_keep_their_proportion(kind, sizes, validation, test, counts):
    for seed in range(5):
        found = parts(split(labelled(kind, sizes), validation, test, seed))
        labels = [part.targets.argmax(axis=1) if kind == "classes" else part.targets[:, 0] for part in found]
        assert [[int(np.sum(part == label)) for label in range(2)] for part in labels] == counts


@pytest.mark.parametrize(
    ("sizes", "validation", "test", "counts"),
    [
        ([40, 1], 0.2, 0.0, [[32, 1], [8, 0]]),
        ([1, 40], 0.0, 0.5, [[1, 20], [0, 20]]),
        ([30, 2], 0.2, 0.2, [[19, 1], [6, 0], [5, 1]]),
        ([30, 3], 0.1, 0.1, [[26, 1], [2, 1], [2, 1]]),
        ([50, 9, 1], 0.0, 0.2, [[40, 7, 1], [10, 2, 0]]),
        ([50, 9, 1, 20], 0.1, 0.1, [[40, 7, 1, 16], [5, 1, 0, 2], [5, 1, 0, 2]]),
        ([2, 2, 2], 0.5, 0.0, [[1, 1, 1], [1, 1, 1]]),
        ([3, 1], 0.75, 0.0, [[1, 0], [2, 1]]),
    ],
)
def test_what_can_be_stratified_is(sizes, validation, test, counts):
    kinds = ("classes", "binary")[: 1 + (len(sizes) == 2)]
    for kind, seed in itertools.product(kinds, range(5)):
        found = parts(split(labelled(kind, sizes), validation, test, seed))
        labels = [part.targets.argmax(axis=1) if kind == "classes" else part.targets[:, 0] for part in found]
        here = [[int(np.sum(part == label)) for label in range(len(sizes))] for part in labels]
        assert here == counts or (sum(counts[0]) < len(sizes) and sum(here[0]) == sum(counts[0]))


def test_where_a_class_is_left_out_chance_decides_which():
    lacking = {split(labelled("binary", [2, 2]), 0.25, 0.0, seed).validation.targets[0, 0] for seed in range(20)}
    assert lacking == {0.0, 1.0}


def test_splits_that_hold_every_class_keep_their_rows():
    """Recorded when a class too rare for some split ended the stratification of all."""
    data = labelled("classes", [50, 30, 9])
    found = split(data, 0.2, 0.1, seed=3)
    assert numbers(found.validation) == [3, 4, 10, 13, 18, 19, 21, 38, 41, 44, 49, 54, 64, 65, 69, 70, 73, 83]
    assert numbers(found.test) == [33, 42, 46, 52, 61, 62, 66, 75, 88]
    assert numbers(split(data, 0.1, 0.0, seed=3).validation) == [33, 42, 46, 52, 61, 62, 66, 75, 88]


def test_a_truth_table_can_be_split():
    splits = split(tasks.get("xor")().data(), 0.25, 0.0, seed=0)
    assert [len(part.inputs) for part in parts(splits)] == [3, 1]


def test_the_seed_decides_which_rows():
    chosen = [numbers(split(regression(100), 0.2, 0.0, seed).validation) for seed in (1, 1, 2)]
    assert chosen[0] == chosen[1] != chosen[2]


def test_every_row_is_held_out_equally_often():
    counts = np.zeros(10)
    for seed in range(1000):
        counts[np.array(numbers(split(regression(10), 0.2, 0.0, seed).validation), dtype=int)] += 1
    assert np.all(np.abs(counts / 1000 - 0.2) < 4 * (0.2 * 0.8 / 1000) ** 0.5)


@pytest.mark.parametrize(
    ("rows", "validation", "test", "words"),
    [
        (10, -0.1, 0.0, "validation is -0.1"),
        (10, 1.0, 0.0, "validation is 1.0"),
        (10, 0.0, float("nan"), "test is nan"),
        (10, 0.5, 0.5, "leaves nothing to train on"),
        (1, 0.5, 0.0, "1 rows cannot be divided into 2 parts"),
        (2, 0.1, 0.1, "2 rows cannot be divided into 3 parts"),
        (4, 0.9, 0.0, "4 rows cannot be divided into 2 parts"),
    ],
)
def test_impossible_splits_are_refused(rows, validation, test, words):
    with pytest.raises(UserError) as caught:
        split(regression(rows), validation, test, seed=0)
    assert words in str(caught.value)


def test_standardizing_uses_the_train_part_only():
    def part(*columns):
        inputs = np.array(columns, dtype=np.float64).T
        return TaskData("regression", inputs, inputs[:, :1].copy(), ("x", "y"), ("f",))

    given_parts = Splits(part([1, 3], [0.1, 0.1]), None, part([5, 2], [0.1, 1.1]))
    done = standardize(given_parts)
    assert done.train.inputs.tolist() == [[-1, 0], [1, 0]]
    assert done.test.inputs.tolist() == [[3, 0], [0, 1]]
    assert done.validation is None
    assert done.test.targets.tolist() == [[5], [2]]
    assert given_parts.train.inputs.tolist() == [[1, 0.1], [3, 0.1]]


@pytest.mark.parametrize("rows", [2, 3, 7, 100])
def test_a_standardized_train_part_has_mean_0_and_deviation_1_unless_constant(rows):
    x = np.stack([1e6 + np.arange(rows) ** 2, np.full(rows, 0.1), np.linspace(-1e-9, 0, rows)], axis=1)
    data = TaskData("regression", x, x[:, :1], ("a", "b", "c"), ("f",))
    inputs = standardize(Splits(data)).train.inputs
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=1e-8)
    np.testing.assert_allclose(inputs.std(axis=0), [1, 0, 1], rtol=1e-8)
    assert np.all(inputs[:, 1] == 0)


@pytest.mark.parametrize("positions", [(5,), (3, 4)])
def test_a_channel_of_sequences_and_images_has_one_scale_for_all_positions(positions):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((20, *positions, 3)) * [2.0, 0.5, 0.0] + [3.0, -1.0, 0.1]
    data = TaskData("regression", x, rng.standard_normal((20, 1)), ("a", "b", "c"), ("f",))
    held_out = TaskData("regression", x[:4] + 1, data.targets[:4], data.input_names, data.target_names)
    done = standardize(Splits(data, held_out))
    scale = [2, 0.5, 1] * np.sqrt([np.var(((x - [3, -1, 0.1]) / [2, 0.5, 1])[..., i]) for i in range(3)])
    scale[2] = 1
    mean = [x[..., 0].mean(), x[..., 1].mean(), 0.1]
    np.testing.assert_allclose(done.train.inputs, (x - mean) / scale, atol=1e-12)
    np.testing.assert_allclose(done.validation.inputs, (x[:4] + 1 - mean) / scale, atol=1e-12)
    assert not done.train.inputs[..., 2].any()


@pytest.mark.parametrize("size", [1e-320, 1e-200, 1e-160, 1.0, 1e154, 1e155, 1.7e308])
def test_inputs_of_any_size_are_standardized_and_told_apart_from_rounding(size):
    x = np.stack([np.array([1, -1, 0.5, 0.25]) * size, [0.3, 0.1 + 0.2, 0.3, 0.3]], axis=1)
    data = TaskData("regression", x, x[:, :1], ("a", "b"), ("f",))
    done = standardize(Splits(data))
    np.testing.assert_allclose(done.train.inputs[:, 0].std(), 1, rtol=1e-3)
    assert done.std is not None
    assert (done.std > 0).all()
    assert done.std[1] == 1
    again = Signature.of(done, tasks.get("sine")()).data(x)
    assert np.array_equal(again.inputs, done.train.inputs)
