"""The network of one seed of a run, before and after its training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nncli.experiments.assembly import build_network
from nncli.experiments.start import write_start
from nncli.nn.network import Network
from nncli.pictures.subject import Subject
from nncli.report.numbers import count
from nncli.runs.directory import WEIGHTS


@dataclass(frozen=True, slots=True)
class OneNetwork:
    """The network of one seed.

    Attributes:
        title: what was trained, the seed, and why this one.
        epoch: that of its weights.
        initial, final: before training, and after it or at the moment to draw, of one replica.
    """

    title: str
    epoch: int
    initial: Network
    final: Network


def one_network(subject: Subject) -> OneNetwork:
    """The network of the seed that stands for a run; see `chosen`. Raises: as `reopen` and `write_start`."""
    seed, why = chosen(subject)
    alone = subject.only((seed,))
    title = alone.title + (f", {why}" if why else "")
    if alone.moment is not None:
        history = alone.moment.history
        return OneNetwork(title, alone.moment.epoch, history.network(0), history.network(alone.moment.k))
    experiment, result = subject.experiment.with_seeds([seed]), subject.result
    initial = build_network([experiment])
    write_start([experiment], initial)
    with alone.trained() as trained:
        (final,) = trained.networks()
    row = result.seeds.index(seed)
    best = result.best_epoch[row]
    return OneNetwork(title, result.epochs[row] if best is None else best, initial, final)


def chosen(subject: Subject) -> tuple[int, str]:
    """A seed that stands for those of a subject, and why: the lowest-numbered solved one, or that of the median loss.

    The loss is that of the validation rows, if there are any. Seeds that diverged count only if all did.
    """
    result, many = subject.result, f"of {count(len(subject.seeds), 'seed')}"
    if len(subject.seeds) == 1:
        return subject.seeds[0], ""
    rows = [result.seeds.index(seed) for seed in subject.seeds]
    for row in rows:
        if result.solving_epochs[row] is not None:
            return result.seeds[row], f"lowest-numbered solved {many}"
    losses = result.metrics.get("validation_loss", result.metrics["train_loss"])
    sound = [(loss, result.seeds[row]) for row in rows if (loss := losses[row]) is not None]
    sound = [own for own in sound if result.stop_reason[result.seeds.index(own[1])] != "diverged"]
    if not sound:
        return subject.seeds[0], f"first {many}"
    return sorted(sound)[(len(sound) - 1) // 2][1], f"median loss {many}"


def the_chosen(subject: Subject) -> tuple[int, ...]:
    """The seed that stands for the subject."""
    return (chosen(subject)[0],)


def knows_start(subject: Subject) -> bool:
    """Whether the weights before training can be had: drawn, constructed, or of a run that is still there."""
    run = subject.experiment.start.run
    return run is None or (Path(run) / WEIGHTS).is_file()
