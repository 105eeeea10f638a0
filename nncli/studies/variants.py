"""The variants of a study: one complete description for each point of the grid."""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nncli.config.document import Document
from nncli.config.experiment import Experiment
from nncli.config.load import load_document, override
from nncli.config.resolve import resolve
from nncli.config.schema_lookup import is_unknown_key
from nncli.errors import UserError, UserErrors
from nncli.studies.axis_grammar import Axis, parse_axes
from nncli.tasks.splits import Splits

MAX_VARIANTS = 10_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One point of the grid.

    Attributes:
        values: its values on the axes, as one would type them.
        overrides: the overrides that turn the config file into it.
        experiment: the complete description.
    """

    values: tuple[str, ...]
    overrides: tuple[str, ...]
    experiment: Experiment

    @property
    def label(self) -> str:
        """Its values, joined."""
        return ", ".join(self.values)


def make_variants(
    config: Path,
    arguments: Sequence[str],
    *,
    usual: Sequence[Axis] = (),
    sample: int | None = None,
    seed: int = 0,
) -> tuple[list[Axis], list[Variant]]:
    """The axes and variants from arguments such as `activation=tanh,relu seeds=50`.

    Args:
        config: the config file.
        arguments: axes and plain overrides.
        usual: the default axis, if there is one; the config's own value on it comes first.
        sample: number of points to draw from the grid without replacement; default: all points.
        seed: seed of that draw.

    Raises:
        UserErrors: for every error in any variant, each located by its override, before anything trains.
    """
    axes, plain = parse_axes(arguments)
    _refuse_unclear(axes, plain, usual)
    by_default = bool(usual) and not axes
    axes = axes or list(usual)
    document = load_document(config, plain)
    if not axes:
        resolve(document)  # the error may be a mistyped axis
        raise UserError("no axis given", hint="Give a key several values, as in activation=tanh,relu")
    points = grid_points(axes, sample, seed)
    found: list[Variant] = []
    errors: dict[object, UserError] = {}
    data: dict[str, Splits] = {}  # equal data are kept once
    for values in itertools.chain(points, _unseen(axes, points)):
        overrides = [f"{axis.key}={value}" for axis, value in zip(axes, values, strict=True)]
        try:
            experiment = resolve(override(document, overrides))
        except UserError as error:
            for each in error.errors:
                errors.setdefault(_mistake(each), each)
        else:
            splits = data.setdefault(_data_key(experiment), experiment.splits)
            found.append(Variant(tuple(values), (*plain, *overrides), replace(experiment, splits=splits)))
    if errors:
        raise UserErrors(errors.values())
    found = found[: len(points)]
    return _own_first(axes, found, document) if by_default else (axes, found)


def _own_first(axes: list[Axis], variants: list[Variant], document: Document) -> tuple[list[Axis], list[Variant]]:
    """The default axis and its variants, with the config's own value first, if it is among them."""
    (axis,) = axes
    try:
        own = resolve(document).written[axis.key]
    except UserError:  # the config is wrong without the axis
        return axes, variants
    variants = sorted(variants, key=lambda variant: variant.experiment.written[axis.key] != own)
    return [Axis(axis.key, tuple(variant.values[0] for variant in variants))], variants


def _refuse_unclear(axes: Sequence[Axis], plain: Sequence[str], usual: Sequence[Axis]) -> None:
    """Reject axes that change nothing, a key given both as axis and override, and a single value for a default axis."""
    if any(axis.key == "name" for axis in axes):
        raise UserError("name cannot be an axis: it does not change training", where="name")
    for axis in axes or usual:
        given = next((text for text in plain if text.startswith(f"{axis.key}=")), None)
        if given and axes:
            raise UserError(f"{axis.key} is given twice, as an axis and as a single value", hint="Remove one of them")
        if given:
            other = next(value for value in axis.values if f"{axis.key}={value}" != given)
            hint = f"Give it several values, as in {given},{other}"
            raise UserError(f"{given} leaves nothing to compare", hint=hint)


def _data_key(experiment: Experiment) -> str:
    """What determines the splits."""
    return repr((experiment.task, experiment.splitting))


def _mistake(error: UserError) -> object:
    """What variants with the same mistake share: the place in the config, and the override unless its key is wrong."""
    where = error.where
    if where.override is None:
        return where
    return where.path if is_unknown_key(where.path) else (where.override, where.path)


def grid_points(axes: Sequence[Axis], sample: int | None, seed: int) -> list[tuple[str, ...]]:
    """The points of the grid, or a random sample of them; always in grid order.

    Raises:
        UserError: if there are too many, or fewer than the sample.
    """
    size = math.prod(len(axis.values) for axis in axes)
    if (sample or size) > MAX_VARIANTS:
        given = f"these axes span {size} variants" if sample is None else f"{sample} are too many"
        raise UserError(given, allowed=f"Allowed: at most {MAX_VARIANTS}", where="--random" if sample else "")
    if sample is None:
        return list(itertools.product(*(axis.values for axis in axes)))
    if sample > size:
        raise UserError(f"the axes span {size} trials, fewer than {sample}", where="--random")
    return [_point(axes, number) for number in sorted(_draw(size, sample, random.Random(seed)))]  # noqa: S311


def _draw(size: int, sample: int, dice: random.Random) -> Collection[int]:
    """`sample` distinct numbers below `size`."""
    if size <= sys.maxsize:
        return dice.sample(range(size), sample)
    found: set[int] = set()
    while len(found) < sample:
        found.add(dice.randrange(size))
    return found


def _point(axes: Sequence[Axis], number: int) -> tuple[str, ...]:
    """The point with this index in the grid; the last axis varies fastest."""
    values = []
    for axis in reversed(axes):
        number, digit = divmod(number, len(axis.values))
        values.append(axis.values[digit])
    return tuple(reversed(values))


def _unseen(axes: Sequence[Axis], points: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """One extra point for each value in none of the points, so that a mistyped one is still checked."""
    for position, axis in enumerate(axes):
        seen = {point[position] for point in points}
        first = points[0]
        yield from ((*first[:position], value, *first[position + 1 :]) for value in axis.values if value not in seen)
