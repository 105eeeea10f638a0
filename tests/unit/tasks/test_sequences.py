"""Sequences: what is asked at their end follows from what was seen."""

import numpy as np
import pytest

from nncli.tasks import tasks


def sequences(name, **options):
    return tasks.get(name)(**options).data()


@pytest.mark.parametrize("length", [1, 2, 9])
def test_parity_is_that_of_the_ones(length):
    data = sequences("temporal_parity", length=length)
    assert data.kind == "binary"
    assert data.inputs.shape == (1000, length, 1)
    assert set(data.inputs.reshape(-1)) == {0.0, 1.0}
    assert [[sum(bits) % 2] for bits in data.inputs[..., 0].tolist()] == data.targets.tolist()
    assert np.all(np.abs(data.inputs.mean(axis=0) - 0.5) < 4 * 0.5 / 1000**0.5)


@pytest.mark.parametrize("length", [2, 3, 10])
def test_the_two_marked_numbers_are_added(length):
    data = sequences("adding_problem", length=length, samples=5000)
    value, mark = data.inputs[..., 0], data.inputs[..., 1]
    assert set(mark.reshape(-1)) <= {0.0, 1.0}
    assert set(mark[:, : length // 2].sum(axis=1)) == set(mark[:, length // 2 :].sum(axis=1)) == {1.0}
    assert (mark.sum(axis=0) > 0).all()
    np.testing.assert_allclose(data.targets[:, 0], (value * mark).sum(axis=1))
    assert 0 <= value.min() < 0.01 < 0.99 < value.max() < 1
    assert abs(np.mean((data.targets - 1) ** 2) - 1 / 6) < 0.02
    assert (data.kind, data.input_names) == ("regression", ("value", "mark"))


@pytest.mark.parametrize(("delay", "symbols"), [(0, 3), (4, 5), (10, 26)])
def test_the_first_symbol_is_recalled_at_the_cue(delay, symbols):
    data = sequences("delayed_recall", delay=delay, symbols=symbols)
    assert data.inputs.shape == (1000, delay + 2, symbols + 1)
    assert (data.inputs.sum(axis=2) == 1).all()
    assert (data.inputs[..., -1] == [0] * (delay + 1) + [1]).all()
    assert np.array_equal(data.targets, data.inputs[:, 0, :-1])
    assert data.input_names == (*data.class_names, "cue")
    assert data.class_names[:3] == ("a", "b", "c")
    share = data.inputs[:, : delay + 1, :-1].mean(axis=(0, 1))
    assert np.all(np.abs(share - 1 / symbols) < 4 * (1 / symbols / 1000 / (delay + 1)) ** 0.5)


def test_of_two_symbols_one_is_yes():
    data = sequences("delayed_recall", symbols=2)
    assert data.kind == "binary"
    assert np.array_equal(data.targets, data.inputs[:, 0, 1:2])


@pytest.mark.parametrize(("length", "horizon"), [(4, 1), (32, 1), (12, 7)])
def test_the_wave_continues_as_the_recurrence_says(length, horizon):
    data = sequences("sine_forecast", length=length, horizon=horizon)
    wave = data.inputs[..., 0]
    # x_(t+1) + x_(t-1) = 2 cos(ω) x_t: the cosine by least squares, then the recurrence up to the horizon.
    middle, around = wave[:, 1:-1], wave[:, 2:] + wave[:, :-2]
    twice_cosine = (middle * around).sum(axis=1) / (middle**2).sum(axis=1)
    before, last = wave[:, -2], wave[:, -1]
    for _ in range(horizon):
        before, last = last, twice_cosine * last - before
    np.testing.assert_allclose(data.targets[:, 0], last, atol=1e-9)
    period = 2 * np.pi / np.arccos(twice_cosine / 2)
    assert 8 <= period.min() < 8.2
    assert 31 < period.max() <= 32
    assert data.inputs.shape == (1000, length, 1)


def test_the_noise_of_a_forecast_is_on_what_is_seen():
    clean, noisy = (sequences("sine_forecast", noise=noise) for noise in (0.0, 0.3))
    assert np.array_equal(clean.targets, noisy.targets)
    assert abs((noisy.inputs - clean.inputs).std() - 0.3) < 4 * 0.3 / 64_000**0.5


@pytest.mark.parametrize("options", [{"samples": 20}, {"samples": 20, "size": 9, "difficulty": 1.0, "seed": 5}])
def test_row_digits_are_glyphs_without_channels(options):
    rows, images = sequences("row_digits", **options), sequences("glyphs", **options)
    assert np.array_equal(rows.inputs[..., None], images.inputs)
    assert np.array_equal(rows.targets, images.targets)
    assert rows.class_names == images.class_names
    assert rows.input_names[:2] == ("x1", "x2")
