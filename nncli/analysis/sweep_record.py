"""A sweep as typed records, with a field for each key of its `study.json`, or of a plan that is not trained yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from nncli.analysis.comparison_record import SolveRate, held_fixed


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over the seeds of a trial: median, least and most; None where it is infinite, such as never solved."""

    median: float | None
    least: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """The number of seeds that lost a solution again, and the first and the last epoch in which they had reached it."""

    seeds: int
    epochs: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A finished trial.

    Attributes:
        rank: from 1 on.
        trial: its id.
        values: on the axes, as one would type them.
        seeds: the number of its seeds.
        solve_rate, epochs_to_solve, diverged, lost, metrics: what became of them.
    """

    rank: int
    trial: str
    values: tuple[str, ...]
    seeds: int
    solve_rate: SolveRate
    epochs_to_solve: Spread
    diverged: int
    lost: Lost | None
    metrics: Mapping[str, Spread]


@dataclass(frozen=True, slots=True)
class FailedTrial:
    """A trial that could not be trained: the error in words, the signal that killed its process, and its log file."""

    trial: str
    error: str
    signal: str | None
    log: str | None


@dataclass(frozen=True, slots=True)
class SweepStudy:
    """The content of a sweep's `study.json`.

    Attributes:
        study: the name of its folder.
        name: in the headline.
        axes: the keys of the axes.
        trials, done: how many there are, and how many are finished.
        seeds: of each trial; None if they differ.
        epochs: at most, of any trial.
        sort, measure: what the rows are sorted by, and what they are ranked by.
        leaderboard: the finished trials.
        failures: the others, if they were tried.
        made_by: the words of the command that planned it, after `nncli`; empty if it was planned by an early version.
    """

    study: str
    name: str
    axes: tuple[str, ...]
    trials: int
    seeds: int | None
    done: int
    epochs: int
    sort: str
    measure: str
    leaderboard: tuple[LeaderboardRow, ...]
    failures: tuple[FailedTrial, ...]
    made_by: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name, and what was held fixed: `parity4, task.parity.bits=6`."""
        return ", ".join([self.name, *self.fixed])

    @property
    def fixed(self) -> tuple[str, ...]:
        """The overrides of all trials, but for those that the headline says anyway."""
        return held_fixed(self.made_by[2:], self.axes)

    @property
    def first(self) -> LeaderboardRow | None:
        """The row of rank 1; None if no trial has finished."""
        return next((row for row in self.leaderboard if row.rank == 1), None)

    def as_plain(self) -> dict[str, object]:
        """The object of `study.json`."""
        return _with_kind("sweep", asdict(self))


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A trial of a plan: its id, its values on the axes, and whether it is finished."""

    trial: str
    values: tuple[str, ...]
    done: bool


@dataclass(frozen=True, slots=True)
class SweepForecast:
    """What a sweep would do.

    Attributes:
        study, name, axes, trials, seeds, done, epochs, made_by: as in a `SweepStudy`.
        plan: the trials, in the order of the grid.
        stacks, processes: how the remaining trials would be trained.
        seconds, bytes: what that would take, at most.
    """

    study: str
    name: str
    axes: tuple[str, ...]
    trials: int
    seeds: int | None
    done: int
    epochs: int
    plan: tuple[PlannedRow, ...]
    stacks: int
    processes: int
    seconds: float
    bytes: int
    made_by: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """As of a `SweepStudy`."""
        return ", ".join([self.name, *held_fixed(self.made_by[2:], self.axes)])

    def as_plain(self) -> dict[str, object]:
        """The object that `--dry-run --json` prints."""
        return _with_kind("plan", asdict(self))


def _with_kind(kind: str, fields: dict[str, object]) -> dict[str, object]:
    """The fields of a record with its kind, which comes after the name of its folder."""
    return {"study": fields["study"], "kind": kind, **fields}
