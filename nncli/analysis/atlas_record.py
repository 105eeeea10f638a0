"""The content of an atlas: what became of a network at each point of a grid of two numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from nncli.analysis.sweep_record import FailedTrial, LeaderboardRow

SOLVED, EPOCHS = "solved", "epochs_to_solve"


@dataclass(frozen=True, slots=True)
class NumericAxis:
    """One key of the config and the numbers it takes, ascending; `texts` are the same as typed."""

    key: str
    values: tuple[float, ...]
    texts: tuple[str, ...]

    @property
    def word(self) -> str:
        """The last word of its key."""
        return self.key.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the grid; its trial is None if it could not be trained."""

    x: float
    y: float
    trial: LeaderboardRow | None

    def median(self, metric: str) -> float | None:
        """The solve rate, or the median over the seeds; None if it does not exist, as after a divergence."""
        if self.trial is None:
            return None
        if metric == SOLVED:
            return self.trial.solve_rate.rate
        spread = self.trial.epochs_to_solve if metric == EPOCHS else self.trial.metrics.get(metric)
        return None if spread is None else spread.median


@dataclass(frozen=True, slots=True)
class Atlas:
    """The content of an atlas.

    Attributes:
        study: the name of its folder, which is that of a sweep.
        name: in the headline.
        x, y: the axes.
        seeds: of each trial; None if they differ.
        epochs: at most, of any trial.
        metric: what the map shows: `solved`, `epochs_to_solve`, or the name of a final metric.
        critical: for each value of x, the y at which mean-field theory calls the initialization critical; None where
            there is none, or where y does not scale the weights.
        cells: row by row, both axes ascending; x varies fastest.
        failures: the trials that could not be trained.
        fixed: the overrides of all trials.
    """

    study: str
    name: str
    x: NumericAxis
    y: NumericAxis
    seeds: int | None
    epochs: int
    metric: str
    critical: tuple[float | None, ...]
    cells: tuple[Cell, ...]
    failures: tuple[FailedTrial, ...]
    fixed: tuple[str, ...] = ()

    def rows(self) -> list[tuple[Cell, ...]]:
        """The cells of each y, ascending."""
        n = len(self.x.values)
        return [self.cells[start : start + n] for start in range(0, len(self.cells), n)]

    def as_plain(self) -> dict[str, object]:
        """The object that `--json` prints."""
        plain = asdict(self)
        axes = {name: {"key": axis.key, "values": axis.values} for name, axis in (("x", self.x), ("y", self.y))}
        return {"study": plain.pop("study"), "kind": "atlas"} | plain | axes
