"""A hyperplane, or a certificate that there is none, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.separation import Certificate, Hyperplane
from nncli.report.numbers import count, short

SHOWN = 8
"""The most inputs of a row that are printed."""
SHORT = 7
"""The most characters of an exact number that is printed; --json has all."""


def hyperplane_lines(
    found: Hyperplane, names: Sequence[str], classes: tuple[str, str], sizes: tuple[int, int]
) -> Iterator[str]:
    """Which side each class is on, and how far the nearest row is."""
    above, below = sizes
    if not (above and below):
        yield f"separable: all {above + below} rows are of class {classes[0] if above else classes[1]}"
        return
    formula = _formula(found.weights, found.bias, names)
    yield "separable"
    yield ""
    yield f"{formula} > 0   {count(above, 'row')} of class {classes[0]}"
    yield f"{'':{len(formula)}} < 0   {count(below, 'row')} of class {classes[1]}"
    yield ""
    yield f"margin {short(found.margin)}: no row is closer to the hyperplane"


def _formula(weights: Sequence[Fraction], bias: Fraction, names: Sequence[str]) -> str:
    terms = [(weight, name) for weight, name in zip(weights, names, strict=True) if weight]
    if len(terms) > SHOWN:
        return f"w·x + b of {len(terms)} inputs"
    text = ""
    for value, name in [*terms, (bias, "")]:
        if not value:
            continue
        size = "" if name and abs(value) == 1 else _number(abs(value))
        sign = ("-" if value < 0 else "") if not text else (" - " if value < 0 else " + ")
        text += f"{sign}{size}{' ' if size and name else ''}{name}"
    return text or "0"


def certificate_lines(found: Certificate, inputs: NDArray[np.float64], classes: tuple[str, str]) -> Iterator[str]:
    """The common point, and how each class gives it. Shapes: inputs (N, n)."""
    yield "not separable: rows of both classes surround the same point"
    yield ""
    for name, side in zip(classes, (found.positive, found.negative), strict=True):
        yield f"class {name}"
        for row, weight in side:
            yield f"  {_number(weight):>9} × ({_list(inputs[row].tolist())})   row {row + 1}"
    yield f"point       ({_list(found.point)})"


PROOF = (
    "The weights of each class sum to 1, and its weighted rows to the point. A linear "
    "function that is positive on all rows of the one class is so at the point; one that "
    "is negative on all rows of the other is negative there. None is both."
)


def _list(values: Sequence[Fraction | float]) -> str:
    shown = [_number(Fraction(value)) for value in values[:SHOWN]]
    return ", ".join(shown + (["…"] if len(values) > SHOWN else []))


def _number(value: Fraction) -> str:
    """A whole number or a short fraction as it is, any other rounded."""
    text = str(value)
    return text if len(text) <= SHORT else short(float(value))
