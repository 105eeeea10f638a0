"""The training loop. Each replica stops by itself: its row is frozen at its own epoch and leaves the stack."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import recorded_epochs
from nncli.nn.arrays import Array
from nncli.nn.descent import Descent
from nncli.nn.network import Network
from nncli.nn.passes import Output
from nncli.nn.schedules import factor_at
from nncli.runs.result_record import Divergence
from nncli.training.data import Batches, Rows
from nncli.training.listener import Recorder
from nncli.training.metrics import Metrics, evaluate, metrics_of
from nncli.training.outcome import Outcome
from nncli.training.settings import Settings
from nncli.training.snapshot import Snapshot
from nncli.training.stopping import Best, Cycles, Lowest, Solved, Watch

RESTORING = ("patience", "epochs", "interrupted")
"""The reasons to stop that restore the best weights (with patience); after the others the last weights are kept."""


def train(network: Network, splits: dict[str, Rows], settings: Settings, recorder: Recorder) -> list[Outcome]:
    """Train every replica of a network; returns outcomes in the order of the replicas. Args: see `Training`."""
    return Training(network, splits, settings, recorder).run()


class Training:
    """The state of a run: the stack that is still training, and the outcomes of finished replicas.

    Args:
        network: freshly initialized; its capacity is at least the batch size.
        splits: `train`, and if present `validation` and `test`.
        settings: how to train.
        recorder: called for every recorded epoch and every step.
    """

    def __init__(self, network: Network, splits: dict[str, Rows], settings: Settings, recorder: Recorder) -> None:
        self.network, self.splits, self.settings, self.recorder = network, splits, settings, recorder
        self.descent = Descent(
            settings.optimizer,
            network.theta,
            network.grad,
            network.segments,
            learning_rate=settings.learning_rate,
            clip_norm=settings.clip_norm,
        )
        batch_size = settings.rows_per_step(len(splits["train"]))
        self.batches = Batches(splits["train"], batch_size, settings.shuffle, network.seeds)
        self.recorded = recorded_epochs(settings.epochs, settings.log_every)
        replicas = len(network.seeds)
        self.active = list(range(replicas))  # the replica of each remaining row
        self.outcomes: dict[int, Outcome] = {}
        self.rates = np.broadcast_to(np.ravel(settings.learning_rate), replicas)
        stop, train_rows = settings.stop, splits["train"]
        tolerance = stop.tolerance * train_rows.target_range
        self.solved = Solved(replicas, tolerance, noisy=not network.trains_as_it_predicts)
        self.best = Best(network.theta, stop.min_delta) if stop.patience is not None else None
        self.lowest = Lowest(replicas) if "validation" in splits else None
        self.cycles = Cycles(replicas) if settings.watch_cycles and not self.batches.shuffle else None
        self.epoch = self.step = self.batch = 0  # batch: the number done in this epoch
        self.interrupted = False
        self.fresh: Output | None = None  # of all rows at these weights, if `grad` already holds its gradient
        self.norms: NDArray[Any] = np.full(replicas, np.nan)
        self.loss_before: NDArray[Any] = np.full(replicas, np.nan)
        self.numbers = network.theta.reshape(-1)  # all weights in one row
        self.sound, self.sound_step = network.theta.copy(), np.zeros(replicas, int)  # finite weights, and their step

    def run(self) -> list[Outcome]:
        """Train all remaining epochs, or until the last replica stops; returns the outcomes in order of replicas."""
        with np.errstate(all="ignore"):  # overflow is caught at its step, by checking the loss and the gradient
            self._run()
        return [self.outcomes[replica] for replica in sorted(self.outcomes)]

    def _run(self) -> None:
        if self.step == 0:
            self._end_epoch()
        elif self.active:
            self._complete_epoch()
        while self.active and self.epoch < self.settings.epochs and not self.interrupted:
            self.epoch, self.batch = self.epoch + 1, 0
            self.network.begin_epoch(self.epoch)
            self.solved.begin_epoch()
            self._complete_epoch()

    def snapshot(self) -> Snapshot:
        """Everything needed to resume after the last step."""
        norms = self.norms.astype(np.float64)
        arrays = {"theta": self.network.theta, "norms": norms, "loss_before": self.loss_before}
        arrays |= dict(zip(self._slot_names(), self.descent.slots, strict=True))
        arrays["random_states"] = self.network.random_states
        for watch in self._watches():
            arrays |= watch.state
        return Snapshot(self.epoch, self.step, self.batch, tuple(self.active), arrays, dict(self.outcomes))

    def restore(self, start: Snapshot) -> None:
        """Restore the state of a snapshot.

        Raises:
            ValueError: if it does not fit this network and these settings.
        """
        start.check(self.network.seeds, steps=self.batches.steps, epochs=self.settings.epochs)
        self._keep(np.array(start.replicas, np.intp))
        self.epoch, self.step, self.batch = start.epoch, start.step, start.batch
        self.outcomes = dict(start.outcomes)
        self.network.begin_epoch(self.epoch)
        start.check_arrays(self.snapshot().arrays)
        self.network.random_states = start.arrays["random_states"]
        self.norms, self.loss_before = start.arrays["norms"].copy(), start.arrays["loss_before"].copy()
        for name, array in zip(["theta", *self._slot_names()], [self.network.theta, *self.descent.slots], strict=True):
            array[...] = start.arrays[name]
        self.sound[...], self.sound_step[...] = self.network.theta, self.step
        for watch in self._watches():
            watch.state = start.arrays

    def _watches(self) -> list[Watch]:
        return [watch for watch in (self.solved, self.best, self.lowest, self.cycles) if watch is not None]

    def _slot_names(self) -> list[str]:
        return [f"slot_{name}" for name in self.settings.optimizer.slots]

    def _complete_epoch(self) -> None:
        for x, y in self.batches.epoch(self.epoch, self.batch):
            self.step += 1
            self.batch += 1
            self._train_step(x, y)
            if not self.active:
                return
            if self.recorder.tick(self.epoch, self.step, self.loss_before, self.snapshot):
                self.interrupted = True
                break
        self._end_epoch()

    def _train_step(self, x: Array, y: Array) -> None:
        network, descent = self.network, self.descent
        output = self.fresh or network.gradient(x, y)
        loss = output.loss
        if self.solved.watching:
            self.solved.see(output.within(self.solved.tolerance))
        network.add_penalty_gradients()
        self.norms = descent.squared_norms()
        self.fresh = None
        # One number tells whether all are finite; only if it is not, check which. The weights are included
        # because a flat part of an activation may hide an infinite one.
        if not math.isfinite(np.dot(self.norms, loss) + np.dot(self.numbers, self.numbers)):
            finite = np.isfinite(self.norms) & np.isfinite(loss) & np.isfinite(network.theta).all(axis=1)
            self._drop_diverged(["gradient" if np.isfinite(value) else "loss" for value in loss], finite)
            loss = loss[finite]
        if self.active:
            self.loss_before[...] = loss
            self._update()

    def _factor(self) -> float:
        """The schedule's factor on the learning rate in this step."""
        return factor_at(self.settings.schedule, self.step, self.batches.steps, self.settings.epochs)

    def _update(self) -> None:
        """Take an optimizer step; a replica whose weights it would make non-finite keeps its old ones."""
        descent, theta = self.descent, self.network.theta
        factor = self._factor()
        careful = descent.may_overflow(self.norms)
        before = theta.copy() if careful else None
        self.network.keep_statistics()
        descent.step(self.step, factor, self.norms)
        if before is not None:
            finite = np.asarray(np.isfinite(theta).all(axis=1))
            theta[~finite] = before[~finite]
            self._drop_diverged(["update"] * len(theta), finite)

    def _drop_diverged(self, what: list[str], finite: NDArray[np.bool_]) -> None:
        """Stop the replicas with a non-finite value, before it reaches their weights."""
        for r in map(int, np.flatnonzero(~finite)):
            self._finish_diverged(r, what[r], self.step)
        self._keep(np.flatnonzero(finite))

    def _end_epoch(self) -> None:
        settings, stop = self.settings, self.settings.stop
        last = self.epoch == settings.epochs or self.interrupted
        due = self.epoch in self.recorded or last
        if self.cycles is not None and not self.interrupted:  # part of an epoch may end where it began
            self.cycles.see(self.epoch, self.network.theta)
        if not (due or stop.target or self.best or self.solved.promising):
            return
        metrics = self._measure()
        self.solved.confirm(self.epoch, metrics["train_max_error"], untrained=settings.epochs == 0)
        reasons = self._reasons_to_stop(metrics, last=last)
        self._record(metrics, [r for r, reason in enumerate(reasons) if due or reason])
        if due:
            finite = np.isfinite(metrics["train_loss"])
            self.sound[finite], self.sound_step[finite] = self.network.theta[finite], self.step
        if any(reasons):
            self._retire(metrics, reasons)

    def _reasons_to_stop(self, metrics: Metrics, *, last: bool) -> list[str | None]:
        """The reason why each replica stops here, if it does."""
        stop = self.settings.stop
        reasons: list[str | None] = [None] * len(self.active)
        if self.best is not None and self.epoch > 0:
            monitored = metrics.get("validation_loss", metrics["train_loss"])
            waited = self.best.see(self.epoch, monitored, self.network.theta)
            self._mark(reasons, waited >= (stop.patience or 0), "patience")
        if stop.target is not None:
            self._mark(reasons, stop.target.holds(metrics), "target")
        if stop.solved and self.settings.epochs > 0:
            self._mark(reasons, self.solved.newly, "solved")
        if self.interrupted and self.batch < self.batches.steps:  # part of an epoch decides nothing: a resume will
            reasons = ["interrupted"] * len(self.active)
        elif last:
            for r, reason in enumerate(reasons):
                reasons[r] = reason or ("interrupted" if self.interrupted else "epochs")
        return reasons

    @staticmethod
    def _mark(reasons: list[str | None], which: NDArray[np.bool_], reason: str) -> None:
        for r in np.flatnonzero(which):
            reasons[r] = reason

    def _measure(self) -> Metrics:
        """The metrics of all replicas still training. The train split comes last: a full batch's gradient is kept."""
        found: Metrics = {}
        if "validation" in self.splits:
            found |= {f"validation_{name}": v for name, v in evaluate(self.network, self.splits["validation"]).items()}
        rows = self.splits["train"]
        if self.batches.full and self.network.trains_as_it_predicts:
            self.fresh = self.network.gradient(rows.x, rows.y)
            train = metrics_of(rows, [self.fresh])
        else:
            train = evaluate(self.network, rows)
        found |= {f"train_{name}": v for name, v in train.items()}
        found["penalty"] = self.network.penalties()
        found["objective"] = found["train_loss"] + found["penalty"]
        return found

    def _record(self, metrics: Metrics, rows: list[int]) -> None:
        if not rows:
            return
        if self.lowest is not None and not self.interrupted:  # a partial epoch does not count
            self.lowest.see(np.array(rows, np.intp), self.epoch, metrics["validation_loss"][rows])
        replicas = [self.active[r] for r in rows]
        rates = np.full(len(rows), np.nan)
        if self.step:  # there is none before the first step, and no schedule for 0 epochs
            rates = self.rates[replicas] * self._factor()
        columns = {name: values[rows] for name, values in metrics.items()}
        columns["gradient_norm"] = np.sqrt(self.norms[rows].astype(np.float64))
        columns["learning_rate"] = rates
        self.recorder.record(replicas, self.epoch, self.step, columns)

    def _retire(self, metrics: Metrics, reasons: list[str | None]) -> None:
        """Freeze the rows that have a reason to stop, and keep training the others."""
        done = np.array([reason is not None for reason in reasons])
        restored = np.array([reason in RESTORING for reason in reasons])
        if self.best is not None and self.epoch > 0 and restored.any():
            self.best.restore(self.network.theta, restored)
            metrics = self._measure()
        if "test" in self.splits:
            metrics |= {f"test_{name}": v for name, v in evaluate(self.network, self.splits["test"]).items()}
            self.fresh = None
        for r in map(int, np.flatnonzero(done)):
            if np.isfinite(metrics["train_loss"][r]) or self.epoch == 0 or self.interrupted:
                self._finish(r, str(reasons[r]), None, {name: float(v[r]) for name, v in metrics.items()})
            else:  # the last update diverged, and there is no further step to detect it
                self._finish_diverged(r, "loss", self.step + 1)
        self._keep(np.flatnonzero(~done))

    def _finish_diverged(self, r: int, what: str, step: int) -> None:
        """Stop a replica with a non-finite value in a step; its last finite weights are kept."""
        before = float(self.loss_before[r]) if step > 1 else None
        found = Divergence(what, self.epoch, step, before, step - 1)
        theta = self.network.theta
        if not np.isfinite(theta[r]).all():  # no training step does that: a memory fault, or a faulty part
            theta[r] = self.sound[r]
            found = replace(found, what="weights", weights_step=int(self.sound_step[r]))
        self._finish(r, "diverged", found)

    def _finish(
        self, r: int, reason: str, divergence: Divergence | None = None, metrics: dict[str, float] | None = None
    ) -> None:
        if metrics is None:
            metrics = {}
        lowest_epoch, lowest_loss = self.lowest.of(r) if self.lowest is not None else (None, None)
        self.outcomes[self.active[r]] = Outcome(
            seed=self.network.seeds[r],
            theta=self.network.theta[r].copy(),  # a view would keep the whole stack alive
            optimizer_sha256=self._hash_slots(r),
            stop_reason=reason,
            epoch=self.epoch,
            step=self.step,
            solved=self.solved.is_solved(metrics),
            solved_epoch=self.solved.epoch_of(r),
            best_epoch=self.best.epoch_of(r) if self.best is not None and reason in RESTORING else None,
            metrics=metrics,
            divergence=divergence,
            cycle_from=self.cycles.start_of(r) if self.cycles is not None else None,
            lowest_epoch=lowest_epoch,
            lowest_loss=lowest_loss,
        )

    def _hash_slots(self, r: int) -> str:
        digest = hashlib.sha256()
        for slot in self.descent.slots:
            digest.update(np.ascontiguousarray(slot[r], slot.dtype.newbyteorder("<")).data)
        return digest.hexdigest()

    def _keep(self, rows: NDArray[np.intp]) -> None:
        if len(rows) == len(self.active):
            return
        self.active = [self.active[r] for r in rows]
        self.network.keep(rows)
        self.descent.keep(rows, self.network.theta, self.network.grad)
        self.batches.keep(rows)
        self.norms, self.loss_before = self.norms[rows], self.loss_before[rows]
        self.numbers = self.network.theta.reshape(-1)
        self.sound, self.sound_step = self.sound[rows], self.sound_step[rows]
        for watch in self._watches():
            watch.keep(rows)
        self.fresh = None
