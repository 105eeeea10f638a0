"""An atlas as a map of characters, readable without color."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from nncli.analysis.atlas_record import EPOCHS, SOLVED, Atlas, Cell, NumericAxis
from nncli.analysis.metric_names import is_score
from nncli.report.numbers import count, short

WIDEST = 4
"""Maximum number of characters of a cell."""

LEVELS = "░▒▓█"
"""From bad to good."""

FAILED, DIVERGED, MISSING = "·", "×", "?"
LINE = "─"


def headline(atlas: Atlas) -> str:
    """What was mapped: `xor   std × learning_rate   256 cells × 5 seeds   up to 500 epochs`."""
    each = f" × {count(atlas.seeds, 'seed')}" if atlas.seeds else ""
    axes = f"{atlas.y.word} × {atlas.x.word}"
    title = ", ".join([atlas.name, *atlas.fixed])
    return "   ".join([title, axes, f"{count(len(atlas.cells), 'cell')}{each}", f"up to {_epochs(atlas)}"])


def _epochs(atlas: Atlas) -> str:
    return count(atlas.epochs, "epoch")


def map_lines(atlas: Atlas, columns: int = 80) -> list[str]:
    """The map with its scales, at most `columns` wide where 80 are enough: large y at the top, large x at the right."""
    labels = [_label(value) for value in atlas.y.values]
    margin = max(map(len, labels))
    wide = max(1, min(WIDEST, (columns - margin - 3) // len(atlas.x.values)))
    glyph = glyphs(atlas)
    found = [f" {atlas.y.key}"]
    rows = list(zip(labels, atlas.rows(), strict=True))
    for i in reversed(range(len(rows))):
        label, cells = rows[i]
        found.append(f" {label.rjust(margin)}  " + "".join(glyph(cell) * wide for cell in cells))
        low = atlas.y.values[i - 1] if i else math.inf
        marks = "".join((LINE if _between(low, c, atlas.y.values[i]) else " ") * wide for c in atlas.critical)
        if marks.strip():
            found.append(" " * (margin + 3) + marks)
    found.append(" " * (margin + 3) + _ticks(atlas.x, wide, columns - margin - 3))
    found.append(" " * (margin + 3) + atlas.x.key)
    return [line.rstrip() for line in found]


def _between(low: float, value: float | None, high: float) -> bool:
    return value is not None and low <= value < high


def _ticks(axis: NumericAxis, wide: int, room: int) -> str:
    """Numbers below the cells where they start, as many as fit, the first and the last among them."""
    labels = [_label(value) for value in axis.values]
    last = len(labels) - 1
    start = min(last * wide, room - len(labels[-1]))
    line = ""
    for i, label in enumerate(labels[:-1]):
        at = i * wide
        fits = at + len(label) + 2 <= start
        if fits and (i == 0 or at >= len(line) + 2):
            line = line.ljust(at) + label
    return line.ljust(start) + labels[-1]


def _label(value: float) -> str:
    return f"{value:.6g}" if len(f"{value:.6g}") <= len("0.0001") else short(value, 3)


def glyphs(atlas: Atlas) -> Callable[[Cell], str]:
    """The character of a cell."""
    bounds = levels(atlas)

    def glyph(cell: Cell) -> str:
        if cell.trial is None:
            return MISSING
        value = cell.median(atlas.metric)
        if value is None or (atlas.metric == SOLVED and value == 0):
            none_left = cell.trial.diverged == cell.trial.seeds or atlas.metric not in (SOLVED, EPOCHS)
            return DIVERGED if none_left else FAILED
        worse = -value if _more_is_better(atlas.metric) else value
        return LEVELS[sum(worse <= bound for bound in bounds)]

    return glyph


def levels(atlas: Atlas) -> list[float]:
    """The bounds between the levels, from bad to good, with the sign that makes less better.

    Solve rates: a third, two thirds, all. Else the range of the medians is cut into four parts of equal size, by ratio
    if all are positive and less is better.
    """
    if atlas.metric == SOLVED:
        return [-1 / 3, -2 / 3, -1.0]
    sign = -1 if _more_is_better(atlas.metric) else 1
    values = [sign * value for value in _medians(atlas)]
    if not values:
        return []
    low, high = min(values), max(values)
    shares = [(len(LEVELS) - 1 - i) / len(LEVELS) for i in range(len(LEVELS) - 1)]
    if low > 0:
        return [low * (high / low) ** share for share in shares]
    return [low + share * (high - low) for share in shares]


def _medians(atlas: Atlas) -> list[float]:
    found = [cell.median(atlas.metric) for cell in atlas.cells]
    return [value for value in found if value is not None]


def _more_is_better(metric: str) -> bool:
    return metric == SOLVED or is_score(metric)


def legend(atlas: Atlas) -> str:
    """What the characters of the map mean; only those in it."""
    glyph = glyphs(atlas)
    used = {glyph(cell) for cell in atlas.cells}
    parts = [f"{mark} {text}" for mark, text in _meanings(atlas) if mark in used]
    return "   ".join([title(atlas.metric), *parts])


def title(metric: str) -> str:
    """What is mapped, in words."""
    return "seeds solved" if metric == SOLVED else f"median {metric.replace('_', ' ')}"


def _meanings(atlas: Atlas) -> Iterator[tuple[str, str]]:
    if atlas.metric == SOLVED:
        texts: Sequence[str] = ["under a third", "a third or more", "two thirds or more", "all"]
    else:
        sign, order = (-1, "≥") if _more_is_better(atlas.metric) else (1, "≤")
        values = _medians(atlas)
        ends = [*levels(atlas), min(sign * value for value in values)] if values else []
        worst = max((sign * value for value in values), default=0.0)
        texts = [f"{order} {short(sign * end, 3)}" for end in [worst, *ends[:-1]]]
    yield from reversed(list(zip(LEVELS, texts, strict=False)))
    yield FAILED, "none" if atlas.metric == SOLVED else "not solved by half of the seeds"
    yield DIVERGED, "all diverged" if atlas.metric in (SOLVED, EPOCHS) else "half or more diverged"
    yield MISSING, "not trained"


def notes(atlas: Atlas, *, asked: bool = False) -> Iterator[str]:
    """Where training succeeds, and where theory expects it.

    Args:
        atlas: what to describe.
        asked: whether the metric was asked for.
    """
    if atlas.metric == SOLVED:
        yield _where_solved(atlas)
    else:
        if not asked:
            why = "no seed solves its rows, or that is not the aim"
            yield f"The map shows the {title(atlas.metric)}, as {why}; --metric solved shows the solve rate."
        best = _best(atlas)
        if best is not None:
            word = "highest" if _more_is_better(atlas.metric) else "lowest"
            value = short(best.median(atlas.metric), 3)
            yield f"{word.capitalize()}: {value} at {_at(atlas.x, [best.x])} and {_at(atlas.y, [best.y])}."
    yield from _critical(atlas)


def _best(atlas: Atlas) -> Cell | None:
    known = [(cell, value) for cell in atlas.cells if (value := cell.median(atlas.metric)) is not None]
    sign = -1 if _more_is_better(atlas.metric) else 1
    return min(known, key=lambda pair: sign * pair[1])[0] if known else None


def _where_solved(atlas: Atlas) -> str:
    cells = [cell for cell in atlas.cells if cell.median(SOLVED) == 1]
    if not cells:
        return f"No cell of {len(atlas.cells)} solves every seed."
    across, up = _at(atlas.x, [cell.x for cell in cells]), _at(atlas.y, [cell.y for cell in cells])
    verb = "solves" if len(cells) == 1 else "solve"
    return f"{len(cells)} of {count(len(atlas.cells), 'cell')} {verb} every seed, within {across} and {up}."


def _at(axis: NumericAxis, values: Sequence[float]) -> str:
    """An axis and the range of some values on it: `std 0.1–1`."""
    low, high = min(values), max(values)
    return f"{axis.word} {_label(low)}" + (f"–{_label(high)}" if high > low else "")


def _critical(atlas: Atlas) -> Iterator[str]:
    """The critical values in words."""
    known = [value for value in atlas.critical if value is not None]
    if not known:
        return
    low, high = min(known), max(known)
    same = high - low <= 1e-9 * high
    text = f"Mean-field theory: critical {atlas.y.word} {short(low)}" + ("" if same else f"–{short(high)}")
    below = [y for y in atlas.y.values if y <= low]
    above = [y for y in atlas.y.values if y > high]
    if low >= atlas.y.values[-1] or high < atlas.y.values[0]:
        yield f"{text}, {'above' if below else 'below'} the map."
    elif same:
        yield f"{text}, the line in the map, between {_label(below[-1])} and {_label(above[0])}."
    else:
        yield f"{text}, the line in the map."
