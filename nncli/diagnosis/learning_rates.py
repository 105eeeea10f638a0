"""Find a learning rate: a range test, and short runs of every seed with each of several constant rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.best_rate import best_rate, rank_rates
from nncli.analysis.learning_rate_record import RangeTest, RateSearch, ShortRuns
from nncli.config.experiment import Experiment
from nncli.diagnosis.trial import Watch, unwatched
from nncli.errors import ExitCode, UserError
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.memory import training_bytes
from nncli.experiments.start import write_start
from nncli.nn.schedules import is_constant
from nncli.nn.schedules.rescaled import Rescaled
from nncli.nn.schedules.rising import Rising
from nncli.threads import limited_threads
from nncli.training.flow import LayerFlow
from nncli.training.loop import Training
from nncli.training.metrics import Metrics
from nncli.training.outcome import Outcome
from nncli.training.settings import Settings
from nncli.training.snapshot import Snapshot

Floats = NDArray[np.float64]

DECADES = (-4, 0)
"""The decades that are tried first: 0.0001 to 5, and 10."""
WIDEST = (-9, 3)
"""Where the best rate is the lowest or highest of all, another decade is tried, down or up to these."""
IN_A_DECADE = (1, 2, 5)
SHARE = 0.2
"""The part of the config's epochs that a short run takes."""
LEAST_STEPS = 100
"""A short run takes at least this number of steps, if the config has as many; and a range test this number."""
MEMORY = 1_000_000_000
"""The most bytes that one stack should take; a rate with all seeds is never divided."""


def find_learning_rate(experiment: Experiment, watch: Watch = unwatched) -> RateSearch:
    """Find the learning rate with which an experiment trains best.

    Every seed trains for a fifth of its epochs, but at least 100 steps, with each of the rates 1, 2 and 5 times a power
    of ten from 0.0001 to 10. For each seed the rates are ranked: first those that solve its rows, the earliest first;
    then by the loss at the end, that of the training rows or, if larger, of the validation rows; those that diverge
    last. The suggestion is the rate with the lowest mean of its rank and that of the next higher rate, over all seeds:
    `best_rate`. If it is at an end of the range, another decade is tried.

    A schedule runs as a whole within these epochs. Patience and targets do not stop a short run.

    The range test of Smith (2017) is made beside it, for its picture: one run in which the rate rises in every step.
    Its usual readings (the steepest descent, or a tenth of the rate at the lowest loss) do not decide, since what a
    rate does in a step at some point of a run depends on all the steps before: a task that is solved before
    the rate is too high shows no rise of the loss at all.

    Raises:
        UserError: (code USAGE) if there is nothing to find; (code INTERRUPTED) if `watch` asks to stop.
    """
    _check(experiment)
    epochs = short_epochs(experiment)
    low, high = DECADES
    done: dict[float, _Tried] = {}
    with limited_threads(experiment.threads):
        while True:
            rates = rates_between(low, high)
            done |= _try(experiment, [rate for rate in rates if rate not in done], epochs, watch)
            tried = [done[rate] for rate in rates]
            ranks = rank_rates([own.solved for own in tried], [own.loss for own in tried])
            start = tried[0].start
            trains = np.min([own.loss for own in tried], axis=0) < start
            place = best_rate(ranks[:, trains] if trains.any() else ranks).place
            if place == 0 and low > WIDEST[0]:
                low -= 1
            elif place == len(rates) - 2 and high < WIDEST[1] and trains.any():
                high += 1
            else:
                break
        range_test = _range_test(experiment, rates[0], rates[-1], watch)
    return _found(experiment, epochs, rates, tried, ranks, trains, range_test)


def short_epochs(experiment: Experiment) -> int:
    """The epochs of a short run."""
    planned = experiment.training.epochs
    return min(planned, max(math.ceil(SHARE * planned), math.ceil(LEAST_STEPS / experiment.steps_per_epoch)))


def steps_of_search(experiment: Experiment) -> int:
    """The steps of all replicas together, if no further decade is tried and none stops early."""
    each = len(rates_between(*DECADES)) * short_epochs(experiment) * experiment.steps_per_epoch + LEAST_STEPS
    return len(experiment.seeds) * each


def rates_between(low: int, high: int) -> list[float]:
    """1, 2 and 5 times each power of ten from 10^low to 10^high, and 10^(high + 1)."""
    rates = [float(f"{first}e{power}") for power in range(low, high + 1) for first in IN_A_DECADE]
    return [*rates, float(f"1e{high + 1}")]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A rate with each seed (R,): the epoch in which it was solved, and its loss, both perhaps infinite."""

    solved: Floats
    loss: Floats
    start: Floats


@dataclass(slots=True)
class _Recorder:
    """The loss of every replica before its first step, and that of each step."""

    watch: Watch
    replicas: list[int]
    limit: int | None = None
    start: dict[int, float] = field(default_factory=dict)
    steps: list[Floats] = field(default_factory=list)
    stopped: bool = False

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """See `Recorder`."""
        if step == 0:
            larger = np.maximum(metrics["train_loss"], metrics.get("validation_loss", -math.inf))
            self.start = dict(zip(replicas, map(float, larger), strict=True))

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """See `Recorder`."""

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating], take: Callable[[], Snapshot]) -> bool:
        """See `Recorder`."""
        if self.limit is not None:
            of = self.replicas if len(loss) == len(self.replicas) else list(take().replicas)
            losses = np.full(len(self.replicas), np.nan)
            losses[of] = loss
            self.steps.append(losses)
        self.stopped = self.watch(len(loss))
        return self.stopped or step == self.limit


def _try(experiment: Experiment, rates: list[float], epochs: int, watch: Watch) -> dict[float, _Tried]:
    """Train all seeds with each rate, as many rates in one stack as fit."""
    together = max(1, MEMORY // max(1, training_bytes(experiment)))
    done: dict[float, _Tried] = {}
    for first in range(0, len(rates), together):
        some = rates[first : first + together]
        stack = [replace(experiment, training=_short(experiment.training, rate, epochs)) for rate in some]
        outcomes, recorder = _train(stack, build_settings(stack), watch)
        count = len(experiment.seeds)
        for place, rate in enumerate(some):
            own = slice(place * count, (place + 1) * count)
            start = np.array([recorder.start[replica] for replica in recorder.replicas[own]])
            done[rate] = _tried(outcomes[own], start, counts=experiment.training.stop.solved)
    return done


def _short(settings: Settings, rate: float, epochs: int) -> Settings:
    """The settings of a short run."""
    schedule = settings.schedule
    return replace(
        settings,
        learning_rate=rate,
        epochs=epochs,
        schedule=schedule if is_constant(schedule) else Rescaled(schedule, settings.epochs, epochs),
        stop=replace(settings.stop, patience=None, target=None),
        log_every=epochs,
        record=(),
    )


def _train(
    stack: list[Experiment], settings: Settings, watch: Watch, limit: int | None = None
) -> tuple[list[Outcome], _Recorder]:
    network = build_network(stack)
    write_start(stack, network)
    recorder = _Recorder(watch, list(range(len(network.seeds))), limit)
    rows = {name: own for name, own in build_rows(stack[0], network).items() if name != "test"}
    outcomes = Training(network, rows, settings, recorder).run()
    if recorder.stopped:
        raise UserError("interrupted", allowed="Nothing was written", code=ExitCode.INTERRUPTED)
    return outcomes, recorder


def _tried(outcomes: list[Outcome], start: Floats, *, counts: bool) -> _Tried:
    """Args: counts: whether solving its rows ends a run."""
    solved = [own.solved_epoch if counts and own.stop_reason == "solved" else None for own in outcomes]
    loss = [
        max(own.metrics.get("train_loss", math.inf), own.metrics.get("validation_loss", -math.inf)) for own in outcomes
    ]
    return _Tried(
        np.array([math.inf if epoch is None else epoch for epoch in solved], np.float64),
        np.array([value if math.isfinite(value) else math.inf for value in loss], np.float64),
        start,
    )


def _range_test(experiment: Experiment, lowest: float, highest: float, watch: Watch) -> RangeTest:
    """One run of every seed in which the rate rises in every step, from the lowest to the highest."""
    per_epoch = experiment.steps_per_epoch
    epochs = math.ceil(LEAST_STEPS / per_epoch)
    settings = replace(
        _short(experiment.training, lowest, epochs),
        schedule=Rising(highest / lowest, LEAST_STEPS, per_epoch),
        stop=replace(experiment.training.stop, solved=False, patience=None, target=None),
    )
    _, recorder = _train([experiment], settings, watch, LEAST_STEPS)
    losses = np.full((LEAST_STEPS, len(experiment.seeds)), np.nan)  # fewer steps, if all seeds diverge
    for step, own in enumerate(recorder.steps):
        losses[step] = own
    rates = lowest * (highest / lowest) ** (np.arange(LEAST_STEPS) / (LEAST_STEPS - 1))
    return RangeTest(tuple(map(float, rates)), tuple(tuple(map(float, of)) for of in losses.T))


def _found(
    experiment: Experiment,
    epochs: int,
    rates: list[float],
    tried: list[_Tried],
    ranks: Floats,
    trains: NDArray[np.bool_],
    range_test: RangeTest,
) -> RateSearch:
    some = bool(trains.any())
    best = best_rate(ranks[:, trains]) if some else None
    mean = ranks[:, trains].mean(axis=1) if some else None
    ends = {0: "lowest", len(rates) - 2: "highest"}
    return RateSearch(
        configured=float(experiment.training.learning_rate),
        seeds=experiment.seeds,
        epochs=epochs,
        planned=experiment.training.epochs,
        stops_when_solved=experiment.training.stop.solved,
        start_loss=tuple(map(float, tried[0].start)),
        short_runs=tuple(
            ShortRuns(
                rate,
                tuple(int(epoch) if math.isfinite(epoch) else None for epoch in own.solved),
                tuple(float(loss) if math.isfinite(loss) else None for loss in own.loss),
                None if mean is None else float(mean[place]),
            )
            for place, (rate, own) in enumerate(zip(rates, tried, strict=True))
        ),
        seed_best=tuple(
            rates[int(np.argmin(ranks[:, r]))] if trains[r] else None for r in range(len(experiment.seeds))
        ),
        fastest=None if mean is None else rates[int(np.argmin(mean))],
        suggestion=None if best is None else rates[best.place],
        low=None if best is None or best.low is None else rates[best.low],
        high=None if best is None or best.high is None else rates[best.high],
        at_end=None if best is None else ends.get(best.place),
        range_test=range_test,
    )


def _check(experiment: Experiment) -> None:
    if experiment.training.epochs == 0:
        given = "this config trains for 0 epochs, so it needs no learning rate"
        raise UserError(given, where="training.epochs", hint="Give it some, such as training.epochs=100")
    if experiment.is_perceptron_rule:
        given = "the perceptron rule has no best learning rate: from zero weights, it only scales them"
        raise UserError(given, where="training.learning_rate", hint="Any will do")
