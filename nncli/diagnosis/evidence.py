"""What a diagnosis looks at: the rows, the first weights, what was recorded, and short trainings on the same seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nncli.config.document import Document
from nncli.config.experiment import Experiment
from nncli.config.load import override
from nncli.config.recorded_config import recorded_document, resolve_recorded
from nncli.config.resolve import resolve
from nncli.diagnosis.flow import flow_of_config, flow_of_run
from nncli.diagnosis.goal import Goal
from nncli.diagnosis.trial import Trial, train_in_memory
from nncli.errors import ExitCode, UserError, command
from nncli.report.flow_text import Moment
from nncli.runs.directory import OVER, RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.tasks import TaskData

TRIED = 5
"""On at most this number of seeds a change is tried."""

SECONDS = 2.0
"""A trial is cut to as many epochs as the run did in this time with these seeds; at least `EPOCHS`."""
EPOCHS = 3

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """All that is known about a run, or about a config before training; what costs time is measured when asked for.

    Attributes:
        document: the config, to which a fix is an override.
        experiment: what it describes.
        result: of the run; None before training.
        run: its folder; None before training.
    """

    document: Document
    experiment: Experiment
    result: Result | None = None
    run: RunDirectory | None = None
    _trials: dict[tuple[str, ...], Trial | None] = field(default_factory=dict)

    @property
    def train(self) -> TaskData:
        """The training rows, as the network gets them."""
        return self.experiment.splits.train

    @cached_property
    def goal(self) -> Goal:
        """What the run should have reached."""
        return Goal(self.train)

    @property
    def seeds(self) -> tuple[int, ...]:
        """All seeds."""
        return self.experiment.seeds

    @cached_property
    def reached(self) -> tuple[int, ...]:
        """The seeds that reached the goal."""
        return () if self.result is None else self.goal.reached_by(self.result)

    @cached_property
    def missed(self) -> tuple[int, ...]:
        """The seeds that did not; none before training."""
        return () if self.result is None else tuple(seed for seed in self.seeds if seed not in self.reached)

    def final(self, r: int) -> dict[str, float | None]:
        """The final metrics of the r-th seed."""
        return {} if self.result is None else {name: values[r] for name, values in self.result.metrics.items()}

    @cached_property
    def curves(self) -> dict[int, dict[str, Curve]]:
        """Of each seed, the columns of `metrics.csv` as arrays over the recorded epochs; NaN where a cell is empty."""
        if self.run is None:
            return {}
        table = self.run.open_metrics()
        rows = np.array([[np.nan if cell is None else float(cell) for cell in row] for row in table.rows])
        if not len(rows):
            return {}
        of_seed = rows[:, table.columns.index("seed")]
        return {
            seed: {name: rows[of_seed == seed, column] for column, name in enumerate(table.columns)}
            for seed in self.seeds
        }

    @cached_property
    def start(self) -> Moment:
        """What flows through the layers at the first weights of each seed."""
        return self._moments[0]

    @cached_property
    def end(self) -> Moment | None:
        """The same at the final weights; None before training."""
        return self._moments[1] if len(self._moments) > 1 else None

    @cached_property
    def _moments(self) -> tuple[Moment, ...]:
        flow = flow_of_config(self.experiment) if self.run is None else flow_of_run(self.run)
        return flow.moments

    def changed(self, changes: Sequence[str]) -> Experiment | None:
        """The experiment with overrides, for the missed seeds that are tried; None if it is not valid."""
        try:
            found = resolve(override(self.document, changes))
        except UserError:
            return None
        return found.with_seeds((self.missed or self.seeds)[:TRIED])

    def trial(self, *changes: str) -> Trial | None:
        """What becomes of missed seeds with overrides, after the epochs that fit `SECONDS`; None if it is not valid."""
        if changes not in self._trials:
            experiment = self.changed(changes)
            self._trials[changes] = (
                None if experiment is None else train_in_memory(experiment, self._epochs(experiment))
            )
        return self._trials[changes]

    def _epochs(self, experiment: Experiment) -> int:
        planned = experiment.training.epochs
        if self.result is None or not self.result.seconds.training:
            return planned
        pace = self.result.seconds.training / max(1, sum(self.result.epochs)) * len(experiment.seeds)
        return int(min(planned, max(EPOCHS, SECONDS / pace)))

    def helps(self, *changes: str) -> float:
        """The share of the tried seeds whose training a change mends, from 0 to 1.

        A seed is mended if it reaches the goal, or if its loss, where the trial had to end early, is less than half of
        the loss that the run had in that epoch.
        """
        found = self.trial(*changes)
        if found is None:
            return 0.0
        return float(np.mean([self._mended(found, r, seed) for r, seed in enumerate(found.seeds)]))

    def _mended(self, found: Trial, r: int, seed: int) -> bool:
        if found.diverged[r]:
            return False
        if self.goal.reached(found.metrics[r], solved=found.solved[r]):
            return True
        before = self.curves.get(seed)
        after = found.metrics[r].get("train_loss")
        if before is None or after is None or found.epochs >= self.experiment.training.epochs:
            return False
        losses = before["train_loss"][before["epoch"] <= found.epochs]
        return len(losses) > 0 and not after >= losses[-1] / 2


def evidence_of_run(run: RunDirectory) -> Evidence:
    """The evidence about a finished run. Raises: `UserError` (code CORRUPT or FILES) for one that is not finished."""
    document = recorded_document(run)
    experiment = resolve_recorded(document)
    result = whole_result(run)
    if not isinstance(result, Result) or result.status not in OVER:
        hint = f"Resume it: {command('resume', run.path)}" if run.status == "interrupted" else ""
        raise UserError(
            f"this run is {run.status}, not finished", where=str(run.path), hint=hint, code=ExitCode.CORRUPT
        )
    return Evidence(document, experiment, result, run)


def evidence_of_config(document: Document) -> Evidence:
    """The evidence before training: the rows and the first weights. Raises: `UserError` as `resolve`."""
    return Evidence(document, resolve(document))
