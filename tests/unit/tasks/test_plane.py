"""Clouds of points: where they lie without noise, what the noise does, and which class they have."""

import numpy as np
import pytest

from nncli.tasks import tasks

CLOUDS = ["moons", "circles", "spirals", "blobs", "checkerboard"]


def cloud(name, **options):
    return tasks.get(name)(**options).data()


def parts(name, **options):
    """x, y and the class of points without noise."""
    data = cloud(name, noise=0.0, **options)
    label = data.targets[:, 0] if data.kind == "binary" else data.targets.argmax(axis=1)
    return *data.inputs.T, label.astype(int)


def test_moons_are_half_circles_one_end_inside_the_other():
    x, y, label = parts("moons", samples=2000)
    upper, lower = label == 0, label == 1
    np.testing.assert_allclose(np.hypot(x, y)[upper], 1)
    np.testing.assert_allclose(np.hypot(x - 1, y - 0.5)[lower], 1)
    assert y[upper].min() >= 0
    assert y[lower].max() <= 0.5
    for points, centre in ((x[upper], 0), (x[lower], 1)):
        assert points.min() < centre - 0.99
        assert points.max() > centre + 0.99


def test_circles_lie_in_each_other():
    x, y, label = parts("circles", samples=2000)
    np.testing.assert_allclose(np.hypot(x, y), np.where(label == 0, 1, 0.5))
    share, _ = np.histogram(np.arctan2(y, x), bins=8, range=(-np.pi, np.pi))
    assert np.all(np.abs(share / 2000 - 1 / 8) < 4 * (7 / 64 / 2000) ** 0.5)


@pytest.mark.parametrize("turns", [0.5, 1.0, 2.0, 3.25])
def test_an_arm_of_a_spiral_turns_evenly_with_its_radius(turns):
    x, y, label = parts("spirals", turns=turns, samples=2000)
    radius = np.hypot(x, y)
    straight = (x + 1j * y) * np.exp(-2j * np.pi * turns * radius)
    np.testing.assert_allclose(straight, radius * (1 - 2 * label), atol=1e-12)
    assert 0.1 <= radius.min() < 0.15
    assert 0.99 < radius.max() <= 1
    assert abs(np.mean(radius**2) - 0.505) < 4 * 0.99 / (12 * 2000) ** 0.5


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_blobs_have_their_centres_evenly_on_a_circle(classes):
    x, y, label = parts("blobs", classes=classes, samples=10 * classes)
    np.testing.assert_allclose(x + 1j * y, np.exp(2j * np.pi * label / classes), atol=1e-12)


def test_two_blobs_are_yes_or_no_and_more_are_classes():
    assert cloud("blobs", classes=2).kind == "binary"
    three = cloud("blobs", classes=3)
    assert (three.kind, three.class_names, three.target_names) == ("classes", ("0", "1", "2"), ("0", "1", "2"))
    assert three.targets[:4].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("squares", [2, 5])
def test_neighbouring_squares_of_a_checkerboard_differ(squares):
    x, y, label = parts("checkerboard", squares=squares, samples=2000)
    assert np.abs([x, y]).max() <= 1
    column, row = (np.digitize(along, np.linspace(-1, 1, squares + 1)) for along in (x, y))
    colours = {(c, r): set(label[(column == c) & (row == r)]) for c, r in zip(column, row, strict=True)}
    assert len(colours) == squares**2
    assert all(colour == {(c + r) % 2} for (c, r), colour in colours.items())


@pytest.mark.parametrize("name", CLOUDS)
def test_noise_moves_the_points_and_leaves_the_classes(name):
    clean, noisy = (cloud(name, samples=20_000, noise=noise) for noise in (0.0, 0.25))
    moved = noisy.inputs - clean.inputs
    assert np.array_equal(noisy.targets, clean.targets)
    assert np.all(np.abs(moved.mean(axis=0)) < 4 * 0.25 / 20_000**0.5)
    assert np.all(np.abs(moved.std(axis=0) - 0.25) < 4 * 0.25 / 40_000**0.5)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 4 / 20_000**0.5
    assert noisy.input_names == ("x", "y")


@pytest.mark.parametrize("name", CLOUDS)
def test_label_noise_changes_the_classes_of_a_share_of_the_same_points(name):
    clean, half, all_of_it = (cloud(name, samples=20_000, label_noise=share) for share in (0.0, 0.5, 1.0))
    assert np.array_equal(half.inputs, clean.inputs)
    assert np.array_equal(all_of_it.inputs, clean.inputs)
    classes = max(2, clean.targets.shape[1])
    kept = [(noisy.targets == clean.targets).all(axis=1).mean() for noisy in (half, all_of_it)]
    assert kept == pytest.approx([0.5 + 0.5 / classes, 1 / classes], abs=0.015)  # 4 standard errors
    fewer = cloud(name, samples=50, label_noise=0.5)
    assert np.array_equal(fewer.targets, half.targets[:50])


@pytest.mark.parametrize(("classes", "inputs"), [(2, 3), (5, 1)])
def test_random_labels_say_nothing_of_the_inputs(classes, inputs):
    data = cloud("random_labels", classes=classes, inputs=inputs, samples=20_000)
    label = data.targets if data.kind == "binary" else data.targets.argmax(axis=1)[:, None]
    share = np.bincount(label[:, 0].astype(int)) / 20_000
    assert np.all(np.abs(share - 1 / classes) < 4 * (1 / classes / 20_000) ** 0.5)
    assert data.inputs.shape == (20_000, inputs)
    assert np.all(np.abs(np.corrcoef(data.inputs.T, label.T)[-1, :-1]) < 4 / 20_000**0.5)
