"""Which variants can train in one stack, and how many fit in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace

from nncli.config.experiment import Experiment
from nncli.experiments.memory import training_bytes

MOST = 64
"""Maximum number of experiments in one stack: each keeps two or three files open, and some systems allow only 256."""

MEMORY = 1 << 30
"""Maximum memory for training one stack, in bytes."""


def stacks(experiments: Sequence[Experiment], memory: int = MEMORY) -> list[list[int]]:
    """Groups of experiments, as indices, that train together: equal except for seeds and per-replica numbers.

    A group is split if it would need more than `memory` bytes or have more than `MOST` experiments; an experiment is
    never split.
    """
    groups: dict[str, list[list[int]]] = {}
    used: dict[str, int] = {}
    for index, experiment in enumerate(experiments):
        key, need = stack_key(experiment), training_bytes(experiment)
        if key not in groups or used[key] + need > memory or len(groups[key][-1]) == MOST:
            groups.setdefault(key, []).append([])
            used[key] = 0
        groups[key][-1].append(index)
        used[key] += need
    return [stack for cut in groups.values() for stack in cut]


def stack_key(experiment: Experiment) -> str:
    """What experiments of one stack have in common: everything but names, seeds and per-replica numbers."""
    training = experiment.training
    common = (
        experiment.task,
        experiment.splitting,
        experiment.architecture,
        experiment.output,
        replace(training, learning_rate=0.0, clip_norm=None if training.clip_norm is None else 0.0),
        experiment.start,
        experiment.checkpoint,
        experiment.dtype,
        experiment.threads,
    )
    return repr(_template(common))


def _template(value: object) -> object:
    """A value with `*` in place of every number that may differ between replicas."""
    if isinstance(value, tuple):
        return [_template(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    found: dict[str, object] = {"": type(value).__qualname__}
    for field in dataclasses.fields(value):
        option = field.metadata.get("option")
        own = option is not None and option.per_replica
        found[field.name] = "*" if own else _template(getattr(value, field.name))
    return found
