"""The map of an atlas, from plain records."""

from __future__ import annotations

import pytest

from nncli.analysis.atlas_record import Atlas, Cell, NumericAxis
from nncli.analysis.comparison_record import SolveRate
from nncli.analysis.sweep_record import LeaderboardRow, Spread
from nncli.report.atlas_text import headline, legend, map_lines, notes

NONE = Spread(None, None, None)


def trial(solved, *, diverged=0, loss=None):
    rate = SolveRate(solved, 6, solved / 6, (0.0, 1.0))
    return LeaderboardRow(1, "t", (), 6, rate, NONE, diverged, None, {"train_loss": Spread(loss, loss, loss)})


def axis(key, values):
    return NumericAxis(key, tuple(values), tuple(map(str, values)))


def atlas(trials, *, metric="solved", critical=None, ys=(0.1, 1.0), xs=None):
    xs = xs or tuple(float(i) for i in range(len(trials) // len(ys)))
    points = [(x, y) for y in ys for x in xs]
    cells = tuple(Cell(x, y, found) for (x, y), found in zip(points, trials, strict=True))
    lines = critical or (None,) * len(xs)
    return Atlas("s", "xor", axis("a.rate", xs), axis("b.std", ys), 6, 9, metric, lines, cells, ())


LOWER = [trial(0), trial(1), trial(2), trial(4)]
UPPER = [trial(5), trial(6), trial(0, diverged=6), None]


def test_a_map_has_large_y_at_the_top_and_a_character_for_each_level():
    assert map_lines(atlas([*LOWER, *UPPER])) == [
        " b.std",
        "   1  ▓▓▓▓████××××????",
        " 0.1  ····░░░░▒▒▒▒▓▓▓▓",
        "      0   1   2   3",
        "      a.rate",
    ]
    assert legend(atlas([*LOWER, *UPPER])) == (
        "seeds solved   █ all   ▓ two thirds or more   ▒ a third or more   ░ under a third   · none   × all diverged   "
        "? not trained"
    )
    assert headline(atlas([*LOWER, *UPPER])) == "xor   std × rate   8 cells × 6 seeds   up to 9 epochs"


def test_the_levels_of_a_loss_are_equal_ratios():
    losses = [1e-4, 5e-4, 5e-3, 0.05, 1.0, None]
    found = atlas([trial(0, loss=loss) for loss in losses], metric="train_loss", ys=(1.0,))
    assert map_lines(found)[1] == " 1  ████████▓▓▓▓▒▒▒▒░░░░××××"
    assert legend(found) == "median train loss   █ ≤ 0.00100   ▓ ≤ 0.0100   ▒ ≤ 0.100   ░ ≤ 1   × half or more diverged"
    assert "Lowest: 0.000100 at rate 0 and std 1." in list(notes(found))


@pytest.mark.parametrize(
    ("critical", "line", "said"),
    [
        ((0.4,) * 4, " " * 6 + "─" * 16, "critical std 0.4000, the line in the map, between 0.1 and 1."),
        ((0.4, 0.5, None, 2.0), " " * 6 + "─" * 8, "critical std 0.4000–2, the line in the map."),
        ((2.0,) * 4, None, "critical std 2, above the map."),
        ((0.01,) * 4, None, "critical std 0.01000, below the map."),
        ((None,) * 4, None, None),
    ],
)
def test_the_critical_line_falls_between_its_rows(critical, line, said):
    found = atlas([*LOWER, *UPPER], critical=critical)
    drawn = map_lines(found)
    assert drawn[2:-3] == ([line] if line else [])
    last = list(notes(found))[-1]
    assert last.endswith(said) if said else "critical" not in last


@pytest.mark.parametrize("n", [1, 2, 15, 64])
def test_a_map_fits_eighty_columns(n):
    xs = tuple(-1.23456e-5 * 1.3**i for i in range(n))
    found = atlas([trial(3)] * n, xs=xs, ys=(-1.2345678e-10,))
    assert max(map(len, map_lines(found))) <= 80
