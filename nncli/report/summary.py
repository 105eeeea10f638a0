"""What a finished run says of itself, as lines of text. All of it comes from plain records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nncli.analysis.intervals import wilson
from nncli.report.numbers import NOTHING, count, duration, grouped, percent, quantiles, short


def outcome_lines(result: dict[str, Any], *, epochs: int, expects_solution: bool) -> Iterator[str]:
    """The lines behind the headline: what happened, to whom, and what to try.

    Args:
        result: the object of `result.json`.
        epochs: the most epochs there could have been.
        expects_solution: whether not being solved is news: for a complete table it is, for a noisy sample not.
    """
    if len(result["seeds"]) == 1:
        yield from _one_seed(result, epochs, expects_solution)
    else:
        yield from _many_seeds(result, epochs, expects_solution)


def _one_seed(result: dict[str, Any], epochs: int, expects_solution: bool) -> Iterator[str]:
    epoch, reason = result["epochs"][0], result["stop_reason"][0]
    if reason == "diverged":
        yield from _diverged(result, 0)
        return
    took = "" if epochs == 0 else f", {duration(result['seconds']['training'])}"
    if epochs == 0:
        happened = "not trained: these are its first weights"
        happened += "; they solve it" if result["solved"][0] else ""
    elif reason == "solved":
        happened = f"solved in epoch {epoch} of {epochs}"
    elif reason == "target":
        happened = f"reached its target in epoch {epoch} of {epochs}"
    elif reason == "patience":
        happened = f"stopped in epoch {epoch} of {epochs}: no better since epoch {result['best_epoch'][0]}"
    elif reason == "interrupted":
        happened = f"interrupted in epoch {epoch} of {epochs}"
    elif result["solved"][0]:
        happened = f"solved in epoch {result['solved_epoch'][0] or epoch}, trained for {epochs}"
    elif expects_solution:
        happened = f"not solved in {count(epochs, 'epoch')}"
    else:
        happened = f"trained for {count(epochs, 'epoch')}"
    yield f"{happened}{took}   {final_metrics(result, 0)}"
    yield from _cycle(result, 0)


def final_metrics(result: dict[str, Any], index: int) -> str:
    """The final metrics of one seed in a line."""
    metrics = {name: values[index] for name, values in result["metrics"].items()}
    parts = [f"loss {short(metrics['train_loss'])}"]
    if "train_accuracy" in metrics:
        parts.append(f"accuracy {_of_rows(metrics['train_accuracy'], result['rows']['train'])}")
        if metrics["train_accuracy"] == 1 and not result["solved"][index]:  # right, but not by enough
            parts.append(f"largest error {short(metrics['train_max_error'])}")
    else:
        parts += [f"R² {short(metrics.get('train_r2'))}", f"largest error {short(metrics['train_max_error'])}"]
    if metrics.get("penalty"):
        parts.append(f"penalty {short(metrics['penalty'])}")
    for split in ("validation", "test"):
        if metrics.get(f"{split}_loss") is not None:
            parts.append(f"{split} loss {short(metrics[f'{split}_loss'])}")
    return "   ".join(parts)


def _of_rows(accuracy: float | None, rows: int) -> str:
    if accuracy is None:
        return NOTHING
    right = round(accuracy * rows)
    return f"{right}/{rows}" if rows <= 1024 else percent(accuracy)


def _diverged(result: dict[str, Any], index: int) -> Iterator[str]:
    found = result["divergence"][index]
    before = found["loss_before"]
    was = f" (loss one step before: {short(before)})" if before is not None else ""
    yield f"diverged in epoch {found['epoch']}, step {found['step']}: the {found['what']} is not finite{was}"
    yield f"  the weights are those of step {found.get('weights_step', found['step'] - 1)}"


def _cycle(result: dict[str, Any], index: int) -> Iterator[str]:
    start = result["cycle_from"][index]
    if start is not None and not result["solved"][index]:
        yield f"  its weights repeat from epoch {start} on: more epochs change nothing"


def _many_seeds(result: dict[str, Any], epochs: int, expects_solution: bool) -> Iterator[str]:
    total = len(result["seeds"])
    solved, diverged, unsolved = (
        [i for i in range(total) if _end(result, i) == end] for end in ("solved", "diverged", "unsolved")
    )
    low, high = wilson(len(solved), total)
    if solved or expects_solution:  # of a sample of rows, getting every one right is not the aim
        yield (
            f"{'solved':<12}{len(solved)} of {total} in {count(epochs, 'epoch')}   {percent(len(solved) / total)}"
            f"   95 % interval [{100 * low:.1f}, {100 * high:.1f}]"
        )
    if solved:
        yield _spread("epochs", [result["solved_epoch"][i] or result["epochs"][i] for i in solved], " of the solved")
    elif expects_solution:
        yield f"{'epochs':<12}{NOTHING:<11}no seed was solved"
    else:
        yield _spread("epochs", [float(ended) for ended in result["epochs"]], "")
    names = {"train_loss": "loss", "train_r2": "R²", "validation_loss": "validation", "test_loss": "test"}
    if not expects_solution:
        names |= {f"{split}_accuracy": f"{split[:5]} acc." for split in ("train", "validation", "test")}
    for name, word in names.items():
        values = [v for v in result["metrics"].get(name, []) if v is not None]
        if values:
            yield _spread(word, values, "")
    if diverged:
        when = [result["divergence"][i]["epoch"] for i in diverged]
        epoch = f"epoch {when[0]}" if len(set(when)) == 1 else f"epochs {min(when)}–{max(when)}"
        yield f"{'diverged':<12}{_seed_list(result, diverged)}, in {epoch}"
    if expects_solution and unsolved:
        yield from _unsolved(result, unsolved, others_solved=bool(solved))
    stopped = [i for i in range(total) if result["stop_reason"][i] == "interrupted"]
    if stopped:
        epoch = result["epochs"][stopped[0]]
        yield f"interrupted in epoch {epoch} of {epochs}: {count(len(stopped), 'seed')} unfinished"


def _end(result: dict[str, Any], index: int) -> str:
    """How a seed ended, in the one word that its share is counted under."""
    if result["stop_reason"][index] == "diverged":
        return "diverged"
    return "solved" if result["solved"][index] else "unsolved"


def metric_line(name: str, values: list[float]) -> str:
    """A metric of one seed, or its median and spread over several: `loss        0.0291     median, 5–95 %: ...`."""
    if len(values) == 1:
        return f"{name:<12}{short(values[0])}"
    return _spread(name, values, "")


def _spread(word: str, values: list[float], of: str) -> str:
    low, middle, high = (round(v) if word == "epochs" else v for v in quantiles(values))
    return f"{word:<12}{short(middle):<11}median{of}, 5–95 %: {short(low)}–{short(high)}"


def _unsolved(result: dict[str, Any], unsolved: list[int], others_solved: bool) -> Iterator[str]:
    first = unsolved[0]
    loss = result["metrics"]["train_loss"][first]
    if len(unsolved) == 1:
        yield f"{'unsolved':<12}seed {result['seeds'][first]} (loss {short(loss)})"
    else:
        yield f"{'unsolved':<12}{_seed_list(result, unsolved)}"
    if others_solved:
        yield f"{'':<12}to see one by itself, add --seeds '[{result['seeds'][first]}]'"


def _seed_list(result: dict[str, Any], indices: list[int], most: int = 8) -> str:
    shown = ", ".join(str(result["seeds"][i]) for i in indices[:most])
    more = f" and {grouped(len(indices) - most)} more" if len(indices) > most else ""
    return f"{'seed' if len(indices) == 1 else 'seeds'} {shown}{more}"


def expectation_failures(result: dict[str, Any], conditions: list[Any]) -> list[str]:
    """A sentence for each condition on the final metrics that does not hold for every seed."""
    sentences = []
    for condition in conditions:
        values = result["metrics"][condition.metric]
        failing = [i for i, value in enumerate(values) if not condition.holds({condition.metric: value})]
        if failing:
            i = failing[0]
            measured = NOTHING if values[i] is None else short(values[i])
            sentences.append(
                f"expected {condition}, but seed {result['seeds'][i]} has {measured}"
                f" ({len(failing)} of {count(len(values), 'seed')})"
            )
    return sentences
