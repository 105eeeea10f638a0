"""A sweep's plan: its trials. It is written before training starts, and never changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nncli.errors import ExitCode, Place, UserError
from nncli.storage.files import check_readable, make_folder, write_atomically
from nncli.storage.names import check_name
from nncli.storage.strict_json import PlainObject, read_json_object, to_json
from nncli.studies.axis_grammar import Axis
from nncli.studies.study_directory import PLAN
from nncli.studies.study_json import check_plan
from nncli.studies.trials import Trial, slug
from nncli.studies.variants import Variant

DIGITS = 10


@dataclass(frozen=True, slots=True)
class Planned:
    """A trial of a plan.

    Attributes:
        id: the hash of its resolved config without the name: the same config is the same trial.
        values: its values on the axes, as one would type them.
        trial: what to train.
    """

    id: str
    values: tuple[str, ...]
    trial: Trial


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials of a sweep.

    Attributes:
        name: the sweep's name in the headline: the stem of the config's file.
        axes: the keys of the axes.
        trials: in the order of the grid.
        command: the command that its folder is named after.
        made_by: the words of the command, after `nncli`: written down, but no part of the plan.
    """

    name: str
    axes: tuple[str, ...]
    trials: tuple[Planned, ...]
    command: Literal["sweep", "atlas"] = "sweep"
    made_by: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of the folder; it depends only on the plan and its command, so the same command finds it again."""
        digest = hashlib.sha256(to_json(self.as_plain()).encode()).hexdigest()[:8]
        keys = "-".join(slug(axis.rpartition(".")[2]) for axis in self.axes)
        return f"{f'{self.command}-{self.name}-{keys}'[:70]}-{digest}"

    def as_plain(self) -> PlainObject:
        """What makes it this plan and no other, as the object of `plan.json`."""
        trials = [{"id": p.id, "values": list(p.values), "config": p.trial.as_plain()} for p in self.trials]
        return {"kind": "sweep", "name": self.name, "axes": list(self.axes), "trials": trials}

    def text(self) -> str:
        """The content of `plan.json`."""
        return to_json(self.as_plain() | {"made_by": list(self.made_by)})

    @property
    def epochs(self) -> int:
        """The maximum number of epochs of any trial."""
        return max(planned.trial.experiment.training.epochs for planned in self.trials)

    @property
    def seeds(self) -> int | None:
        """The number of seeds of each trial; None if they differ."""
        counts = {len(planned.trial.experiment.seeds) for planned in self.trials}
        return counts.pop() if len(counts) == 1 else None

    def pending(self, done: Collection[str]) -> list[Trial]:
        """The trials whose names are not in `done`."""
        return [planned.trial for planned in self.trials if planned.trial.name not in done]


def make_plan(name: str, axes: Sequence[Axis], variants: Sequence[Variant], made_by: Sequence[str] = ()) -> Plan:
    """The plan of a sweep over variants; variants with the same config become one trial.

    Args: see `Plan`.

    Raises:
        UserError: if the plan is too large to be read back.
    """
    check_name(name)
    trials: dict[str, Planned] = {}
    for variant in variants:
        planned = plan_trial(name, variant)
        trials.setdefault(planned.id, planned)
    plan = Plan(name, tuple(axis.key for axis in axes), tuple(trials.values()), made_by=tuple(made_by))
    try:
        check_readable(Path(PLAN), plan.text())
    except UserError as error:
        hint = "Draw fewer trials with --random N, or give their seeds as a range"
        raise error.replaced(hint=hint, code=ExitCode.USAGE) from error
    return plan


def plan_trial(name: str, variant: Variant) -> Planned:
    """The trial of a variant; its run is named after the config and the trial's id."""
    config = Trial(variant.experiment).as_plain() | {"name": None}
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:DIGITS]
    run = f"{name[:60]}-{digest}"
    return Planned(digest, variant.values, Trial(variant.experiment.renamed(run)))


def write_plan(plan: Plan, runs_dir: Path) -> Path:
    """The folder of a sweep, with its plan written: a new one, or the existing one of the same plan, as it is.

    Raises:
        UserError: (code CORRUPT) if the existing plan is a different one.
    """
    path = runs_dir / plan.folder
    make_folder(path)
    there = read_json_object(path / PLAN)
    if there is None:
        write_atomically(path / PLAN, plan.text())
    elif to_json({key: own for key, own in there.items() if key != "made_by"}) != to_json(plan.as_plain()):
        raise UserError("this is not the plan that was written", where=str(path / PLAN), code=ExitCode.CORRUPT)
    return path


def read_plan(path: Path) -> Plan:
    """The plan of a sweep's folder.

    Raises:
        UserError: (code FILES or CORRUPT) if it does not exist or cannot be read.
    """
    plan = read_json_object(path / PLAN) or {}
    check_plan(plan, str(path / PLAN))
    try:
        trials = tuple(Planned(t["id"], tuple(t["values"]), Trial.from_plain(t["config"])) for t in plan["trials"])
    except UserError as error:
        raise _in_plan(error.errors[0], path / PLAN) from error
    return Plan(plan["name"], tuple(plan["axes"]), trials, made_by=tuple(plan.get("made_by") or ()))


def _in_plan(error: UserError, path: Path) -> UserError:
    """An error of a trial's config, as an error of its plan."""
    where = Place(str(path), inner=error.where)
    return error.replaced(start="not the plan of a sweep: ", where=where, code=ExitCode.CORRUPT)
