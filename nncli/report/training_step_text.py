"""The calls of a training step as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nncli.report.numbers import count, grouped, size

Shape = tuple[int, ...]

COLUMNS = (("call", "left"), ("shape", "left"), ("multiply-adds", "right"), ("bytes", "right"))


@dataclass(frozen=True, slots=True)
class StepCall:
    """One call of a training step.

    Attributes:
        part: `forward`, `backward` or `update` with the number and name of a layer, or `loss`, `penalties`, `norms`.
        call: the function.
        inputs, output: the arrays by name, such as `W1` and `z1`; a part of an array has the name of the whole.
        shapes, shape: those of the inputs and of the output, without the axis of the only replica.
        multiply_adds: of a product of matrices; else 0.
        bytes: read and written.
    """

    part: str
    call: str
    inputs: tuple[str, ...]
    output: str
    shapes: tuple[Shape, ...]
    shape: Shape
    multiply_adds: int
    bytes: int


def program_cells(calls: Sequence[StepCall]) -> Iterator[list[str]]:
    """A row for each part of the step, then one for each of its calls, in `COLUMNS`."""
    part = ""
    for own in calls:
        if own.part != part:
            part = own.part
            yield [part, "", "", ""]
        text = f"  {own.output} = {own.call}({', '.join(own.inputs)})"
        shape = " × ".join(map(str, own.shape)) or "1"
        yield [text, shape, grouped(own.multiply_adds) if own.multiply_adds else "", grouped(own.bytes)]


def program_total(calls: Sequence[StepCall]) -> str:
    """`27 calls   312 multiply-adds   9.4 kB read and written`."""
    adds, moved = sum(own.multiply_adds for own in calls), sum(own.bytes for own in calls)
    return f"{count(len(calls), 'call')}   {count(adds, 'multiply-add')}   {size(moved)} read and written"
