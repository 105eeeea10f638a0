"""The summary of a finished run, as lines of text. Works on plain records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nncli.analysis.intervals import wilson
from nncli.report.cells import epochs_text, lost_text
from nncli.report.metric_text import epochs_spread, metric_name, metric_text, spread_text
from nncli.report.numbers import NOTHING, count, duration, grouped, percent, quantiles, seed_list, short
from nncli.runs.result_record import LowestValidation, Result

LABEL = 9
"""Minimum width of the label column in the summary of several seeds."""


def outcome_lines(result: Result) -> Iterator[str]:
    """The lines after the headline: what happened, and to which seeds.

    That a seed did not solve its rows is reported if these are complete, a table, rather than a noisy sample.
    """
    yield from _one_seed(result) if len(result.seeds) == 1 else _many_seeds(result)


def _one_seed(result: Result) -> Iterator[str]:
    epoch, epochs, reason = result.epochs[0], result.epochs_planned, result.stop_reason[0]
    if reason == "diverged":
        yield from _diverged(result, 0)
        return
    took = "" if epochs == 0 else f", {duration(result.seconds.training)}"
    if epochs == 0:
        happened = "not trained: these are the initial weights"
        happened += "; they solve it" if result.solved[0] else ""
    elif reason == "solved":
        happened = f"solved in epoch {epoch} of {epochs}"
    elif reason == "target":
        happened = f"reached its target in epoch {epoch} of {epochs}"
    elif reason == "patience":
        happened = f"stopped in epoch {epoch} of {epochs}: no improvement since epoch {result.best_epoch[0]}"
    elif reason == "interrupted":
        happened = f"interrupted in epoch {epoch} of {epochs}"
    elif result.solved[0]:
        happened = f"solved in epoch {result.solved_epoch[0] or epoch}, trained for {epochs}"
    elif result.complete:
        happened = f"not solved in {count(epochs, 'epoch')}"
    else:
        happened = f"trained for {count(epochs, 'epoch')}"
    if lost := result.lost_epochs:
        happened += f"; {lost_text(lost)}"
    yield f"{happened}{took}   {final_metrics(result, 0)}"
    yield from _lowest(result, 0)
    yield from _cycle(result, 0)


def _lowest(result: Result, index: int) -> Iterator[str]:
    if found := _lowest_before(result, index):
        yield f"  the validation loss was lowest in epoch {found.epoch}: {short(found.loss)}"


def _lowest_before(result: Result, index: int) -> LowestValidation | None:
    """The epoch and the loss, if a recorded epoch had a lower validation loss than the final weights."""
    lowest = result.lowest_validation[index]
    final = result.metrics["validation_loss"][index] if "validation_loss" in result.metrics else None
    if lowest is None or final is None:
        return None
    return lowest if lowest.loss < final and short(lowest.loss) != short(final) else None


def final_metrics(result: Result, index: int) -> str:
    """The final metrics of one seed in one line."""
    metrics = {name: values[index] for name, values in result.metrics.items()}
    names = ["train_loss", "train_accuracy", "train_r2"]
    right_but_not_by_enough = metrics.get("train_accuracy") == 1 and not result.solved[index]
    if right_but_not_by_enough or "train_accuracy" not in metrics:
        names.append("train_max_error")
    if _penalty_is_visible(metrics):
        names.append("penalty")
    names += [f"{split}_{name}" for split in ("validation", "test") for name in ("loss", "accuracy", "r2")]
    parts = []
    for name in names:
        if metrics.get(name) is not None:
            rows = result.rows.get(name.split("_")[0])
            parts.append(f"{metric_name(name)} {metric_text(name, metrics[name], rows)}")
    return "   ".join(parts)


def _penalty_is_visible(metrics: Mapping[str, float | None]) -> bool:
    """Whether the penalty changes the loss in a visible digit."""
    loss, penalty = metrics.get("train_loss"), metrics.get("penalty")
    if not penalty:
        return False
    return loss is None or short(loss + penalty) != short(loss)


def _diverged(result: Result, index: int) -> Iterator[str]:
    if (found := result.divergence[index]) is None:
        return
    was = f" (loss one step before: {short(found.loss_before)})" if found.loss_before is not None else ""
    yield f"diverged in epoch {found.epoch}, step {found.step}: the {found.what} is not finite{was}"
    yield f"  the weights are those of step {found.weights_step}"


def _cycle(result: Result, index: int) -> Iterator[str]:
    start = result.cycle_from[index]
    if start is not None and not result.solved[index]:
        yield f"  the weights cycle from epoch {start} on: more epochs change nothing"


def _many_seeds(result: Result) -> Iterator[str]:
    if where := interrupted_text(result):
        yield f"interrupted in {where}. So far:"
    rows = list(_rows_of_many_seeds(result))
    wide = max(LABEL, *(len(label) for label, _ in rows)) + 3
    for label, text in rows:
        yield f"{label:<{wide}}{text}"


def interrupted_text(result: Result) -> str:
    """Where training was interrupted: `epoch 12 of 500: 3 seeds unfinished`; empty if it was not."""
    stopped = [i for i, reason in enumerate(result.stop_reason) if reason == "interrupted"]
    if not stopped:
        return ""
    epoch = grouped(result.epochs[stopped[0]])
    return f"epoch {epoch} of {grouped(result.epochs_planned)}: {count(len(stopped), 'seed')} unfinished"


def _rows_of_many_seeds(result: Result) -> Iterator[tuple[str, str]]:
    """The label and the text of each line."""
    total, solving = len(result.seeds), result.solving_epochs
    solved, diverged, unsolved = (
        [i for i in range(total) if _end(result, i) == end] for end in ("solved", "diverged", "unsolved")
    )
    low, high = wilson(len(solved), total)
    if solved or result.complete:  # on a sample of rows, getting every row right is not the goal
        if "interrupted" in result.stop_reason:  # the final share is not known yet
            yield "solved", f"{len(solved)} of {total}"
        else:
            epochs = count(result.epochs_planned, "epoch")
            share = f"{len(solved)} of {total} in {epochs}   {percent(len(solved) / total)}"
            yield "solved", f"{share}   95 % interval [{100 * low:.1f}, {100 * high:.1f}]"
    if solved:
        yield "epochs", epochs_spread([epoch for epoch in solving if epoch is not None], "solved")
    elif result.complete:
        yield "epochs", f"{NOTHING:<11}no seed solved it"
    else:
        yield "epochs", epochs_spread(result.epochs)
    yield from _metrics(result)
    if diverged:
        when = epochs_text([found.epoch for i in diverged if (found := result.divergence[i]) is not None])
        yield "diverged", f"{seed_list([result.seeds[i] for i in diverged])}, in {when}"
    if lost := result.lost_epochs:
        yield "lost", f"{count(len(lost), 'seed')} {lost_text(lost)}"
    if result.complete and unsolved:
        yield from _unsolved(result, unsolved, others_solved=bool(solved))


def _metrics(result: Result) -> Iterator[tuple[str, str]]:
    names = ["train_loss", "train_r2"]
    if not result.complete:
        names.append("train_accuracy")
    names += [f"{split}_{name}" for split in ("validation", "test") for name in ("loss", "accuracy", "r2")]
    for name in names:
        values = [v for v in result.metrics.get(name, []) if v is not None]
        if values:
            yield metric_name(name), spread_text(name, values)
        if name == "validation_loss" and (earlier := lowest_of_all(result)):
            yield earlier


def lowest_of_all(result: Result) -> tuple[str, str] | None:
    """The label and the text of the lowest validation losses, if some seed had a lower one than its final one."""
    total = len(result.seeds)
    if not any(_lowest_before(result, i) for i in range(total)):
        return None
    found = [lowest for lowest in result.lowest_validation if lowest is not None]
    low, middle, high = map(round, quantiles([lowest.epoch for lowest in found]))
    _, loss, _ = quantiles([lowest.loss for lowest in found])
    return "  lowest", f"{short(loss):<11}median; in epoch {middle}, 5–95 %: {low}–{high}"


def _end(result: Result, index: int) -> str:
    """How a seed ended, in the word it is counted under."""
    if result.stop_reason[index] == "diverged":
        return "diverged"
    return "solved" if result.solved[index] else "unsolved"


def _unsolved(result: Result, unsolved: list[int], others_solved: bool) -> Iterator[tuple[str, str]]:
    first = unsolved[0]
    loss = result.metrics["train_loss"][first]
    if len(unsolved) == 1:
        yield "unsolved", f"seed {result.seeds[first]} (loss {short(loss)})"
    else:
        yield "unsolved", seed_list([result.seeds[i] for i in unsolved])
    if others_solved:
        yield "", f"to train one alone, add --seeds '[{result.seeds[first]}]'"
