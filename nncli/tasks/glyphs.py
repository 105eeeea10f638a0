"""Images of digits, drawn rather than collected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.registry import option
from nncli.tasks import TaskData, tasks
from nncli.tasks.random_task import RandomTask, classified, numbered, samples_option, seed_option

DRAWINGS = """
.####.  ..##..  .####.  .####.  ...###
##..##  .###..  ##..##  ##..##  ..####
##..##  ####..  ....##  ....##  .##.##
##..##  ..##..  ...##.  ..###.  ##..##
##..##  ..##..  ..##..  ....##  ######
##..##  ..##..  .##...  ....##  ....##
##..##  ..##..  ##....  ##..##  ....##
.####.  ######  ######  .####.  ....##

######  ..###.  ######  .####.  .####.
##....  .##...  ....##  ##..##  ##..##
##....  ##....  ....##  ##..##  ##..##
#####.  #####.  ...##.  .####.  ##..##
....##  ##..##  ...##.  ##..##  .#####
....##  ##..##  ..##..  ##..##  ....##
##..##  ##..##  ..##..  ##..##  ...##.
.####.  .####.  ..##..  .####.  .###..
"""
"""The digits 0 to 4, and below them 5 to 9."""

UNITS = 12
"""The side of an image in pixels of a drawing."""

MARGIN = 2
"""Empty pixels around a drawing: one that blur may reach, and one that stays empty."""

POSE, NOISE = 0, 1
"""The parts of what is drawn: never renumber."""

SHIFT, SCALE, HALF_TURN, GRAIN = 1.5, 0.25, 0.25, 0.2
"""The limits at difficulty 1: shift (pixels of a drawing), change of scale, tan(angle / 2), deviation of the noise."""

ROWS = 1000
"""The number of images drawn at a time, so that scratch memory does not grow with their number."""


def drawings() -> NDArray[np.float64]:
    """The ten drawings with their margin: 1 where there is ink, else 0. Shape (10, 12, 10)."""
    bands = [band.splitlines() for band in DRAWINGS.strip().split("\n\n")]
    bitmaps = [[line.split()[digit] for line in band] for band in bands for digit in range(5)]
    ink = np.array([[[pixel == "#" for pixel in line] for line in bitmap] for bitmap in bitmaps])
    return np.pad(ink.astype(np.float64), ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))


def blurred(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blurred images: every pixel is the mean of its neighborhood, weighted 1 2 1 down and across.

    Args:
        images: (N, height, width), with an empty border.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    rows = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    return (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4


def bilinear(images: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bilinear interpolation of images whose pixels are at integer coordinates.

        a = (1-v) [(1-u) p00 + u p01] + v [(1-u) p10 + u p11],   u, v = x - floor(x), y - floor(y)

    Args:
        images: (N, height, width); outside, the border is repeated.
        y, x: (N, ...): the coordinates in each.
    """
    n, height, width = images.shape
    y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
    i, j = np.minimum(y.astype(np.intp), height - 2), np.minimum(x.astype(np.intp), width - 2)
    v, u = y - i, x - j
    image = np.arange(n).reshape(n, *[1] * (y.ndim - 1))
    above = (1 - u) * images[image, i, j] + u * images[image, i, j + 1]
    below = (1 - u) * images[image, i + 1, j] + u * images[image, i + 1, j + 1]
    value: NDArray[np.float64] = (1 - v) * above + v * below
    return value


@tasks.register("glyphs")
@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs(RandomTask):
    """Glyphs: images of the digits 0 to 9, randomly shifted, scaled, rotated, blurred and noisy.

        image(p) = ink(center + A (p - center) + shift) + noise,
        clipped to [0, 1]

    A rotates and scales. The difficulty d bounds the draws for each image: shifts up to d/8 of the side each way,
    scales in 1 ± d/4, angles up to 28 d degrees, a share of up to d of the blurred drawing, noise of deviation d/5.
    At 0 there are ten images, always the same; at 1 some are hard even for people. No file is read: the digits
    are ten bitmaps in the source. The digits take turns.
    Shapes: inputs (size, size, 1), 1 for ink and 0 for paper; targets 10 one-hot.
    Source: Simard, Steinkraus & Platt (2003), Best practices for convolutional neural networks, for such distortions.
    """

    KEY: ClassVar[int] = 20
    size: int = option(12, "side of an image in pixels", ge=8, le=32)
    difficulty: float = option(0.5, "how much the images vary, from 0 (not at all) to 1", ge=0, le=1)
    samples: int = samples_option(2000)
    seed: int = seed_option()

    def data(self) -> TaskData:
        """Draw the images."""
        label = self.in_turn(10)
        pose = self.generator(POSE).uniform(-self.difficulty, self.difficulty, (self.samples, 5))
        images = self.generator(NOISE).standard_normal((self.samples, self.size, self.size))
        images *= GRAIN * self.difficulty
        sharp = drawings()
        soft = blurred(sharp)
        for start in range(0, self.samples, ROWS):
            rows = slice(start, start + ROWS)
            share = np.abs(pose[rows, 4])[:, None, None]
            ink = (1 - share) * sharp[label[rows]] + share * soft[label[rows]]
            images[rows] += bilinear(ink, *self.places(pose[rows], ink.shape[1:]))
        np.clip(images, 0.0, 1.0, out=images)
        return classified(images[..., None], label, ("ink",), numbered(10))

    def places(
        self, pose: NDArray[np.float64], drawing: tuple[int, ...]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The position of each pixel of an image in its drawing: y and x, both (N, size, size).

        Args:
            pose: (N, 5): shifts, scale and angle, as fractions of the limits; the last is not used here.
            drawing: height and width.
        """
        down, right, scale, turn = (column[:, None, None] for column in pose.T[:4])
        offset = (np.arange(self.size) - (self.size - 1) / 2) * (UNITS / self.size)
        y, x = offset[:, None] - SHIFT * down, offset - SHIFT * right
        # With t = tan(φ/2), cos φ = (1 - t²) / (1 + t²) and sin φ = 2t / (1 + t²): exact to the bit on every machine.
        t, zoom = HALF_TURN * turn, 1 + SCALE * scale
        cos, sin = (1 - t * t) / (1 + t * t) / zoom, 2 * t / (1 + t * t) / zoom
        return (drawing[0] - 1) / 2 + cos * y - sin * x, (drawing[1] - 1) / 2 + sin * y + cos * x
