"""Valid configs at random: every part, and every option over all of its range, with its ends."""

from __future__ import annotations

import csv
import dataclasses
import math
import random
import sys
import typing

import numpy as np

from nncli.analysis.metric_names import SCORE
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.experiments.memory import training_bytes
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.registry import Option, options_of
from nncli.report.headline import table
from nncli.tasks import tasks

MEMORY, WORK, LAYERS = 40e6, 6e7, 40
"""The most bytes, multiply-adds of all forward passes, and layers of a config: it trains in a fraction of a second."""

EXTREME = [5e-324, 1e-300, 1e-30, 1e-8, 1e8, 1e30, 1e39, 1e300, sys.float_info.max]
SHARE = 0.15
"""How often a number without an end is one of these."""

EXPRESSIONS = ["x", "x*y", "sin(3*x)", "x**2 + y**2 - z", "1e308*x", "1e-300*x", "exp(x)", "sign(x)", "floor(3*x)", "7"]
"""Of the task `function`."""


class Dice(random.Random):
    """Draws of the options of parts."""

    def often(self, share):
        return self.random() < share

    def whole(self, low, high, default=None):
        """A whole number: mostly a small one, and now and then the largest."""
        ends = [low, low + 1, low + self.randrange(8)] + [default] * isinstance(default, int)
        number = self.choice(ends)
        if high is not None and (self.often(0.05) or number > high):
            return high
        if high is None and self.often(0.03):
            return 2**31
        return number

    def real(self, known, default=None):
        """A number of the range of an option: within it, or one of its ends, or next to an open one."""
        low = known.ge if known.ge is not None else known.gt
        high = known.le if known.le is not None else known.lt
        ends = [low] if known.ge is not None else [math.nextafter(low, math.inf)] if known.gt is not None else []
        ends += [high] if known.le is not None else [math.nextafter(high, -math.inf)] if known.lt is not None else []
        if ends and self.often(SHARE):
            return float(self.choice(ends))
        inside = [x for size in EXTREME for x in (size, -size) if not _outside(x, known)]
        if inside and self.often(SHARE):
            return self.choice(inside)
        if isinstance(default, float) and self.often(0.3):
            return default
        for _ in range(100):
            if not _outside(x := float(f"{self.uniform(-1, 2):.3g}"), known):
                return x
        return float(self.choice(ends))

    def part(self, registry, depth=0, among=None):
        """A part as it is written: its name, or its name and some of its options."""
        name = self.choice(sorted(among or registry.names()))
        part, options = registry.get(name), {}
        hints = typing.get_type_hints(part)
        for field in dataclasses.fields(part):
            known, required = options_of(part)[field.name], field.default is dataclasses.MISSING
            if required or self.often(0.4):
                drawn = self.value(field, known, hints[field.name], registry, depth)
                if drawn is not SKIP:
                    options[field.name] = drawn
        if registry is tasks:
            options |= OPTIONS_OF_TASKS.get(name, lambda dice: {})(self)
        return {name: options} if options else name

    def value(self, field, known, hint, registry, depth):
        """What an option could be; `SKIP` for one that is left out."""
        if known.part_of is layers:
            return self.layers(depth + 1)
        if known.part_of is regularizers:
            return self.regularizer(penalties=self.often(0.7))
        if known.part_of is not None:
            return self.part(known.part_of)
        if typing.get_origin(hint) is typing.Literal:
            return self.choice(typing.get_args(hint))
        return self.plain(field, known)

    def plain(self, field, known):
        """A flag, a number, or a pair of numbers."""
        kind = str(field.type)
        if kind == "bool":
            return self.often(0.5)
        if field.name == "seed":
            return self.choice([0, 1, 7, 2**32, 2**63 - 1])
        if kind in ("int", "int | None"):
            return None if kind != "int" and self.often(0.3) else self.whole(known.ge, known.le, field.default)
        if kind in ("float", "PerReplica"):
            return self.real(known, field.default)
        if kind == "tuple[float, float]":
            low = self.real(Option(""))
            return self.choice([[-1.0, 1.0], [0.0, 1e-3], [low, low + 1 + abs(low) / 2], [-1e154, 1e155]])
        return SKIP

    def layers(self, depth=0):
        """Some layers; blocks hold few, and no further blocks."""
        fitting = [name for name in layers if depth == 0 or name not in ("repeat", "residual")]
        count = self.choice([1, 1, 2]) if depth else self.choice([0, 1, 1, 2, 3])
        return [self.whole(1, None) if self.often(0.3) else self.part(layers, depth, fitting) for _ in range(count)]

    def regularizer(self, penalties):
        """None, or one or several."""
        names = ["l1", "l2"] if penalties else list(regularizers)
        found = {}
        for name in self.sample(names, self.choice([0, 1, 1, 2])):
            part = self.part(regularizers, among=[name])
            found |= part if isinstance(part, dict) else {part: {}}
        return found or "none"


SKIP = object()

REGISTRIES = (tasks, layers, activations, initializers, losses, optimizers, schedules, regularizers)

TABLES = ["words.csv", "numbers.csv", "large.csv", "small.csv", "constant.csv"]
ARCHIVES = ["vectors.npz", "sequences.npz", "images.npz"]

OPTIONS_OF_TASKS = {
    "table": lambda dice: {"file": dice.choice(TABLES), "target": "y"},
    "arrays": lambda dice: {"file": dice.choice(ARCHIVES), "inputs": "X", "targets": "y"},
    "boolean": lambda dice: {"table": "".join(dice.choice("01") for _ in range(2 ** dice.randint(1, 4)))},
    "function": lambda dice: {"expression": dice.choice(EXPRESSIONS), "inputs": None},
}
"""Options that are neither numbers nor words of a list."""


def write_files(folder):
    """The files that the tasks of drawn configs are made from."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((24, 3))
    columns = {
        "words.csv": (x, np.where(x[:, 0] > 0, "yes", "no")),
        "numbers.csv": (x, x.sum(axis=1)),
        "large.csv": (x * [1e155, 1e30, 1], 1e308 * np.sign(x[:, 1])),
        "small.csv": (x * [1e-200, 1e-40, 1], 1e-300 * x[:, 1]),
        "constant.csv": (np.where(x > 0, [0.3, 1e9, 1], [0.1 + 0.2, 1e9 + 1, 1]), 1e9 + np.arange(24)),
    }
    for name, (inputs, target) in columns.items():
        with open(folder / name, "w", encoding="utf-8", newline="") as file:
            rows = ([*map(repr, map(float, row)), y] for row, y in zip(inputs, target.tolist(), strict=True))
            csv.writer(file).writerows([["a", "b", "c", "y"], *rows])
    shapes = {"vectors.npz": (24, 4), "sequences.npz": (24, 5, 2), "images.npz": (24, 6, 6, 1)}
    for name, shape in shapes.items():
        np.savez(folder / name, X=rng.standard_normal(shape), y=rng.integers(3, size=24))


def draw(seed, folder, tries=400):
    """A config that resolves, as text, and its experiment. What is refused on the way must be a sentence."""
    dice = Dice(seed)
    refused = []
    for _ in range(tries):
        text = write_yaml(config(dice))
        try:
            experiment = resolve(override(read_yaml(text, str(folder / "x.yaml")), ()))
        except UserError as error:
            refused.append(str(error))
            continue
        if is_light(experiment):
            return text, experiment, refused
    raise AssertionError(f"no valid config in {tries} draws; the last: {refused[-3:]}")


def is_light(experiment):
    """Whether it trains in a moment."""
    rows = table(experiment)
    training, data = experiment.training, experiment.splits.train.inputs
    passes = (training.epochs + 2) * len(experiment.seeds) * sum(map(len, split_inputs(experiment)))
    steps = training.epochs * math.ceil(len(data) / experiment.batch_size)
    work = passes * (sum(row.multiply_adds for row in rows) + 20 * len(rows))
    layers_ = len(experiment.layers)
    return training_bytes(experiment) < MEMORY and work < WORK and steps * layers_ < 3000 and layers_ <= LAYERS


def split_inputs(experiment):
    """The inputs of each part of the rows."""
    return [part.inputs for part in experiment.splits.named().values()]


def config(dice):
    """A config as plain data, which need not be valid as a whole."""
    task = small(dice, dice.part(tasks))
    data = {"name": "drawn", "task": task, "architecture": dice.layers()}
    for key, registry in (("activation", activations), ("initializer", initializers)):
        if dice.often(0.5):
            data[key] = dice.part(registry)
    if dice.often(0.3):
        data["regularizer"] = dice.regularizer(penalties=dice.often(0.5))
    if dice.often(0.4):
        data["output"] = output(dice)
    data["training"] = training(dice)
    data["seeds"] = dice.choice([1, 1, 2, dice.randint(3, 7), [2**63 - 1], [7, 0, 2**32]])
    data["dtype"] = dice.choice(["float32", "float64"])
    if dice.often(0.1):
        data["threads"] = dice.choice([1, 2])
    return data


def small(dice, task):
    """The task with few samples, now and then with the most or as many as is usual."""
    name, options = next(iter(task.items())) if isinstance(task, dict) else (task, {})
    if "samples" in options_of(tasks.get(name)) and dice.often(0.9):
        options = options | {"samples": dice.choice([2, 3, 5, 17, 64])}
    for option in ("length", "delay", "inputs", "size"):
        if isinstance(options.get(option), int) and dice.often(0.9) and name != "function":
            options = options | {option: max(options_of(tasks.get(name))[option].ge, dice.randint(1, 9))}
    return {name: options} if options else name


def output(dice):
    """The section of the output layer."""
    drawn = {
        "activation": lambda: dice.part(activations),
        "loss": lambda: dice.part(losses),
        "initializer": lambda: dice.part(initializers),
        "bias_initializer": lambda: dice.part(initializers),
        "regularizer": lambda: dice.regularizer(penalties=True),
        "bias": lambda: dice.often(0.5),
    }
    return {key: draw() for key, draw in drawn.items() if dice.often(0.4)}


def training(dice):
    """The section of the training."""
    drawn = {
        "optimizer": lambda: dice.part(optimizers),
        "learning_rate": lambda: dice.real(Option("", gt=0, le=1e6), 0.01),
        "schedule": lambda: dice.part(schedules),
        "batch_size": lambda: dice.choice(["all", 1, 2, 7, 64]),
        "shuffle": lambda: dice.often(0.5),
        "clip_norm": lambda: dice.real(Option("", gt=0), 1.0),
        "validation": lambda: dice.choice([0.0, 0.01, 0.25, 0.5, 0.9]),
        "test": lambda: dice.choice([0.0, 0.01, 0.25, 0.5]),
        "standardize": lambda: dice.often(0.7),
        "log_every": lambda: dice.choice([1, 2, 1000]),
        "stop": lambda: stop(dice),
        "checkpoint": lambda: {"every": dice.choice(["30 s", "1 epoch", "never"]), "keep": dice.choice([1, 1000])},
    }
    found = {key: draw() for key, draw in drawn.items() if dice.often(0.4)}
    return {"epochs": dice.choice([0, 1, 2, 3, 8, 210]), **found}


def stop(dice):
    """The section of when to stop."""
    metrics = [
        "objective",
        "penalty",
        *(f"{s}_{m}" for s in ("train", "validation") for m in ("loss", *SCORE.values())),
    ]
    drawn = {
        "solved": lambda: dice.often(0.5),
        "tolerance": lambda: dice.real(Option("", gt=0, lt=0.5), 0.05),
        "patience": lambda: dice.choice([1, 2, 400]),
        "min_delta": lambda: dice.real(Option("", ge=0), 0.0),
        "target": lambda: f"{dice.choice(metrics)} {dice.choice(['<', '<=', '>', '!='])} {dice.choice([0, 0.5, 1e9])}",
    }
    return {key: draw() for key, draw in drawn.items() if dice.often(0.4)}


def _outside(number, known):
    return (
        (known.ge is not None and number < known.ge)
        or (known.gt is not None and number <= known.gt)
        or (known.le is not None and number > known.le)
        or (known.lt is not None and number >= known.lt)
    )
