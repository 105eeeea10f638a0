"""Point clouds, all but one in the plane, where a network's decision boundary can be plotted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.registry import option
from nncli.tasks import TaskData, tasks
from nncli.tasks.random_task import RandomTask, classified, numbered, samples_option, seed_option, x_names

POSITION, NOISE, LABEL, RELABEL = 0, 1, 2, 3
"""The parts of what is drawn: never renumber."""


def noise_option(default: float) -> Any:
    """The option `noise` with a given default."""
    return option(default, "standard deviation of the Gaussian noise on both coordinates", ge=0)


def label_noise_option() -> Any:
    """The option `label_noise`."""
    return option(0.0, "share of the rows whose class is drawn at random, whatever their inputs; 1: all", ge=0, le=1)


def polar(radius: NDArray[np.float64] | float, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points (r cos φ, r sin φ). Shape (N, 2)."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


class Cloud(RandomTask):
    """The base of labeled points in the plane that are perturbed by noise."""

    __slots__ = ()

    noise: float
    label_noise: float

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """The points (N, 2) before the noise, the class of each (N,), and the number of classes."""
        raise NotImplementedError

    def data(self) -> TaskData:
        """Draw the points: inputs = points + noise * standard normals; then relabel a share `label_noise` of them."""
        points, label, classes = self.points()
        inputs = points + self.noise * self.generator(NOISE).standard_normal(points.shape)
        if self.label_noise > 0:
            chance, drawn = self.generator(RELABEL).random((self.samples, 2)).T
            label = np.where(chance < self.label_noise, (drawn * classes).astype(np.intp), label)
        return classified(inputs, label, ("x", "y"), numbered(classes))


@tasks.register(
    "moons",
    also_called=(
        "make_moons",
        "two_moons",
    ),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Moons(Cloud):
    """Moons: two interleaving half circles.

        y = 0:  (cos t, sin t)                y = 1:  (1 - cos t, 1/2 - sin t)
        t uniform in [0, pi]

    No straight line separates them, but a curve that bends twice does: a few hidden units are enough. With the noise at
    0.3 the moons overlap, and a network with too much capacity fits single points.
    Source: Pedregosa et al. (2011), Scikit-learn, for these numbers.
    """

    KEY: ClassVar[int] = 10
    samples: int = samples_option(400)
    noise: float = noise_option(0.1)
    label_noise: float = label_noise_option()
    seed: int = seed_option()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """Half of them on each moon."""
        label = self.in_turn(2)
        arc = polar(1.0, self.generator(POSITION).uniform(0.0, np.pi, self.samples))
        return np.where(label[:, None] == 0, arc, [1.0, 0.5] - arc), label, 2


@tasks.register("circles", also_called=("make_circles",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Circles(Cloud):
    """Circles: one inside the other, with the same center.

        (r cos t, r sin t),   r = 1 for y = 0,   r = 1/2 for y = 1
        t uniform in [0, 2 pi]

    A boundary must enclose the inner one: with relu units, that takes at least three. With x^2 and
    y^2 as inputs it would be straight.
    Source: Pedregosa et al. (2011), Scikit-learn.
    """

    KEY: ClassVar[int] = 11
    samples: int = samples_option(400)
    noise: float = noise_option(0.08)
    label_noise: float = label_noise_option()
    seed: int = seed_option()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """Half of them on each circle."""
        label = self.in_turn(2)
        angle = self.generator(POSITION).uniform(0.0, 2 * np.pi, self.samples)
        return polar(np.where(label == 0, 1.0, 0.5), angle), label, 2


@tasks.register("spirals", also_called=("two_spirals",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Spirals(Cloud):
    """Spirals: two arms that wind around each other.

        (r cos φ, r sin φ),   φ = 2 pi turns r + pi y
        r^2 uniform in [1/100, 1]

    Along each ray the arms alternate about 2 · turns times, so the boundary is long and a network must bend it
    everywhere at once. The square of the radius, not the radius, is uniform, so the points lie evenly along the
    arms, which get longer from turn to turn.
    Source: Lang & Witbrock (1988), Learning to tell two spirals apart, with three turns and 194 points.
    """

    KEY: ClassVar[int] = 12
    turns: float = option(1.0, "how often an arm winds around the center", gt=0, le=10)
    samples: int = samples_option(400)
    noise: float = noise_option(0.02)
    label_noise: float = label_noise_option()
    seed: int = seed_option()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """Half of them on each arm."""
        label = self.in_turn(2)
        radius = np.sqrt(self.generator(POSITION).uniform(0.01, 1.0, self.samples))
        return polar(radius, 2 * np.pi * self.turns * radius + np.pi * label), label, 2


@tasks.register(
    "blobs",
    also_called=(
        "make_blobs",
        "clusters",
    ),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Blobs(Cloud):
    """Blobs: round Gaussian clouds with evenly spaced centers on a circle.

        class k of n:  (cos φ, sin φ) + noise * ε,   φ = 2 pi k / n
        ε ~ N(0, 1)

    The best boundaries are the straight lines halfway between adjacent blobs, so a network without a hidden layer is
    optimal. The best possible accuracy follows from the noise: adjacent centers are 2 sin(pi / n) apart.
    Source: Fisher (1936), The use of multiple measurements in taxonomic problems, for such classes.
    """

    KEY: ClassVar[int] = 13
    classes: int = option(3, "number of classes", ge=2, le=100)
    samples: int = samples_option(300)
    noise: float = noise_option(0.2)
    label_noise: float = label_noise_option()
    seed: int = seed_option()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """As many of them in each blob."""
        label = self.in_turn(self.classes)
        return polar(1.0, 2 * np.pi * label / self.classes), label, self.classes


@tasks.register("checkerboard")
@dataclass(frozen=True, slots=True, kw_only=True)
class Checkerboard(Cloud):
    """Checkerboard: the color of a square is the class.

        y = (row + column of the square) mod 2,   points uniform in [-1, 1]^2

    Two squares per side are xor with the corners filled in. With more, a few lines do not get far: each wrong
    square is an island, and a network finds the squares one by one.
    Source: Ho & Kleinberg (1996), Building projectable classifiers of arbitrary complexity.
    """

    KEY: ClassVar[int] = 14
    squares: int = option(4, "number of squares along a side", ge=2, le=32)
    samples: int = samples_option(1000)
    noise: float = noise_option(0.0)
    label_noise: float = label_noise_option()
    seed: int = seed_option()

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
        """Evenly over the board."""
        place = self.generator(POSITION).random((self.samples, 2))
        return 2 * place - 1, (place * self.squares).astype(np.intp).sum(axis=1) % 2, 2


@tasks.register("random_labels")
@dataclass(frozen=True, slots=True, kw_only=True)
class RandomLabels(RandomTask):
    """Random labels: inputs and classes that are independent.

        x ~ N(0, 1) for each input,   class uniform among all

    There is nothing to generalize, and on other rows nothing beats chance: what a network gets right it has memorized.
    The number of rows it can learn measures its capacity; a threshold unit of n inputs reaches its limit near 2 n.
    For inputs that have a structure, take another task with `label_noise: 1`.
    Source: Cover (1965), Geometrical and statistical properties of systems of linear inequalities; Zhang, Bengio,
    Hardt, Recht & Vinyals (2017), Understanding deep learning requires rethinking generalization.
    """

    KEY: ClassVar[int] = 15
    classes: int = option(2, "number of classes", ge=2, le=100)
    inputs: int = option(16, "number of inputs", ge=1, le=1000)
    samples: int = samples_option(100)
    seed: int = seed_option()

    def data(self) -> TaskData:
        """Draw the rows."""
        points = self.generator(POSITION).standard_normal((self.samples, self.inputs))
        label = self.generator(LABEL).integers(self.classes, size=self.samples)
        return classified(points, label, x_names(self.inputs), numbered(self.classes))
