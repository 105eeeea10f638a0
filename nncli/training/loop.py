"""The training loop. Each replica stops by itself: its row is frozen at its own epoch and leaves the stack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import recorded_epochs
from nncli.nn.arrays import Array
from nncli.nn.network import Network
from nncli.nn.passes import Output
from nncli.nn.schedules import factor_at
from nncli.runs.result_record import Divergence, StopReason
from nncli.training.data import Rows
from nncli.training.flow import FlowMeter, LayerFlow
from nncli.training.listener import Recorder
from nncli.training.metrics import Metrics, evaluate, metrics_of
from nncli.training.outcome import Outcome
from nncli.training.settings import Settings
from nncli.training.snapshot import Snapshot
from nncli.training.stack import Stack

RESTORING: tuple[StopReason, ...] = ("patience", "epochs", "interrupted")
"""The reasons to stop after which, with `patience`, the best weights are restored; after others the last are kept."""


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

    Attributes:
        epoch, step: the current ones, from 1; 0 before training.
        batch: the number of batches done in this epoch.
    """

    def __init__(self, network: Network, splits: dict[str, Rows], settings: Settings, recorder: Recorder) -> None:
        self.network, self.splits, self.settings, self.recorder = network, splits, settings, recorder
        self.stack = Stack(network, splits, settings)
        self.outcomes: dict[int, Outcome] = {}
        self.recorded = recorded_epochs(settings.epochs, settings.log_every)
        self.epoch = self.step = self.batch = 0
        self.interrupted = False
        self.meter = FlowMeter(splits["train"]) if "flow" in settings.record else None
        self.ready_gradient: Output | None = None  # of all rows at these weights, if `grad` already holds its gradient

    def run(self) -> list[Outcome]:
        """Train all remaining epochs, or until the last replica stops; returns the outcomes in order of replicas."""
        with np.errstate(all="ignore"):  # overflow is caught at its step, by checking the loss and the gradient
            self._run()
        return [self.outcomes[replica] for replica in sorted(self.outcomes)]

    def _run(self) -> None:
        if self.step == 0:
            self._end_epoch()
        elif self.stack:
            self._complete_epoch()
        while self.stack and self.epoch < self.settings.epochs and not self.interrupted:
            self.epoch, self.batch = self.epoch + 1, 0
            self.network.begin_epoch(self.epoch)
            self.stack.solved.begin_epoch()
            self._complete_epoch()

    def snapshot(self) -> Snapshot:
        """Everything needed to resume after the last step."""
        replicas = tuple(self.stack.replicas)
        return Snapshot(self.epoch, self.step, self.batch, replicas, self.stack.arrays, dict(self.outcomes))

    def restore(self, start: Snapshot) -> None:
        """Restore the state of a snapshot.

        Raises:
            ValueError: if it does not fit this network and these settings.
        """
        start.check(self.network.seeds, steps=self.stack.batches.steps, epochs=self.settings.epochs)
        self._keep(np.array(start.replicas, np.intp))
        self.epoch, self.step, self.batch = start.epoch, start.step, start.batch
        self.outcomes = dict(start.outcomes)
        self.network.begin_epoch(self.epoch)
        start.check_arrays(self.stack.arrays)
        self.stack.restore(start.arrays, self.step)

    def _complete_epoch(self) -> None:
        for x, y in self.stack.batches.epoch(self.epoch, self.batch):
            self.step += 1
            self.batch += 1
            self._train_step(x, y)
            if not self.stack:
                return
            if self.recorder.tick(self.epoch, self.step, self.stack.divergence.loss, self.snapshot):
                self.interrupted = True
                break
        self._end_epoch()

    def _train_step(self, x: Array, y: Array) -> None:
        """Forward, loss and backward; then the update, unless something is not finite."""
        network, stack = self.network, self.stack
        output = network.gradient(x, y) if self.ready_gradient is None else self.ready_gradient
        self.ready_gradient, loss = None, output.loss
        if stack.solved.watching:
            stack.solved.see(output.within(stack.solved.tolerance))
        finite = stack.divergence.see(output, stack.descent.exact(output.squared_norms))
        if finite is not None:
            self._drop_diverged(["gradient" if np.isfinite(value) else "loss" for value in loss], finite)
            loss = loss[finite]
        if stack:
            stack.divergence.loss[...] = loss
            self._update()

    def _factor(self) -> float:
        """The schedule's factor on the learning rate in this step."""
        return factor_at(self.settings.schedule, self.step, self.stack.batches.steps, self.settings.epochs)

    def _update(self) -> None:
        """Take an optimizer step; a replica whose weights it would make non-finite keeps its old ones."""
        descent, theta, norms = self.stack.descent, self.network.theta, self.stack.divergence.norms
        before = theta.copy() if descent.may_overflow(norms) else None
        self.network.keep_statistics()
        descent.step(self.step, self._factor(), norms)
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
        settings, stack, stop = self.settings, self.stack, self.settings.stop
        last = self.epoch == settings.epochs or self.interrupted
        due = self.epoch in self.recorded or last
        if stack.cycles is not None and not self.interrupted:  # part of an epoch may end where it began
            stack.cycles.see(self.epoch, self.network.theta)
        if stack.history is not None and not self.interrupted:
            stack.history.see(self.epoch, self.network.theta)
        if not (due or stop.target or stack.best or stack.solved.promising):
            return
        metrics = self._measure()
        stack.solved.confirm(self.epoch, metrics["train_max_error"], untrained=settings.epochs == 0)
        reasons = self._reasons_to_stop(metrics, last=last)
        self._record(metrics, [r for r, reason in enumerate(reasons) if due or reason])
        if due:
            stack.divergence.remember(np.isfinite(metrics["train_loss"]), self.step)
        if any(reasons):
            self._retire(metrics, reasons)

    def _reasons_to_stop(self, metrics: Metrics, *, last: bool) -> list[StopReason | None]:
        """The reason why each replica stops here, if it does."""
        stop, stack = self.settings.stop, self.stack
        reasons: list[StopReason | None] = [None] * len(stack)
        if stack.best is not None and self.epoch > 0:
            monitored = metrics.get("validation_loss", metrics["train_loss"])
            waited = stack.best.see(self.epoch, monitored, self.network.theta)
            self._mark(reasons, waited >= (stop.patience or 0), "patience")
        if stop.target is not None:
            self._mark(reasons, stop.target.holds(metrics), "target")
        if stop.solved and self.settings.epochs > 0:
            self._mark(reasons, stack.solved.newly, "solved")
        if self.interrupted and self.batch < stack.batches.steps:  # part of an epoch decides nothing: a resume will
            reasons = ["interrupted"] * len(stack)
        elif last:
            for r, reason in enumerate(reasons):
                reasons[r] = reason or ("interrupted" if self.interrupted else "epochs")
        return reasons

    @staticmethod
    def _mark(reasons: list[StopReason | None], which: NDArray[np.bool_], reason: StopReason) -> None:
        for r in np.flatnonzero(which):
            reasons[r] = reason

    def _measure(self) -> Metrics:
        """The metrics of all replicas still training. The train split comes last: a full batch's gradient is kept."""
        found: Metrics = {}
        if "validation" in self.splits:
            found |= {f"validation_{name}": v for name, v in evaluate(self.network, self.splits["validation"]).items()}
        rows = self.splits["train"]
        if self.stack.batches.full and self.network.trains_as_it_predicts:
            self.stack.divergence.hold()
            self.ready_gradient = self.network.gradient(rows.x, rows.y)
            train = metrics_of(rows, [self.ready_gradient])
        else:
            train = evaluate(self.network, rows)
        found |= {f"train_{name}": v for name, v in train.items()}
        found["penalty"] = self.network.penalties()
        found["objective"] = found["train_loss"] + found["penalty"]
        return found

    def _record(self, metrics: Metrics, rows: list[int]) -> None:
        if not rows:
            return
        stack = self.stack
        if stack.lowest is not None and not self.interrupted:  # a partial epoch does not count
            stack.lowest.see(np.array(rows, np.intp), self.epoch, metrics["validation_loss"][rows])
        rates = np.full(len(rows), np.nan)
        if self.step:  # there is none before the first step, and no schedule for 0 epochs
            rates = stack.rates[rows] * self._factor()
        columns = {name: values[rows] for name, values in metrics.items()}
        columns["gradient_norm"] = np.sqrt(stack.divergence.norms[rows].astype(np.float64))
        columns["learning_rate"] = rates
        self.recorder.record([stack.replicas[r] for r in rows], self.epoch, self.step, columns)
        if self.meter is not None:
            self.recorder.record_flow(self.epoch, {stack.replicas[r]: self._flow(self.meter, r) for r in rows})

    def _flow(self, meter: FlowMeter, r: int) -> list[LayerFlow]:
        """What flows through a row's layers, and the step that the optimizer would take next; after the last, again."""
        steps, epochs = self.stack.batches.steps, self.settings.epochs
        step = max(1, min(self.step + 1, steps * epochs))
        factor = factor_at(self.settings.schedule, step, steps, max(1, epochs))
        return meter.measure(self.network, r, self.epoch, self.stack.descent, step, factor)

    def _retire(self, metrics: Metrics, reasons: list[StopReason | None]) -> None:
        """Freeze the rows that have a reason to stop, and keep training the others."""
        done = np.array([reason is not None for reason in reasons])
        restored = np.array([reason in RESTORING for reason in reasons])
        if self.stack.best is not None and self.epoch > 0 and restored.any():
            self.stack.best.restore(self.network.theta, restored)
            metrics = self._measure()
        if "test" in self.splits:
            metrics |= {f"test_{name}": v for name, v in evaluate(self.network, self.splits["test"]).items()}
            self.ready_gradient = None
        for r, reason in enumerate(reasons):
            if reason is None:
                continue
            if np.isfinite(metrics["train_loss"][r]) or self.epoch == 0 or self.interrupted:
                self._finish(r, reason, None, {name: float(v[r]) for name, v in metrics.items()})
            else:  # the last update diverged, and there is no further step to detect it
                self._finish_diverged(r, "loss", self.step + 1)
        self._keep(np.flatnonzero(~done))

    def _finish_diverged(self, r: int, what: str, step: int) -> None:
        """Stop a replica with a non-finite value in a step; its last finite weights are kept."""
        self._finish(r, "diverged", self.stack.divergence.describe(r, what, self.epoch, step), {})

    def _finish(self, r: int, reason: StopReason, divergence: Divergence | None, metrics: dict[str, float]) -> None:
        """Record the outcome of a row."""
        stack = self.stack
        theta = self.network.theta[r].copy()  # a view would keep the whole stack alive
        lowest_epoch, lowest_loss = stack.lowest.of(r) if stack.lowest is not None else (None, None)
        self.outcomes[stack.replicas[r]] = Outcome(
            seed=self.network.seeds[r],
            theta=theta,
            optimizer_sha256=stack.hash_slots(r),
            stop_reason=reason,
            epoch=self.epoch,
            step=self.step,
            solved=stack.solved.is_solved(metrics),
            solved_epoch=stack.solved.epoch_of(r),
            best_epoch=stack.best.epoch_of(r) if stack.best is not None and reason in RESTORING else None,
            metrics=metrics,
            divergence=divergence,
            cycle_from=stack.cycles.start_of(r) if stack.cycles is not None else None,
            lowest_epoch=lowest_epoch,
            lowest_loss=lowest_loss,
            history=stack.history.of(r, self.epoch, theta) if stack.history is not None else None,
        )

    def _keep(self, rows: NDArray[np.intp]) -> None:
        """Let all other rows leave the stack."""
        if len(rows) < len(self.stack):
            self.stack.keep(rows)
            self.ready_gradient = None
