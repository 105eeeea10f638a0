"""A hyperplane, or a certificate that there is none, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.separation import Answer, Certificate, Hyperplane
from nncli.report.numbers import count, short

SHOWN = 8
"""The most inputs of a row that are printed."""
LONG = 12
"""The most rows of a certificate that are printed if there are several."""
WIDE = 48
"""The most characters of a formula that is printed in the line of its sides."""
SHORT = 7
"""The most characters of an exact number that is printed; --json has all."""


def answer_lines(answer: Answer, inputs: NDArray[np.float64], names: Sequence[str], *, alone: bool) -> Iterator[str]:
    """Whether a hyperplane separates two classes, and the proof. Shapes: inputs (N, n).

    Args:
        names: of the inputs.
        alone: whether there is no other answer, so that the classes need no heading, and the proof may be long.
    """
    heading, against = ("", "") if alone else (f"{answer.classes[0]}: ", f" from {answer.classes[1]}")
    first, other = (f"class {answer.classes[0]}", f"class {answer.classes[1]}" if alone else answer.classes[1])
    proof = answer.proof
    if 0 in answer.sizes:
        yield f"separable: all {sum(answer.sizes)} rows are of {other if answer.sizes[1] else first}"
    elif isinstance(proof, Hyperplane):
        yield f"{heading}separable{against}"
        yield from _hyperplane_lines(proof, names, answer.sizes, (first, other))
    else:
        yield f"{heading}not separable{against or ': rows of both classes surround the same point'}"
        yield ""
        rows = len(proof.positive) + len(proof.negative)
        if rows <= LONG or alone:
            yield from _certificate_lines(proof, inputs, (first, other))
        else:
            yield f"the certificate has {rows} rows: --json prints them"


def _hyperplane_lines(
    found: Hyperplane, names: Sequence[str], sizes: tuple[int, int], classes: tuple[str, str]
) -> Iterator[str]:
    formula = _formula(found.weights, found.bias, names)
    yield ""
    if len(formula) > WIDE:
        yield f"h = {formula}"
        formula = "h"
    yield f"{formula} > 0   {count(sizes[0], 'row')} of {classes[0]}"
    yield f"{'':{len(formula)}} < 0   {count(sizes[1], 'row')} of {classes[1]}"
    yield ""
    margin = f"margin {short(found.margin)}" if found.margin else "margin above 0, but too small for a float"
    yield f"{margin}: no row is closer to the hyperplane"


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


def _certificate_lines(found: Certificate, inputs: NDArray[np.float64], classes: tuple[str, str]) -> Iterator[str]:
    """The common point, and how each class gives it. Shapes: inputs (N, n)."""
    for name, side in zip(classes, (found.positive, found.negative), strict=True):
        yield name
        for row, weight in side:
            yield f"  {_number(weight):>9} × ({_list(inputs[row].tolist())})   row {row + 1}"
    yield f"point       ({_list(found.point)})"


def explanations(answers: Sequence[Answer]) -> Iterator[str]:
    """Why a certificate is a proof, and what it does not prove of several classes."""
    if all(isinstance(answer.proof, Hyperplane) for answer in answers):
        return
    yield PROOF
    if len(answers) > 1:
        yield SEVERAL


PROOF = (
    "The weights of each class sum to 1, and its weighted rows to the point. A linear "
    "function that is positive on all rows of the one class is so at the point; one that "
    "is negative on all rows of the other is negative there. None is both."
)

SEVERAL = (
    "No single unit tells such a class from the others. A softmax output may: it "
    "compares the linear functions of all classes, and the largest one wins."
)


def _list(values: Sequence[Fraction | float]) -> str:
    shown = [_number(Fraction(value)) for value in values[:SHOWN]]
    return ", ".join(shown + (["…"] if len(values) > SHOWN else []))


def _number(value: Fraction) -> str:
    """A whole number or a short fraction as it is, any other rounded."""
    text = str(value)
    return text if len(text) <= SHORT else short(float(value))
