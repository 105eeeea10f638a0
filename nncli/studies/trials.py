"""A trial: one complete description that a study trains, with any executor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nncli.config.document import Data, Document
from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_document, resolve_recorded
from nncli.errors import ExitCode, UserError
from nncli.experiments.train import resolved_text
from nncli.runs.directory import CONFIG, OVER, RunDirectory
from nncli.runs.listing import list_runs
from nncli.runs.result_json import sound_result
from nncli.runs.result_record import Result


@dataclass(frozen=True, slots=True)
class Trial:
    """One complete description; its run is found by its name, which is unique in the study."""

    experiment: Experiment

    @property
    def name(self) -> str:
        """The name of its run."""
        return self.experiment.name

    def as_plain(self) -> dict[str, Data]:
        """The resolved config as plain data, to send to another process or machine."""
        return {**self.experiment.written}

    @classmethod
    def from_plain(cls, config: dict[str, Data]) -> Trial:
        """Rebuild the trial from `as_plain`."""
        return cls(resolve_recorded(Document(f"trial {config['name']}", config)))


def finished_runs(folder: Path, trials: Iterable[Trial]) -> dict[str, tuple[RunDirectory, Result]]:
    """The finished runs with their results, by the names of their trials. Interrupted runs are not finished.

    Raises:
        UserError: (code CORRUPT) for a modified result or config, or one of another trial.
    """
    wanted, found = {trial.name: trial for trial in trials}, {}
    for run in list_runs(folder, wanted):
        try:
            result = sound_result(run)
            if not isinstance(result, Result) or result.status not in OVER:
                continue
            _check_config(run, wanted[run.name])
        except UserError as error:
            if error.code == ExitCode.CORRUPT:
                raise error.replaced(hint="Move its folder away to retrain the trial") from error
            raise
        else:
            found[run.name] = (run, result)  # the oldest of several, as the newest come first
    return found


def _check_config(run: RunDirectory, trial: Trial) -> None:
    """Raise unless the run has the trial's config, however it is written."""
    if run.read_config() == resolved_text(trial.experiment):
        return
    data = recorded_document(run).data
    try:
        if isinstance(data, dict) and Trial.from_plain({"name": None, **data}).as_plain() == trial.as_plain():
            return
    except UserError:  # perhaps written by another version of nncli
        pass
    raise UserError("this is not the trial's config", where=str(run.path / CONFIG), code=ExitCode.CORRUPT)


def slug(text: str) -> str:
    """A text as part of a folder name: `{l2: 1e-3}` becomes `l2_1e_3`."""
    return re.sub(r"[^A-Za-z0-9.]+", "_", text).strip("_.")


def alike(trials: Sequence[Trial]) -> bool:
    """Whether all have the same seeds."""
    return all(t.experiment.seeds == trials[0].experiment.seeds for t in trials)
