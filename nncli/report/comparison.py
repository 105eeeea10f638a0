"""A comparison as a table that one can believe, from the object of `study.json` alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nncli.report import cells
from nncli.report.numbers import NOTHING, count, short
from nncli.runs.result import lost_epochs

SURE = 0.001


def headline(study: dict[str, Any]) -> str:
    """What was compared: `xor   activation × 50 seeds, paired   500 epochs   baseline tanh`."""
    comparison = study["comparison"]
    axes = " × ".join(axis["key"] for axis in study["axes"]) or count(len(study["variants"]), "run")
    epochs = max(epoch for variant in study["variants"] for epoch in variant["result"]["epochs"])
    return "   ".join(
        [
            f"{study['name']}",
            f"{axes} × {count(comparison['seeds'], 'seed')}, paired",
            f"up to {count(study.get('epochs', epochs), 'epoch')}",
            f"baseline {comparison['baseline']}",
        ]
    )


def columns(study: dict[str, Any]) -> list[str]:
    """The headings of the table."""
    axes = ", ".join(axis["key"].rpartition(".")[2] for axis in study["axes"]) or "run"
    solving = ["solved", "epochs to solve"] if _solves(study) else []
    return [axes, *solving, *(heading for _, heading in _losses(study)), f"against {study['comparison']['baseline']}"]


def rows(study: dict[str, Any], *, bars: bool = True) -> list[list[str]]:
    """A row for each variant, best first."""
    comparison = study["comparison"]
    found = []
    for index in comparison["ranking"]:
        variant = comparison["variants"][index]
        solving = (
            [cells.solved(variant["solve_rate"], bars=bars), _epochs(variant["epochs_to_solve"])]
            if _solves(study)
            else []
        )
        losses = [_loss(variant["metrics"].get(name, {}), interval=not _solves(study)) for name, _ in _losses(study)]
        found.append([variant["label"], *solving, *losses, verdict_text(variant)])
    return found


def verdict_text(variant: dict[str, Any]) -> str:
    """The verdict with its p-value: `worse, p = 0.0002`."""
    verdict = str(variant["verdict"])
    if verdict == "baseline":
        return NOTHING
    diverged = f", {len(variant['diverged'])} diverged" if variant["diverged"] else ""
    if verdict == "cannot conclude":
        return verdict + diverged
    p = min(test["p_adjusted"] for test in variant["against_baseline"])
    return f"{verdict}, p {'< 0.001' if p < SURE else f'= {p:.2g}'}{diverged}"


def footnotes(study: dict[str, Any], most: int = 3) -> Iterator[str]:
    """Which seeds lost their solution again, and how many seeds would settle what could not be concluded."""
    comparison = study["comparison"]
    if _solves(study):
        for index in comparison["ranking"]:
            if lost := lost_epochs(study["variants"][index]["result"]):
                label = study["variants"][index]["label"]
                yield f"{label}: {count(len(lost), 'seed')} {cells.lost_text(lost)}."
    shown = 0
    for index in comparison["ranking"]:
        variant = comparison["variants"][index]
        if variant["verdict"] != "cannot conclude" or shown == most:
            continue
        shown += 1
        needed = [test["seeds_needed"] for test in variant["against_baseline"] if test["seeds_needed"]]
        pair = f"{comparison['baseline']} and {variant['label']}"
        if needed:
            yield f"{pair}: about {count(min(needed), 'seed')} would settle a difference of this size."
        else:
            yield f"{pair}: not a single seed ended differently."


def markdown(study: dict[str, Any]) -> str:
    """The same as a Markdown page."""
    lines = [f"# {cells.markdown_text(study['study'])}", "", cells.markdown_text(headline(study)), ""]
    lines += cells.markdown_table(columns(study), rows(study, bars=False))
    notes = list(map(cells.markdown_text, footnotes(study)))
    return "\n".join([*lines, *([""] if notes else []), *notes]) + "\n"


def _solves(study: dict[str, Any]) -> bool:
    return "solved" in study["comparison"]["measures"]


def _losses(study: dict[str, Any]) -> list[tuple[str, str]]:
    """The losses to show: held-out rows' if there are any."""
    metrics = study["variants"][0]["result"]["metrics"]
    names = [("train_loss", "train loss"), ("validation_loss", "validation loss")]
    found = [(name, heading) for name, heading in names if name in metrics]
    return [("train_loss", "loss")] if len(found) == 1 else found


def _epochs(epochs: dict[str, Any]) -> str:
    low, high = epochs["interval"]
    if epochs["median"] is None:
        return NOTHING
    return f"{short(epochs['median'])} [{short(low)}, {short(high)}]"


def _loss(metric: dict[str, Any], *, interval: bool) -> str:
    if not metric.get("n"):
        return NOTHING
    median = metric["median"]
    low, high = median["interval"]
    return short(median["value"]) + (f" [{short(low)}, {short(high)}]" if interval else "")
