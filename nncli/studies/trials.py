"""A trial: one complete description that a study trains, by whatever executor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nncli.config.document import Document
from nncli.config.experiment import Experiment
from nncli.config.recorded import recorded_document, resolve_recorded
from nncli.config.resolve import plain
from nncli.errors import ExitCode, UserError
from nncli.experiments.train import resolved_text
from nncli.runs.directory import CONFIG, OVER, RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result_json import sound_result


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
        return cls(resolve_recorded(Document(f"trial {config['name']}", config)))


def finished_runs(folder: Path, trials: Iterable[Trial]) -> dict[str, tuple[RunDirectory, dict[str, Any]]]:
    """The runs that are done, with their results, by the names of their trials. One that was cut short is not done.

    Raises:
        UserError: (code CORRUPT) for a result or a config that the run did not write, or of another trial.
    """
    wanted, found = {trial.name: trial for trial in trials}, {}
    for run in list_runs(folder, wanted):
        try:
            result = sound_result(run)
            if result is None or result["status"] not in OVER:
                continue
            _check_config(run, wanted[run.name])
        except UserError as error:
            if error.code == ExitCode.CORRUPT:
                error.hint = "Move its folder away, and the trial is trained again"
            raise
        else:
            found[run.name] = (run, result)  # the oldest of several, as the newest come first
    return found


def _check_config(run: RunDirectory, trial: Trial) -> None:
    """Refuse the run of another config, which may be written in other words."""
    if run.read_config() == resolved_text(trial.experiment):
        return
    data = recorded_document(run).data
    try:
        if isinstance(data, dict) and Trial.from_plain({"name": None} | data).as_plain() == trial.as_plain():
            return
    except UserError:  # as another version of nncli may have written it
        pass
    raise UserError("it is not the config of this trial", where=str(run.path / CONFIG), code=ExitCode.CORRUPT)


def slug(text: str) -> str:
    """A text as a part of a folder's name: `{l2: 1e-3}` is `l2_1e_3`."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_.")


def alike(trials: Sequence[Trial]) -> bool:
    """Whether all have the same seeds."""
    return all(t.experiment.config.seed_list == trials[0].experiment.config.seed_list for t in trials)
