"""Pictures of a run in a terminal: metrics over epochs, a map of the plane, a function, and when seeds are solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.seed_results import SeedResults
from nncli.report.chart import COLORS, LETTERS, Chart, Line, Numbers, Room, Scale, legend, line_key
from nncli.report.curve_panels import BAND, curve_panels, percentile, spans_decades
from nncli.report.metric_text import metric_text
from nncli.report.names import distinct_names
from nncli.report.numbers import short
from nncli.report.unsolved_share import unsolved_share
from nncli.runs.curves import Curves
from nncli.runs.result_record import Result

PANELS = 2
"""Loss and score have a chart; gradient norm and learning rate are numbers below it."""
PLANE_ROWS = 17
SHADES = (" ", "░", "▒")
"""Neighboring classes; the border between them is drawn as well."""
MOST_CLASSES = len(LETTERS)
VARIANTS = "abcdefghijklmnopqrstuvwxyz"
"""A letter for each variant."""
AGREE = 0.75
"""Where a smaller share of the seeds agrees, a map is in doubt."""


def curves_lines(curves: Curves, result: Result, room: Room) -> list[Line]:
    """Loss and score over epochs: the median, a band over the seeds, and where seeds were solved or diverged."""
    panels, lines = curve_panels(curves), list[Line]()
    x = Scale.of([curves.epochs], "epoch")
    for label, metrics in [*panels.items()][:PANELS]:
        drawn = {metric: curves.filled(metric) for metric in metrics}
        bands = {metric: [percentile(values, q) for q in (50, *BAND)] for metric, values in drawn.items()}
        is_log = spans_decades([*drawn.values()])
        y = Scale.of([own for band in bands.values() for own in band], label, is_log=is_log)
        chart = Chart(x, y, room)
        if len(curves.seeds) > 1:
            for _, low, high in bands.values():
                chart.band(curves.epochs, low, high)
        keys = []
        for place, (metric, name) in enumerate(metrics.items()):
            letter = "" if name in {"train", label.partition(" ")[0]} else name[0]
            chart.line(curves.epochs, bands[metric][0], letter, COLORS[place])
            keys.append(line_key(room, name, letter))
        if label == "loss":
            keys += _mark_ends(chart, curves, result, next(iter(metrics)))
        if len(curves.seeds) > 1:
            keys.append(legend(room, {"░": room.text(f"{BAND[0]}–{BAND[1]} % of the seeds")}))
        lines += [room.text(f"{label}, logarithmic" if y.is_log else label), *chart.lines(), "   ".join(keys), ""]
    return [*lines, _last_values(curves, panels, room)]


def _mark_ends(chart: Chart, curves: Curves, result: Result, metric: str) -> list[str]:
    """Letters where seeds ended, and what they mean."""
    marks = {"solved": "o", "diverged": "x"}
    ends: dict[str, list[tuple[float, float]]] = {}
    for r, seed in enumerate(curves.seeds):
        reason, end = result.stop_reason[result.seeds.index(seed)], curves.last(r, metric)
        if reason in marks and end is not None:
            ends.setdefault(reason, []).append(end)
    for own, points in ends.items():
        chart.letters(np.array(points), marks[own])
    return [f"{marks[reason]} {reason}" for reason in ends]


def _last_values(curves: Curves, panels: Mapping[str, Mapping[str, str]], room: Room) -> str:
    """The last recorded values; of several seeds, their medians."""
    parts = [f"{'median at the end' if len(curves.seeds) > 1 else f'epoch {curves.epochs[-1]:.0f}'}"]
    for label, metrics in panels.items():
        for metric, name in metrics.items():
            value = float(percentile(curves.filled(metric), 50)[-1])
            several = label in {"loss", "accuracy", "R²"}
            parts.append(f"{f'{name} ' if several else ''}{label} {metric_text(metric, value)}")
    return room.text("   ".join(parts))


@dataclass(frozen=True, slots=True)
class PlaneText:
    """Networks on a grid in the plane, by the class that each seed predicts.

    Attributes:
        x, y: the inputs, as far as the map goes.
        classes: their names.
        votes: of R seeds on the grid (R, 4 rows, 2 columns), the lowest y first.
        rows: of each split, inputs (N, 2), classes (N,), and which of them most seeds get wrong (N,).
    """

    x: Scale
    y: Scale
    classes: tuple[str, ...]
    votes: NDArray[np.intp]
    rows: Mapping[str, tuple[Numbers, NDArray[np.intp], NDArray[np.bool_]]]


def plane_lines(plane: PlaneText, room: Room) -> list[Line]:
    """What most seeds predict as shades with a border; the rows as letters, capitals where they are wrong."""
    chart = plane_chart(plane.x, plane.y, room)
    shares = np.stack([(plane.votes == c).mean(axis=0) for c in range(len(plane.classes))])
    winners = shares.argmax(axis=0)
    middle = winners[2::4, ::2][::-1]
    for c in range(len(plane.classes)):
        chart.shade(middle == c, SHADES[c % len(SHADES)])
    doubtful = shares.max(axis=0)[2::4, ::2][::-1] < AGREE
    chart.shade(doubtful, "?")
    chart.border(winners)
    for inputs, labels, wrong in plane.rows.values():
        for c in range(len(plane.classes)):
            letter, color = LETTERS[c % MOST_CLASSES], COLORS[c % len(COLORS)]
            for which, shown in ((~wrong, letter), (wrong, letter.upper())):
                chart.letters(inputs[(labels == c) & which], shown, color)
    keys = {
        f"{LETTERS[c % MOST_CLASSES]}{SHADES[c % len(SHADES)].rstrip()}": room.name(name)
        for c, name in enumerate(plane.classes)
    }
    capitals = " ".join(LETTERS[c % MOST_CLASSES].upper() for c in range(min(3, len(plane.classes))))
    more = {"?": f"fewer than {AGREE:.0%} of the seeds agree".replace("%", " %")} if doubtful.any() else {}
    wrong_key = {capitals: "misclassified"} if any(wrong.any() for _, _, wrong in plane.rows.values()) else {}
    return [room.name(plane.y.name), *chart.lines(), legend(room, keys | wrong_key | more)]


def plane_chart(x: Scale, y: Scale, room: Room) -> Chart:
    """The empty map, whose size says how fine the grid must be."""
    return Chart(x, y, room, PLANE_ROWS)


def fit_lines(
    x: Numbers, outputs: Numbers, rows: Mapping[str, tuple[Numbers, Numbers]], names: Sequence[str], room: Room
) -> list[Line]:
    """A function of one input: the median prediction with a band over the seeds, and the rows as letters.

    Args:
        x: where it was predicted (N,), increasing.
        outputs: (R, N), for R seeds.
        rows: of each split, inputs and targets (n,).
        names: of the input and of the target.
    """
    low, middle, high = (percentile(outputs, q) for q in (BAND[0], 50, BAND[1]))
    y = Scale.of([low, high, *(targets for _, targets in rows.values())], names[1])
    chart = Chart(Scale.of([x], names[0]), y, room, PLANE_ROWS)
    if len(outputs) > 1:
        chart.band(x, low, high)
    letters = {split: "o" if split == "train" else split[0] for split in rows}
    for place, (split, (inputs, targets)) in enumerate(rows.items()):
        chart.letters(np.stack([inputs, targets], axis=1), letters[split], COLORS[(place + 1) % len(COLORS)])
    chart.line(x, middle, color=COLORS[0])
    band = [legend(room, {"░": room.text(f"{BAND[0]}–{BAND[1]} % of the seeds")})] if len(outputs) > 1 else []
    keys = [line_key(room, "prediction"), *band, *(f"{letters[split]} {split} rows" for split in rows)]
    return [room.name(names[1]), *chart.lines(), "   ".join(keys)]


def scores_line(result: Result, seeds: Sequence[int], room: Room) -> str:
    """The loss of each split at the end, and its score; of several seeds, their medians."""
    parts = ["median at the end" if len(seeds) > 1 else "at the end"]
    for metric, values in result.metrics.items():
        split, _, name = metric.partition("_")
        known = [values[result.seeds.index(seed)] for seed in seeds]
        if split in result.rows and name in {"loss", "accuracy", "r2"} and None not in known:
            value = float(np.median(np.array(known, np.float64)))
            rows = result.rows[split] if len(seeds) == 1 else None
            parts.append(f"{split} {name.replace('r2', 'R²')} {metric_text(metric, value, rows)}")
    return room.text("   ".join(parts))


def survival_lines(variants: Sequence[SeedResults], room: Room) -> list[Line]:
    """The share of unsolved seeds over epochs: a step down where seeds were solved; of one variant, a band of 95 %."""
    shares = [unsolved_share(own) for own in variants]
    chart = Chart(Scale(0, max(own.last for own in shares) or 1.0, "epoch"), Scale(0, 1, "share"), room)
    keys, halves, several = list[str](), list[str](), len(variants) > 1
    names = distinct_names([own.label for own in variants], room.columns // 3)
    for place, (own, share) in enumerate(zip(variants, shares, strict=True)):
        if not several:
            ends = np.repeat(share.time, 2)[1:]
            chart.band(ends, np.repeat(share.low, 2)[:-1], np.repeat(share.high, 2)[:-1])
        letter, name = VARIANTS[place % len(VARIANTS)] if several else "", room.text(names[place])
        steps = np.repeat(share.time, 2)[1:], np.repeat(share.share, 2)[:-1]
        chart.line(*steps, letter, COLORS[place % len(COLORS)])
        chart.letters(np.stack([share.given_up, share.at(share.given_up)], axis=1), "+")
        solved = f"{int(own.solved.sum())} of {len(own.seeds)} solved"
        keys.append(line_key(room, f"{name} {solved}".strip(), letter))
        halves.append(f"{name} {room.text(short(share.median))}".strip())
    keys += [] if several else [legend(room, {"░": "95 % interval"})]
    keys += [legend(room, {"+": "watched until here"})] if any(len(own.given_up) for own in shares) else []
    return [
        "share of seeds not solved yet",
        *chart.lines(),
        "   ".join(keys),
        "   ".join(["half solved by epoch", *halves]),
    ]
