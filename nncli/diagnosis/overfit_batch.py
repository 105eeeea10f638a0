"""Whether a network can memorize one batch: the first check of a new network, before it trains on all rows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import SCORE
from nncli.analysis.overfit_record import BatchFit, FirstLoss, SeedFit, Start
from nncli.config.experiment import Experiment
from nncli.diagnosis.trial import Watch, unwatched
from nncli.errors import ExitCode, UserError
from nncli.experiments.assembly import build_rows
from nncli.experiments.start import write_start
from nncli.nn.arrays import AnyArray
from nncli.nn.layers import Layer
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses import losses
from nncli.nn.losses.cross_entropy import BinaryCrossEntropy, SoftmaxCrossEntropy
from nncli.nn.network import Network
from nncli.nn.optimizers import Optimizer
from nncli.nn.regularizers import penalties_of, regularizers
from nncli.nn.replicas import merge
from nncli.nn.schedules import is_constant
from nncli.nn.schedules.rescaled import Rescaled
from nncli.registry import changed, options_of
from nncli.report.network_text import part_text
from nncli.threads import limited_threads
from nncli.training.data import Batches, Rows
from nncli.training.flow import LayerFlow
from nncli.training.loop import Training
from nncli.training.metrics import Metrics
from nncli.training.outcome import Outcome
from nncli.training.settings import Settings, Stop
from nncli.training.snapshot import Snapshot

CLOSE = 0.25
"""A first loss this close to that of uniform outputs, as a share of it, is as expected."""

PENALTIES, NONE = ("regularizer", "penalties"), 0.0


def fit_one_batch(experiment: Experiment, watch: Watch = unwatched) -> BatchFit:
    """Train every seed on one batch alone until every output is right, by the rule of a solved task.

    The batch is the first of epoch 1, as training draws it: each seed has its own if the rows are shuffled. The
    settings are the config's, but for regularization, which works against memorizing: dropout, penalties and weight
    decay are off. Each seed takes as many steps as training would, at most; a schedule runs as a whole within them. An
    output is right if it is as close to its target as `training.stop.tolerance` says, of the range of all training
    targets. The batch is memorized if that happens; and if the steps run out, if every row then has the right class.

    The first loss is that of a training pass before the first step. If all n outputs of a softmax are equal, the cross
    entropy is ln n, and that of sigmoids is ln 2.

    Raises:
        UserError: (code USAGE) if the config trains for 0 epochs; (code INTERRUPTED) if `watch` asks to stop.
    Source: Karpathy (2019), A recipe for training neural networks: "verify loss @ init", "overfit one batch".
    """
    if experiment.training.epochs == 0:
        given = "this config trains for 0 epochs: no step is taken, on one batch or on all"
        raise UserError(given, where="training.epochs", hint="Give it some, such as training.epochs=100")
    layers, optimizer, switched_off = _unregularized(experiment)
    total, size = len(experiment.splits.train.inputs), experiment.batch_size
    own = experiment.training.shuffle and size < total
    groups = [(seed,) for seed in experiment.seeds] if own else [experiment.seeds]
    most = experiment.training.epochs * experiment.steps_per_epoch
    settings = _settings(experiment.training, optimizer, most)
    with limited_threads(experiment.threads):
        fits = [fit for seeds in groups for fit in _fit(experiment, seeds, layers, settings, watch)]
    uniform, formula = _uniform(experiment)
    return BatchFit(
        rows=size,
        of=total,
        own=own,
        most_steps=most,
        tolerance=experiment.training.stop.tolerance,
        switched_off=switched_off,
        score=SCORE[experiment.splits.train.kind],
        loss=losses.name_of(experiment.output.loss),
        uniform=uniform,
        of_uniform=formula,
        seeds=tuple(fits),
    )


def _unregularized(experiment: Experiment) -> tuple[list[Layer], Optimizer, tuple[str, ...]]:
    """The layers and the optimizer without regularization, and what that left out, in words."""
    found: list[Layer] = []
    left_out: dict[str, None] = {}
    for layer in experiment.layers:
        options: dict[str, object] = {}
        if isinstance(layer, Dropout) and layer.rate != NONE:
            options["rate"] = NONE
            left_out[f"dropout {layer.rate:g}"] = None
        for name in {field.name for field in dataclasses.fields(layer)} & {*PENALTIES}:  # type: ignore[arg-type]
            if parts := getattr(layer, name):
                options[name] = ()
                for penalty in penalties_of(parts):
                    left_out[part_text(regularizers, penalty).replace(" rate", "")] = None
        found.append(changed(layer, **options) if options else layer)
    optimizer = experiment.training.optimizer
    if "weight_decay" in options_of(type(optimizer)) and (decay := getattr(optimizer, "weight_decay", NONE)) != NONE:
        optimizer = changed(optimizer, weight_decay=NONE)
        left_out[f"weight decay {decay:g}"] = None
    return found, optimizer, tuple(left_out)


def _settings(training: Settings, optimizer: Optimizer, steps: int) -> Settings:
    """The settings for a batch that is all there is: one step in every epoch."""
    schedule = training.schedule
    return replace(
        training,
        optimizer=optimizer,
        schedule=schedule if is_constant(schedule) else Rescaled(schedule, training.epochs, steps),
        epochs=steps,
        batch_size=None,
        log_every=steps,
        stop=Stop(solved=True, tolerance=training.stop.tolerance),
        record=(),
        watch_cycles=False,
    )


@dataclass(slots=True)
class _Watched:
    """A recorder that records nothing, and passes on that someone asks to stop."""

    watch: Watch
    stopped: bool = False

    def record(self, replicas: list[int], epoch: int, step: int, metrics: Metrics) -> None:
        """See `Recorder`."""

    def record_flow(self, epoch: int, flows: Mapping[int, Sequence[LayerFlow]]) -> None:
        """See `Recorder`."""

    def tick(self, epoch: int, step: int, loss: NDArray[np.floating], take: Callable[[], Snapshot]) -> bool:
        """See `Recorder`."""
        self.stopped = self.watch(len(loss))
        return self.stopped


def _fit(
    experiment: Experiment, seeds: Sequence[int], layers: list[Layer], settings: Settings, watch: Watch
) -> Iterator[SeedFit]:
    """Train some seeds on the batch that they share."""
    network = Network(
        merge([layers for _ in seeds]),
        experiment.output.loss,
        experiment.input_shape,
        seeds=seeds,
        capacity=experiment.capacity,
        dtype=experiment.dtype,
    )
    write_start([experiment.with_seeds(seeds)], network)
    rows = build_rows(experiment, network)["train"]
    batch = _first_batch(rows, experiment, seeds)
    tolerance = settings.stop.tolerance * rows.target_range / batch.target_range
    settings = replace(settings, stop=replace(settings.stop, tolerance=tolerance))
    with np.errstate(all="ignore"):
        first = _first_losses(network, batch)
    recorder = _Watched(watch)
    outcomes = Training(network, {"train": batch}, settings, recorder).run()
    if recorder.stopped:
        raise UserError("interrupted", allowed="Nothing was written", code=ExitCode.INTERRUPTED)
    contradictory = _contradictory(batch.x[0], batch.y[0])
    score = f"train_{SCORE[rows.kind]}"
    yield from (_seed_fit(own, score, contradictory, loss) for own, loss in zip(outcomes, first, strict=True))


def _first_batch(rows: Rows, experiment: Experiment, seeds: Sequence[int]) -> Rows:
    """The first batch of epoch 1: of the first of these seeds, which share it."""
    batches = Batches(rows, experiment.batch_size, experiment.training.shuffle, seeds[:1])
    x, y = next(iter(batches.epoch(1)))
    return Rows(rows.kind, x.copy(), y.copy())


def _seed_fit(outcome: Outcome, score: str, contradictory: int, first: FirstLoss | None) -> SeedFit:
    diverged = outcome.stop_reason == "diverged"

    def final(name: str) -> float | None:
        value = outcome.metrics.get(name, math.nan)
        return value if math.isfinite(value) and not diverged else None

    right = outcome.stop_reason == "solved"
    sorted_out = score == f"train_{SCORE['classes']}" and final(score) == 1
    return SeedFit(
        seed=outcome.seed,
        memorized_step=outcome.step if right or sorted_out else None,
        within_tolerance=right,
        steps=outcome.step,
        loss=final("train_loss"),
        score=final(score),
        diverged=diverged,
        contradictory=contradictory,
        first=first,
    )


def _uniform(experiment: Experiment) -> tuple[float | None, str]:
    """The cross entropy of uniform outputs, and its formula."""
    classes = {SoftmaxCrossEntropy: experiment.outputs, BinaryCrossEntropy: 2}.get(type(experiment.output.loss))
    return (None, "") if classes is None else (math.log(classes), f"ln {classes}")


def _first_losses(network: Network, batch: Rows) -> list[FirstLoss | None]:
    """The loss of each replica before the first step, in a training pass, if it has an expected value."""
    function = network.loss_function
    if not isinstance(function, (SoftmaxCrossEntropy, BinaryCrossEntropy)):
        return [None for _ in network.seeds]
    network.begin_epoch(1)
    output = network.measure(batch.x, batch.y, training=True)
    softmax = isinstance(function, SoftmaxCrossEntropy)
    y = batch.y[0].astype(np.float64)
    return [
        _first_loss(float(loss), z.astype(np.float64), y, softmax=softmax)
        for loss, z in zip(output.loss, output.z, strict=True)
    ]


def _first_loss(loss: float, z: NDArray[np.float64], y: NDArray[np.float64], *, softmax: bool) -> FirstLoss:
    """Compare a loss with that of uniform outputs, and of these outputs if they had nothing to do with the targets.

        l(z, y) = g(z) - z·y         g = log Σ_k exp z_k;  of sigmoids Σ_k log(1 + exp z_k) / n, and z·y / n
        of_outputs = mean g - mean z · mean y, the mean loss over all orders of the targets

    Args: z, y: (B, n), what goes into the softmax or the sigmoids, and the targets.
    """
    n = z.shape[1]
    g = np.logaddexp.reduce(z, axis=1) if softmax else np.logaddexp(0, z).mean(axis=1)
    of_outputs = float(g.mean() - z.mean(axis=0) @ y.mean(axis=0) / (1 if softmax else n))
    around = z - z.mean(axis=1, keepdims=True) if softmax else z
    uniform = math.log(n) if softmax else math.log(2)
    verdict: Start = "as expected"
    if loss < (1 - CLOSE) * uniform:
        verdict = "with the targets"
    elif not loss <= (1 + CLOSE) * uniform:  # whichever adds more to it
        verdict = "far from uniform" if of_outputs - uniform > (loss - of_outputs) else "against the targets"
    return FirstLoss(loss, of_outputs, float(np.sqrt(np.mean(around**2))), verdict)


def _contradictory(x: AnyArray, y: AnyArray) -> int:
    """How many rows have the same inputs as another row, and not the same target."""
    _, same = np.unique(x.reshape(len(x), -1), axis=0, return_inverse=True)
    _, whole = np.unique(np.concatenate([x.reshape(len(x), -1), y], axis=1), axis=0, return_inverse=True)
    pairs = np.unique(np.stack([same.reshape(-1), whole.reshape(-1)]), axis=1)
    inputs, targets = np.unique(pairs[0], return_counts=True)
    return int(np.isin(same.reshape(-1), inputs[targets > 1]).sum())
