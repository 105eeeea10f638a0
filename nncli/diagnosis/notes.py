"""Notes to print before training."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from nncli.config.build_layers import walk
from nncli.config.disk_space import written_bytes
from nncli.config.experiment import Experiment
from nncli.config.number_range import precision_notes
from nncli.diagnosis.row_facts import LARGE_SHARE, OutOfReach, input_scale, largest_class, scale_text
from nncli.diagnosis.symmetry import layers_alike
from nncli.nn.activations import Activation, activations
from nncli.nn.parameters import ParameterSpec
from nncli.registry import options_of
from nncli.report.headline import task_text
from nncli.report.numbers import percent, size
from nncli.tasks.data_files import FromFile
from nncli.tasks.row_notes import notes as task_notes

NOTEWORTHY_BYTES = 100_000_000
"""The disk space in bytes from which a run prints a note before it trains."""

MOST = 3
"""At most this number of notes is about the rows."""

FEW = 100
"""Up to this number of distinct whole numbers as targets may be class labels."""


def notes(experiment: Experiment) -> Iterator[str]:
    """Notes to print before training."""
    flat = next((function for function in _hidden_activations(experiment) if function.flat), None)
    if flat is not None and experiment.training.epochs > 0:
        name = activations.name_of(flat)
        yield f"the derivative of {name} is 0: layers before a hidden {name} do not learn"
    if layers_alike(experiment):
        yield "the units of a hidden layer start out identical and stay identical: try another initializer"
    if len(experiment.seeds) > 1 and not _has_chance(experiment):
        yield "nothing here is random: all seeds start and train identically"
    if few := _perhaps_classes(experiment):
        key = f"task.{task_text(experiment)}.kind=classes"
        yield f"the target has {few} different whole numbers; if they name classes, set {key}"
    yield from islice(_of_rows(experiment), MOST)
    files = written_bytes(experiment)
    if sum(files.values()) > NOTEWORTHY_BYTES:
        parts = " and ".join(f"{size(bytes_)} of {name}" for name, bytes_ in files.items())
        tries = "a larger training.log_every" if files["metrics.csv"] > NOTEWORTHY_BYTES / 2 else "fewer seeds or units"
        yield f"this run writes up to {parts}; for less, try {tries}"


def _of_rows(experiment: Experiment) -> Iterator[str]:
    """What `nncli diagnose` would say of the rows, before training."""
    yield from task_notes(experiment.splits)
    imprecise = [*precision_notes(experiment)]
    yield from imprecise
    if (beyond := OutOfReach.of(experiment)) is not None:
        yield f"{beyond}: try output.activation=linear"
    scale = input_scale(experiment)
    if scale is not None and scale.is_off and not imprecise:  # which says what to do
        yield f"{scale_text(scale)}: try training.standardize=true"
    if (share := largest_class(experiment)) >= LARGE_SHARE:
        yield f"{percent(share)} of the training rows are of one class: a network that always names it is as accurate"


def _perhaps_classes(experiment: Experiment) -> int:
    """The number of distinct integer targets of a regression on a user's file, if it looks like classes; or 0.

    It does if they are few, and each comes often: n of them in at least n² rows, such as 2 in 4, or 10 in 100.
    """
    task, splits = experiment.task, experiment.splits
    if not isinstance(task, FromFile) or getattr(task, "kind", "") != "auto" or splits.train.kind != "regression":
        return 0
    targets = np.concatenate([data.targets for data in splits.named().values()])
    if targets.shape[1] > 1 or not (np.floor(targets) == targets).all():
        return 0
    different = len(np.unique(targets))
    return different if different <= FEW and different**2 <= len(targets) else 0


def _hidden_activations(experiment: Experiment) -> Iterator[Activation]:
    for _, layer in walk(experiment.architecture):
        for name, option in options_of(type(layer)).items():
            if option.part_of is activations:
                yield getattr(layer, name)


def _has_chance(experiment: Experiment) -> bool:
    """Whether two seeds can differ: in their first weights, the order of their rows, or their dropout."""
    training, layers = experiment.training, experiment.layers
    shuffled = training.shuffle and experiment.batch_size < len(experiment.splits.train.inputs)
    if shuffled or any(layer.noisy for layer in layers):
        return True
    return any(_is_random(spec) for placed in experiment.placed_layers for spec in placed.parameters)


def _is_random(spec: ParameterSpec) -> bool:
    """Whether the initial values depend on the draws. Twelve columns divide evenly among up to four gates."""
    one = np.ones((*[1] * (len(spec.shape) - 1), 12))
    first, second = (spec.initializer.values(draws, 1, 1) for draws in (one, -2 * one))
    return not np.array_equal(first, second)
