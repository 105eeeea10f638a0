"""A trial: one complete description that a study trains, by whatever executor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nncli.config.document import Document
from nncli.config.resolve import Experiment, plain, resolve
from nncli.errors import UserError
from nncli.runs.directory import OVER, RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result import whole_result

"""What the status of a run may be for its trial to count as done."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One complete description; its run is found by its name, which no other trial of the study has."""

    experiment: Experiment

    @property
    def name(self) -> str:
        """The name of its run."""
        return str(self.experiment.config.name)

    def as_plain(self) -> dict[str, Any]:
        """The resolved config as plain data, to be sent to another process or machine."""
        return plain(self.experiment.config)

    @classmethod
    def from_plain(cls, config: dict[str, Any]) -> Trial:
        """The trial again."""
        return cls(resolve(Document(f"trial {config['name']}", config)))


def finished_runs(folder: Path, names: Iterable[str]) -> dict[str, tuple[RunDirectory, dict[str, Any]]]:
    """The runs that are done, with their results, by the names of their trials.

    A run that was cut short, or whose result cannot be read, is not done.
    """
    wanted, found = set(names), {}
    for run in list_runs(folder, wanted):
        if (result := _result(run)) is not None:
            found[run.name] = (run, result)  # the oldest of several, as the newest come first
    return found


def _result(run: RunDirectory) -> dict[str, Any] | None:
    try:
        result = whole_result(run)
    except UserError:
        return None
    return result if result is not None and result["status"] in OVER else None


def slug(text: str) -> str:
    """A text as a part of a folder's name: `{l2: 1e-3}` is `l2_1e_3`."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_.")


def alike(trials: Sequence[Trial]) -> bool:
    """Whether all have the same seeds."""
    return all(t.experiment.config.seed_list == trials[0].experiment.config.seed_list for t in trials)
