"""One training step as a page of a textbook: each formula, then the same with this network's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from unicodedata import combining

import numpy as np

from nncli.report.equations import aligned, beside, broken, element, factor, matrix, number, sum_of_products
from nncli.report.numbers import grouped
from nncli.report.step_formulas import loss_gradient, loss_value, update_value, weight_digits
from nncli.report.step_record import LayerStep, LossStep, Numbers, ParameterStep, UpdateStep, WorkedStep

INDENT = 4
"""Spaces before numbers; two before formulas."""


def worked_step_lines(step: WorkedStep, columns: int = 80) -> Iterator[str]:
    """The page, line by line, at most `columns` wide if that is 80 or more."""
    for part in (
        _row(step),
        _forward(step),
        _loss(step.loss, len(step.layers)),
        _backward(step),
        _update(step),
        _after(step),
    ):
        yield from chain.from_iterable(
            broken(*line) if isinstance(line, tuple) else [line] for line in _in(part, columns)
        )


Line = str | tuple[str, int]
"""A line as it is, or an equation that may be broken, with its indent."""


def _in(lines: Iterator[Line], columns: int) -> Iterator[str | tuple[str, int, int]]:
    for line in lines:
        yield line if isinstance(line, str) else (line[0], columns, line[1])


def _row(step: WorkedStep) -> Iterator[Line]:
    yield f"step 1 with training row {grouped(step.row)} of {grouped(step.rows)} as the batch, in {step.dtype}"
    yield ""
    standardized = "   (standardized)" if step.standardized else ""
    yield from _side_by_side(f"x = {matrix(step.x)[0]}{standardized}", f"y = {_vector(step.loss.y)}")


def _side_by_side(*parts: str, between: str = "   ") -> Iterator[str]:
    """Parts on one line if it is short enough, else on one line each."""
    together = between.join(parts)
    yield from (f"  {part}" for part in ([together] if len(together) <= 78 else parts))


def _vector(values: Numbers) -> str:
    """A vector on one line; a single number without brackets."""
    return number(values[0]) if len(values) == 1 else matrix(values)[0]


def _forward(step: WorkedStep) -> Iterator[Line]:
    yield ""
    yield "FORWARD"
    for layer in step.layers:
        n = layer.number
        source = "x" if n == 1 else f"a{n - 1}"
        yield ""
        yield f"layer {n}: {len(layer.a_prev)} → {layer.text}"
        yield f"  z{n} = {source} W{n}{'' if layer.b is None else f' + b{n}'}"
        blocks: list[str | list[str]] = [f"W{n} =", matrix(layer.W)]
        yield from _drawn(beside(*blocks))
        if layer.b is not None:
            yield from _drawn(beside(f"b{n} =", matrix(layer.b)))
        for j, z in enumerate(layer.z):
            b = None if layer.b is None else float(layer.b[j])
            text = sum_of_products(layer.a_prev, layer.W[:, j], b)
            yield f"{element(f'z{n}', [j], layer.z.shape)} = {text} = {number(z)}", INDENT
        yield from _activation(layer, is_last=layer is step.layers[-1], loss=step.loss)


def _activation(layer: LayerStep, *, is_last: bool, loss: LossStep) -> Iterator[Line]:
    n = layer.number
    if is_last and loss.link != "linear":
        return
    if layer.function == "linear":
        yield f"  a{n} = z{n}"
        return
    yield f"  a{n} = {layer.function}(z{n})"
    yield from _formula(layer.formula)
    if layer.slope is None:
        yield f"a{n} = {_vector(layer.a)}", INDENT
        return
    for j, (z, a) in enumerate(zip(layer.z, layer.a, strict=True)):
        yield f"{element(f'a{n}', [j], layer.a.shape)} = {layer.function}({number(z)}) = {number(a)}", INDENT


def _formula(lines: Sequence[str]) -> Iterator[str]:
    """A formula as its part documents it."""
    yield from (f"  | {line}".rstrip() for line in lines)


def _drawn(lines: list[str]) -> Iterator[str]:
    yield from (" " * INDENT + line for line in lines)


def _loss(loss: LossStep, last: int) -> Iterator[Line]:
    yield ""
    yield f"loss: {loss.name}"
    yield from _formula(loss.formula)
    yield f"  p = a{last}" if loss.link == "linear" else f"  p = {loss.link}(z{last})"
    if loss.link in ("linear", "softmax"):
        yield f"p = {_vector(loss.p)}", INDENT
    else:
        for k, (z, p) in enumerate(zip(loss.z, loss.p, strict=True)):
            yield f"{element('p', [k], loss.p.shape)} = {loss.link}({number(z)}) = {number(p)}", INDENT
    text = loss_value(loss)
    yield f"L = {text + ' = ' if text else ''}{number(loss.value)}", INDENT


def _backward(step: WorkedStep) -> Iterator[Line]:
    last = step.layers[-1]
    at = f"d{'a' if step.loss.link == 'linear' else 'z'}{last.number}"
    yield ""
    yield "BACKWARD"
    yield ""
    yield f"loss: {at} is the gradient of L at {at[1:]}"
    for k, value in enumerate(step.loss.gradient):
        text = loss_gradient(step.loss, k)
        name = element(at, [k], step.loss.gradient.shape)
        yield f"{name} = {text + ' = ' if text and text != number(value) else ''}{number(value)}", INDENT
    for layer in reversed(step.layers):
        yield ""
        yield f"layer {layer.number}: {len(layer.a_prev)} → {layer.text}"
        yield from _through_activation(layer)
        yield from _gradients(layer)


def _through_activation(layer: LayerStep) -> Iterator[Line]:
    n = layer.number
    if layer.da is None:
        return
    if layer.slope is None:
        yield f"  dz{n} = da{n}" if layer.function == "linear" else f"  dz{n} from da{n}, by the formula above"
        yield f"dz{n} = {_vector(layer.dz)}", INDENT
        return
    yield f"  dz{n} = da{n} * f'(z{n})"
    for j, (da, slope, dz) in enumerate(zip(layer.da, layer.slope, layer.dz, strict=True)):
        name = element(f"dz{n}", [j], layer.dz.shape)
        yield f"{name} = {factor(da)} · {factor(slope)} = {number(dz)}", INDENT


def _gradients(layer: LayerStep) -> Iterator[Line]:
    n = layer.number
    source = "x" if n == 1 else f"a{n - 1}"
    yield f"  dW{n} = {source}ᵀ dz{n}"
    turned, whole = matrix(layer.a_prev[:, None]), matrix(layer.dW)
    blocks = beside(f"dW{n} =", turned, matrix(layer.dz), "=", whole)
    if max(map(len, blocks)) + INDENT > 80:
        blocks = beside(f"dW{n} =", whole)
    yield from _drawn(blocks)
    if layer.db is not None:
        yield f"  db{n} = dz{n}"
        yield f"db{n} = {_vector(layer.db)}", INDENT
    if layer.da_prev is not None:
        yield f"  da{n - 1} = dz{n} W{n}ᵀ"
        for i, value in enumerate(layer.da_prev):
            text = sum_of_products(layer.dz, layer.W[i])
            yield f"{element(f'da{n - 1}', [i], layer.da_prev.shape)} = {text} = {number(value)}", INDENT


def _update(step: WorkedStep) -> Iterator[Line]:
    update = step.update
    yield ""
    yield "UPDATE"
    penalized = [own for own in update.parameters if own.penalties]
    if penalized:
        yield ""
        names = "; ".join(f"{own.name}: {', '.join(own.penalties)}" for own in penalized)
        yield f"penalties: {number(step.penalty)} in all", 0
        yield f"  {names}", 0
        yield from _formula(update.penalty_formula)
    if update.clip_norm is not None:
        yield ""
        yield from _clipping(update)
    yield ""
    rate = f"learning_rate {number(update.learning_rate)}"
    if update.factor != 1:
        rate += f" · {number(update.factor)} (schedule) = {number(update.learning_rate * update.factor)}"
    yield f"{update.optimizer}: {rate}", 0
    if update.options:
        yield "  " + ", ".join(f"{name} {number(value)}" for name, value in update.options.items())
    yield from _formula(update.formula)
    digits = weight_digits(update)
    example = _example(update)
    if example is None:
        yield "    no parameter changes: this row's gradient is 0"
    else:
        own, index = example
        text = update_value(update, own, index, digits)
        if text:
            name = element(own.name, index, own.before.shape)
            yield f"{name} = {text} = {number(own.after[index], digits)}", INDENT
    yield ""
    yield from _table(update, digits, clipped=update.clip_norm is not None, penalized=bool(penalized))


def _example(update: UpdateStep) -> tuple[ParameterStep, tuple[int, ...]] | None:
    """The first number that changes, if possible by its gradient; None if none does."""
    changed = [
        (own, index)
        for own in update.parameters
        for index in np.ndindex(own.before.shape)
        if own.before[index] != own.after[index]
    ]
    return next(((own, index) for own, index in changed if own.gradient[index] != 0), changed[0] if changed else None)


def _clipping(update: UpdateStep) -> Iterator[Line]:
    clip = update.clip_norm or 0.0
    if update.norm > clip:
        text = f"‖g‖ = {number(update.norm)} > {number(clip)}: g is multiplied by"
        yield f"clip_norm: {text} {number(clip)} / {number(update.norm)} = {number(clip / update.norm)}", 0
    else:
        yield f"clip_norm: ‖g‖ = {number(update.norm)} ≤ {number(clip)}: g stays as it is", 0


def _table(update: UpdateStep, digits: int, *, clipped: bool, penalized: bool) -> Iterator[str]:
    """A row for each number of each parameter; columns that do not fit follow below, after the names again."""
    names, rows = [], []
    memory = list(update.parameters[0].memory) if update.parameters else []
    for own in update.parameters:
        for index in product(*map(range, own.before.shape)):
            names.append(element(own.name, index, own.before.shape))
            parts = [own.of_loss, own.of_penalties] if penalized else []
            parts = [*parts, *([own.of_loss + own.of_penalties] if clipped else []), own.gradient]
            rows.append([
                number(own.before[index], digits),
                *(number(part[index]) for part in [*parts, *own.memory.values()]),
                number(own.after[index], digits),
            ])  # fmt: skip
    headings = ["before", *(["of L", "penalty"] if penalized else []), *(["unclipped"] if clipped else []), "g"]
    columns = [
        _column(heading, cells)
        for heading, cells in zip([*headings, *memory, "after"], zip(*rows, strict=True), strict=True)
    ]
    first = [name.ljust(max(map(len, names))) for name in ["", *names]]
    block = first
    for column in columns:
        longer = [f"{left}   {cell}" for left, cell in zip(block, column, strict=True)]
        if len(longer[0]) + INDENT > 80 and block is not first:
            yield from (" " * INDENT + line.rstrip() for line in block)
            yield ""
            longer = [f"{left}   {cell}" for left, cell in zip(first, column, strict=True)]
        block = longer
    yield from (" " * INDENT + line.rstrip() for line in block)


def _column(heading: str, cells: Sequence[str]) -> list[str]:
    """A heading above numbers whose decimal points are aligned."""
    numbers = aligned(cells)
    marks = sum(combining(character) > 0 for character in heading)  # such as a hat, which takes no column
    width = max(len(heading) - marks, len(numbers[0]))
    return [heading.rjust(width + marks), *(cell.rjust(width) for cell in numbers)]


def _after(step: WorkedStep) -> Iterator[Line]:
    loss = step.loss
    yield ""
    yield "AFTER THE STEP"
    yield ""
    yield from _side_by_side(
        f"p = {_vector(loss.p)}", f"→ {_vector(step.p_after)}", f"  target {_vector(loss.y)}", between=" "
    )
    yield f"  L = {number(loss.value)} → {number(step.loss_after)}"
    if any(own.penalties for own in step.update.parameters):
        before, after = loss.value + step.penalty, step.loss_after + step.penalty_after
        yield f"  L + penalties = {number(before)} → {number(after)}"
