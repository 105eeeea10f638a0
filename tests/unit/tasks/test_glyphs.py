"""Glyphs: the drawings, where their ink goes, and how hard they are to tell apart."""

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from nncli.seeds import Purpose, stream
from nncli.tasks import tasks
from nncli.tasks.glyphs import bilinear, blurred, drawings

SEVEN = """
............
............
...######...
.......##...
.......##...
......##....
......##....
.....##.....
.....##.....
.....##.....
............
............
"""


def glyphs(**options):
    return tasks.get("glyphs")(**options).data()


def test_at_difficulty_0_an_image_is_its_drawing():
    data = glyphs(difficulty=0.0, samples=30)
    assert data.inputs.shape == (30, 12, 12, 1)
    assert [["#" if pixel else "." for pixel in row] for row in data.inputs[7, :, :, 0]] == [
        list(line) for line in SEVEN.split()
    ]
    assert set(data.inputs.reshape(-1)) == {0.0, 1.0}
    assert np.array_equal(data.inputs[:10], data.inputs[10:20])
    assert np.array_equal(data.targets, np.tile(np.eye(10), (3, 1)))
    assert data.class_names == tuple("0123456789")


def test_no_two_drawings_are_alike():
    difference = np.abs(drawings()[:, None] - drawings()).sum(axis=(2, 3))
    assert difference[~np.eye(10, dtype=bool)].min() >= 4


@pytest.mark.parametrize("size", [8, 12, 28, 32])
def test_an_image_of_any_size_shows_all_of_its_drawing(size):
    image = glyphs(difficulty=0.0, size=size, samples=10).inputs[..., 0]
    assert image.shape == (10, size, size)
    ink = image.sum(axis=(1, 2)) * (12 / size) ** 2
    np.testing.assert_allclose(ink, drawings().sum(axis=(1, 2)), rtol=0.1)
    assert not image[:, [0, -1]].any()


def test_values_between_pixels_are_those_of_scipy():
    rng = np.random.default_rng(3)
    images = np.pad(rng.random((4, 6, 5)), ((0, 0), (1, 1), (1, 1)))
    y, x = rng.uniform(-2, 9, (4, 7, 7)), rng.uniform(-2, 8, (4, 7, 7))
    expected = [ndimage.map_coordinates(image, place, order=1) for image, *place in zip(images, y, x, strict=True)]
    np.testing.assert_allclose(bilinear(images, y, x), expected, atol=1e-14)


def test_blur_is_that_of_scipy_and_keeps_the_ink():
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    expected = [ndimage.convolve(image, weights, mode="constant") for image in drawings()]
    np.testing.assert_allclose(blurred(drawings()), expected, atol=1e-15)
    np.testing.assert_allclose(blurred(drawings()).sum(), drawings().sum())


@pytest.mark.parametrize(
    ("pose", "matrix", "shift"),
    [
        ([0, 0, 0, 0], [[1, 0], [0, 1]], [0, 0]),
        ([1, 0, 0, 0], [[1, 0], [0, 1]], [1.5, 0]),
        ([0, -0.5, 0, 0], [[1, 0], [0, 1]], [0, -0.75]),
        ([0, 0, 1, 0], [[1.25, 0], [0, 1.25]], [0, 0]),
        ([0, 0, 0, 1], np.array([[15, 8], [-8, 15]]) / 17, [0, 0]),
        ([0.2, 0.4, -1, -1], 0.75 * np.array([[15, -8], [8, 15]]) / 17, [0.3, 0.6]),
    ],
)
def test_a_pose_moves_the_ink(pose, matrix, shift):
    """A place p of the drawing is seen at matrix p + shift, both from the centre, in pixels of a drawing."""
    task: Any = tasks.get("glyphs")(size=24)
    y, x = task.places(np.array([[*pose, 0.0]]), (12, 10))
    seen = np.stack([y[0] - 5.5, x[0] - 4.5], axis=-1) @ np.transpose(matrix) + shift
    pixel = (np.arange(24) - 11.5) / 2
    np.testing.assert_allclose(seen, np.stack(np.meshgrid(pixel, pixel, indexing="ij"), axis=-1), atol=1e-14)


def test_the_harder_the_images_the_less_the_mean_of_a_digit_says():
    def accuracy(difficulty):
        data = glyphs(difficulty=difficulty, samples=3000)
        x, label = data.inputs.reshape(3000, -1), data.targets.argmax(axis=1)
        means = np.stack([x[:2000][label[:2000] == digit].mean(axis=0) for digit in range(10)])
        nearest = ((x[2000:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        return np.mean(nearest == label[2000:])

    easy, usual, hard = accuracy(0.0), accuracy(0.5), accuracy(1.0)
    assert easy == 1.0
    assert 0.3 < hard < usual - 0.1 < 0.85


def test_images_are_ink_on_paper():
    images = glyphs(difficulty=1.0).inputs
    assert (images.min(), images.max()) == (0.0, 1.0)


def test_an_image_is_its_drawing_blurred_moved_and_noisy():
    task: Any = tasks.get("glyphs")(samples=1003, difficulty=0.8, seed=4)
    pose = stream(4, Purpose.DATA, task.KEY, 0).uniform(-0.8, 0.8, (1003, 5))[-1:]
    noise = stream(4, Purpose.DATA, task.KEY, 1).standard_normal((1003, 12, 12))[-1]
    share, two = np.abs(pose[0, 4]), drawings()[2:3]
    ink = (1 - share) * two + share * blurred(two)
    moved = bilinear(ink, *task.places(pose, (12, 10)))[0]
    np.testing.assert_allclose(task.data().inputs[-1, ..., 0], np.clip(moved + 0.16 * noise, 0, 1), atol=1e-14)
