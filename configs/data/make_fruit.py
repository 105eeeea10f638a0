"""Writes fruit.csv beside itself: apples, pears and quinces that never grew.

    python configs/data/make_fruit.py

A fruit is about an ellipsoid, so its mass is π/6 length * width² * density. Pears are longer than wide and sink in
water, apples are wider than long and float, quinces lie between. The three overlap, as fruit do.

The file has the same bytes everywhere: of its generator Python promises `random()` to stay as it is, but not `gauss()`.
"""

import csv
import math
from pathlib import Path
from random import Random

HEADER = ("number", "mass_g", "length_mm", "width_mm", "fruit")

FRUIT = {  # mean and standard deviation of width in mm, of length / width, and of density in g/cm³
    "apple": ((74, 6), (0.92, 0.06), (0.80, 0.05)),
    "pear": ((68, 6), (1.28, 0.10), (1.01, 0.05)),
    "quince": ((77, 7), (1.08, 0.07), (0.92, 0.05)),
}


def normal(random: Random, mean: float, std: float) -> float:
    """A number that is nearly normal: the sum of twelve uniform ones has variance 1 (central limit theorem)."""
    return mean + std * (math.fsum(random.random() for _ in range(12)) - 6)


def rows(count: int = 300, seed: int = 0) -> list[tuple[str, ...]]:
    """As many rows under `HEADER`."""
    random, names = Random(seed), list(FRUIT)  # noqa: S311 (measurements, not secrets)
    made: list[tuple[str, ...]] = []
    for number in range(1, count + 1):
        name = names[int(random.random() * len(names))]
        width, ratio, density = (normal(random, mean, std) for mean, std in FRUIT[name])
        length = ratio * width
        mass = math.pi / 6 * length * width**2 * density / 1000
        made.append((str(number), f"{mass:.0f}", f"{length:.1f}", f"{width:.1f}", name))
    return made


if __name__ == "__main__":
    with Path(__file__).with_name("fruit.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows()])
