"""The result of a run as a typed record, with a field for each key of `result.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar, get_args

from nncli.storage.json_shape import COUNT, FLAG, NUMBER, TEXT, Keys, Leaf, Maybe, Shape, misfit, require
from nncli.storage.strict_json import PlainObject

T = TypeVar("T")

Ending: TypeAlias = Literal["completed", "diverged", "interrupted", "failed"]
"""How a run ended; `failed` by a bug."""

StopReason: TypeAlias = Literal["solved", "epochs", "patience", "target", "diverged", "interrupted"]
"""Why the training of a seed stopped."""

WHOLE = "the result of a run"


@dataclass(frozen=True, slots=True)
class Divergence:
    """What became non-finite, and when.

    Attributes:
        what: `loss`, `gradient`, `update`, or the `weights` themselves, which no training step causes.
        epoch, step: when it was detected.
        loss_before: the loss one step earlier.
        weights_step: the step of the weights that were kept; the previous step, except for `weights`.
    """

    what: str
    epoch: int
    step: int
    loss_before: float | None
    weights_step: int


@dataclass(frozen=True, slots=True)
class LowestValidation:
    """The recorded epoch with the lowest validation loss, and that loss."""

    epoch: int
    loss: float


@dataclass(frozen=True, slots=True)
class Seconds:
    """The time of a run, its share of the time of its stack; without a total in files of early versions."""

    total: float | None
    training: float


@dataclass(frozen=True, slots=True)
class StackRecord:
    """The stack that a run was trained in: the number of its runs and seeds, and its seconds."""

    runs: int
    seeds: int
    total: float
    training: float


@dataclass(frozen=True, slots=True)
class FailedResult:
    """The result of a run that failed by a bug."""

    run: str
    name: str
    status: ClassVar[Ending] = "failed"

    def as_plain(self) -> dict[str, object]:
        """The object of `result.json`."""
        return {"run": self.run, "name": self.name, "status": self.status}


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run; docs/commands.md describes each key. Tuples have an item per seed, in the order of `seeds`.

    Attributes:
        exact, steps_per_second, stack, optimizer_sha256: None also in files of early versions.
    """

    run: str
    name: str
    status: Ending
    task: str
    seeds: tuple[int, ...]
    solved: tuple[bool, ...]
    solved_epoch: tuple[int | None, ...]
    epochs: tuple[int, ...]
    epochs_planned: int
    steps: tuple[int, ...]
    best_epoch: tuple[int | None, ...]
    lowest_validation: tuple[LowestValidation | None, ...]
    stop_reason: tuple[StopReason, ...]
    divergence: tuple[Divergence | None, ...]
    cycle_from: tuple[int | None, ...]
    metrics: Mapping[str, tuple[float | None, ...]]
    complete: bool
    rows: Mapping[str, int]
    parameters: int
    exact: bool | None
    seconds: Seconds
    steps_per_second: float | None
    stack: StackRecord | None
    weights_sha256: tuple[str, ...]
    optimizer_sha256: tuple[str, ...] | None

    @property
    def solving_epochs(self) -> tuple[int | None, ...]:
        """When each seed was solved: the first epoch that solved its rows, if its final weights do; else None.

        So a seed that got every row right once and lost that again was not solved. If no epoch was seen to be solved
        and the final weights are, as after the last step of an epoch in which a row was wrong, it is the last epoch.
        """
        seeds = zip(self.solved, self.stop_reason, self.solved_epoch, self.epochs, strict=True)
        return tuple(
            (ended if first is None else first) if solved and reason != "diverged" else None
            for solved, reason, first, ended in seeds
        )

    @property
    def lost_epochs(self) -> tuple[int, ...]:
        """The first solved epochs of the seeds that are not solved by their final weights."""
        seeds = zip(self.solving_epochs, self.solved_epoch, strict=True)
        return tuple(first for solved, first in seeds if solved is None and first is not None)

    def as_plain(self) -> dict[str, object]:
        """The object of `result.json`."""
        plain = {field.name: _listed(getattr(self, field.name)) for field in fields(self)}
        return plain | {
            "lowest_validation": [lowest and asdict(lowest) for lowest in self.lowest_validation],
            "divergence": [divergence and asdict(divergence) for divergence in self.divergence],
            "metrics": {name: list(values) for name, values in self.metrics.items()},
            "rows": dict(self.rows),
            "seconds": asdict(self.seconds),
            "stack": self.stack and asdict(self.stack),
        }


def _one_of(names: tuple[str, ...]) -> Leaf:
    return Leaf(f"one of {', '.join(names)}", (str,), among=names)


STATUS = _one_of(get_args(Ending))

FAILED: Keys = {"run": TEXT, "name": TEXT, "status": STATUS}
"""The keys of the result of a run that failed by a bug."""

PER_SEED: Keys = {
    "solved": [FLAG],
    "solved_epoch": [COUNT.or_null],
    "epochs": [COUNT],
    "steps": [COUNT],
    "best_epoch": [COUNT.or_null],
    "stop_reason": [_one_of(get_args(StopReason))],
    "divergence": [
        Maybe({"what": TEXT, "epoch": COUNT, "step": COUNT, "loss_before": NUMBER.or_null, "weights_step": COUNT})
    ],
    "cycle_from": [COUNT.or_null],
    "weights_sha256": [TEXT],
}
"""The lists with one item per seed, as in `metrics`."""

LATER: Keys = {
    "lowest_validation": Maybe([Maybe({"epoch": COUNT, "loss": NUMBER})]),
    "optimizer_sha256": Maybe([TEXT]),
}
"""The same, in runs of later versions."""

METRIC: Shape = [NUMBER.or_null]

RESULT: Keys = {
    **FAILED,
    **PER_SEED,
    **LATER,
    "task": TEXT,
    "seeds": [COUNT],
    "epochs_planned": COUNT,
    "metrics": {"train_loss": METRIC, "train_max_error": METRIC, ...: METRIC},
    "complete": FLAG,
    "rows": {"train": COUNT, ...: COUNT},
    "parameters": COUNT,
    "exact": Maybe(FLAG),
    "seconds": {"total": Maybe(NUMBER), "training": NUMBER},
    "steps_per_second": Maybe(NUMBER),
    "stack": Maybe({"runs": COUNT, "seeds": COUNT, "total": NUMBER, "training": NUMBER}),
}
"""The keys of any other result."""


def from_plain(plain: PlainObject, place: str) -> Result | FailedResult:
    """The result of a run from the untrusted object of its `result.json`.

    Raises: `UserError` (code CORRUPT) for anything but the result of a run.
    """
    require(plain, FAILED, place, WHOLE)
    if plain["status"] == "failed":
        return FailedResult(plain["run"], plain["name"])
    require(plain, RESULT, place, WHOLE)
    seeds = len(plain["seeds"])
    if not seeds:
        raise misfit("it has no seeds", place, WHOLE)
    lists = {str(name): plain[str(name)] for name in (*PER_SEED, *LATER) if plain.get(str(name)) is not None}
    lists |= {f"metrics.{name}": values for name, values in plain["metrics"].items()}
    for name, values in lists.items():
        if len(values) != seeds:
            raise misfit(f"{name} has {len(values)} items for {seeds} seeds", place, WHOLE)
    if any(end == "diverged" and not how for end, how in zip(plain["stop_reason"], plain["divergence"], strict=True)):
        raise misfit("divergence does not say how a seed diverged", place, WHOLE)
    known = {field.name: _fixed(plain.get(field.name)) for field in fields(Result)}
    return Result(
        **known
        | {
            "lowest_validation": tuple(
                _maybe(LowestValidation, lowest) for lowest in plain.get("lowest_validation") or [None] * seeds
            ),
            "divergence": tuple(_maybe(Divergence, divergence) for divergence in plain["divergence"]),
            "metrics": {name: tuple(values) for name, values in plain["metrics"].items()},
            "seconds": Seconds(plain["seconds"].get("total"), plain["seconds"]["training"]),
            "stack": _maybe(StackRecord, plain.get("stack")),
        }
    )


def _maybe(record: Callable[..., T], plain: PlainObject | None) -> T | None:
    """A record of the fields of a plain object, or None."""
    return None if plain is None else record(*(plain[name] for name in _names(record)))


def _names(record: Any) -> list[str]:
    return [field.name for field in fields(record)]


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
