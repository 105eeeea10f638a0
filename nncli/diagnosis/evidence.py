"""What a diagnosis looks at: the rows, the first weights, what was recorded, and short trainings on the same seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
from nncli.diagnosis.goal import STANDARD_ERRORS, Goal
from nncli.diagnosis.trial import Trial, train_in_memory
from nncli.errors import ExitCode, UserError, command
from nncli.nn.layers import multiply_adds
from nncli.report.flow_text import Moment
from nncli.runs.curves import recorded_curves
from nncli.runs.directory import OVER, RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.tasks import TaskData

TRIED, FEWEST = 5, 2
"""A change is tried on at most this number of seeds; on fewer, down to the second, if they would take too long."""

SECONDS = 1.5
"""A trial is cut to about as many epochs as fit this time on a laptop; at least `EPOCHS`."""
EPOCHS = 3
EPOCH, CALLS, MULTIPLY_ADD = 1e-4, 40e-6, 1.5e-10
"""Seconds that an epoch takes besides its steps, a step for each layer, and each multiply-add: what is tried depends on
the config alone, not on how busy the machine is."""
FAR = 0.1
"""A score this far below the goal misses it by far."""
BUDGET = 8.0
"""All trials of a diagnosis may take this many seconds by the same count; after that none is made."""
QUICK = 0.1
"""A diagnosis whose trials take at most this many seconds each, by the same count, is quick."""

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
    _trials: dict[str, Trial | None] = field(default_factory=dict)
    _spent: list[float] = field(default_factory=list)
    _explained: set[int] = field(default_factory=set)

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

    def stopped(self, seed: int) -> str:
        """Why the training of a seed stopped; empty before training."""
        return "" if self.result is None else self.result.stop_reason[self.seeds.index(seed)]

    @property
    def is_quick(self) -> bool:
        """Whether a diagnosis of the run takes about a second, by the count of its longest trial."""
        return self._pace(self.experiment) * self.experiment.training.epochs * TRIED <= QUICK

    @property
    def open(self) -> tuple[int, ...]:
        """The missed seeds that no confirmed cause explains yet."""
        return tuple(seed for seed in self.missed if seed not in self._explained)

    def final(self, r: int) -> dict[str, float | None]:
        """The final metrics of the r-th seed."""
        return {} if self.result is None else {name: values[r] for name, values in self.result.metrics.items()}

    @cached_property
    def curves(self) -> dict[int, dict[str, Curve]]:
        """Of each seed, the epochs that were recorded and its metrics in them; NaN where a cell is empty."""
        return {} if self.run is None else recorded_curves(self.run).by_seed()

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
        """The experiment with overrides, for the seeds that are tried, of those still open; None if it is not valid."""
        try:
            found = resolve(override(self.document, changes))
        except UserError:
            return None
        seeds = self.open or self.missed or self.seeds
        whole = self._pace(found) * found.training.epochs
        most = max(FEWEST, min(TRIED, int(SECONDS / whole))) if whole else TRIED
        chosen = np.unique(np.linspace(0, len(seeds) - 1, min(most, len(seeds))).astype(int))
        return found.with_seeds([seeds[place] for place in chosen])

    def trial(self, *changes: str) -> Trial | None:
        """What becomes of missed seeds with overrides, after the epochs that fit `SECONDS`.

        None if they are not valid, the budget is spent, or all missed seeds are explained: no more trials are needed.
        """
        if self.missed and not self.open:
            return None
        experiment = self.changed(changes)
        if experiment is None:
            return None
        key = str(experiment.written)
        if key not in self._trials:
            self._trials[key] = self._train(experiment)
        return self._trials[key]

    def explain(self, seeds: Sequence[int]) -> None:
        """A confirmed cause explains why these seeds missed the goal."""
        self._explained.update(seeds)

    def _train(self, experiment: Experiment) -> Trial | None:
        pace = self._pace(experiment) * len(experiment.seeds)
        epochs = experiment.training.epochs
        if pace:
            epochs = int(min(epochs, max(EPOCHS, SECONDS / pace)))
        if sum(self._spent) + epochs * pace > BUDGET:
            return None
        self._spent.append(epochs * pace)
        return train_in_memory(experiment, epochs)

    def _pace(self, experiment: Experiment) -> float:
        """About how many seconds an epoch takes for each of the tried seeds; 0 before training, when nothing is tried.

        A step goes through all layers, and through each step of a sequence; it takes three multiply-adds for each of
        the forward pass, one there and two on the way back.
        """
        if self.result is None:
            return 0.0
        placed, shape = experiment.placed_layers, experiment.input_shape
        calls = CALLS * len(placed) * (shape[0] if len(shape) == 2 else 1) / TRIED
        per_row = sum(multiply_adds(own.layer, own.input_shape) for own in placed)
        arithmetic = 3 * per_row * experiment.batch_size * MULTIPLY_ADD
        return EPOCH / TRIED + experiment.steps_per_epoch * (calls + arithmetic)

    def helps(self, *changes: str) -> float:
        """The share of the tried seeds whose training a change mends, from 0 to 1.

        A seed is mended if it reaches the goal, or if its loss, where the trial had to end early, is less than half of
        the loss that the run had in that epoch. One that gets at least half of a long way to the goal counts half.
        """
        found = self.trial(*changes)
        if found is None:
            return 0.0
        return float(np.mean([self._mended(found, r, seed) for r, seed in enumerate(found.seeds)]))

    def _mended(self, found: Trial, r: int, seed: int) -> float:
        if found.diverged[r] or self._is_only_memorized(found.metrics[r]):
            return 0.0
        if self.goal.reached(found.metrics[r], solved=found.solved[r]):
            return 1.0
        return max(float(self._is_faster(found, r, seed)), 0.5 * self._is_closer(found, r, seed))

    def _is_only_memorized(self, metrics: Mapping[str, float]) -> bool:
        """Whether held-out rows are predicted no better than by chance, where simple models are no better either."""
        splits, goal = self.experiment.splits.named(), self.goal
        split = next((name for name in ("test", "validation") if name in splits), None)
        if split is None or goal.reference > goal.chance + self._noise(len(self.train.inputs)):
            return False
        score = metrics.get(f"{split}_{goal.score}")
        return score is None or score <= goal.chance + self._noise(len(splits[split].inputs))

    def _noise(self, rows: int) -> float:
        """How far above chance the score of some rows may be by chance."""
        if self.goal.score != "accuracy":
            return FAR
        return max(FAR / 2, STANDARD_ERRORS * math.sqrt(self.goal.chance * (1 - self.goal.chance) / rows))

    def _is_faster(self, found: Trial, r: int, seed: int) -> bool:
        """Whether its loss in a trial that had to end early is less than half of that of the run in that epoch."""
        before, after = self.curves.get(seed), found.metrics[r].get("train_loss")
        if before is None or after is None or found.whole:
            return False
        losses = before["train_loss"][before["epoch"] <= found.epochs]
        return len(losses) > 0 and not after >= losses[-1] / 2

    def _is_closer(self, found: Trial, r: int, seed: int) -> bool:
        """Whether it gets at least half of the way to a goal that the run missed by far."""
        name = f"train_{self.goal.score}"
        before, after = self.final(self.seeds.index(seed)).get(name), found.metrics[r].get(name)
        if after is None or self.goal.has_to_solve:
            return False
        start = self.goal.chance if before is None else max(before, self.goal.chance)
        return self.goal.wanted - start > FAR and after - start >= 0.5 * (self.goal.wanted - start)


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
