"""Check the shape of untrusted data read from JSON.

A shape is written like the data: a `Leaf`; `[shape]`, a list of any length; `(shape, shape)`, a list of exactly these;
`{name: shape}`, a mapping with at least these keys, of which `Maybe(shape)` may be missing or null; `{...: shape}`, a
mapping of any names.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import EllipsisType, NoneType
from typing import Self, TypeAlias

from nncli.errors import ExitCode, UserError

Keys: TypeAlias = "dict[str | EllipsisType, Shape]"
Shape: TypeAlias = "Leaf | Maybe | list[Shape] | tuple[Shape, ...] | Keys"

SHOWN = 40
"""The most characters of an invalid value that a message quotes."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A plain value.

    Attributes:
        words: what it should be, in words.
        types: the allowed types.
        least, most: the range of a number.
        among: the allowed strings; empty for any.
    """

    words: str
    types: tuple[type, ...]
    least: float = -math.inf
    most: float = math.inf
    among: tuple[str, ...] = ()

    @property
    def or_null(self) -> Self:
        """The same, or null."""
        return replace(self, words=f"{self.words} or null", types=(*self.types, NoneType))

    def fits(self, value: object) -> bool:
        """Whether a value is one of these."""
        if type(value) not in self.types:
            return False
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self.least <= value <= self.most
        return not self.among or value in self.among


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that may be null, or a key that may be missing."""

    shape: Shape


TEXT = Leaf("text", (str,))
FLAG = Leaf("true or false", (bool,))
COUNT = Leaf("a whole number ≥ 0", (int,), least=0)
NUMBER = Leaf("a number", (int, float))
SHARE = Leaf("a number from 0 to 1", (int, float), least=0, most=1)


def require(value: object, shape: Shape, place: str, whole: str) -> None:
    """Refuse data that do not have a shape.

    Args:
        value: the data.
        shape: the required shape.
        place: the file.
        whole: what the data should be, such as `the result of a run`.

    Raises: `UserError` (code CORRUPT) that names the first misfit: `epochs[2] is 'x', not a whole number ≥ 0`.
    """
    if (found := next(_misfits(value, shape, ""), None)) is not None:
        raise misfit(found, place, whole)


def misfit(found: str, place: str, whole: str) -> UserError:
    """The error for data of another shape. Args: what was found; for the others see `require`."""
    return UserError(f"this is not {whole}: {found}", where=place, code=ExitCode.CORRUPT)


def misfit_of(error: UserError, place: str, whole: str) -> UserError:
    """The error in a value of the data, as an error of all of them. Args: see `require`."""
    return error.replaced(start=f"this is not {whole}: ", where=place, allowed="", hint="", code=ExitCode.CORRUPT)


def _misfits(value: object, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, Maybe):
        if value is not None:
            yield from _misfits(value, shape.shape, path)
    elif isinstance(shape, Leaf):
        if not shape.fits(value):
            yield f"{path} is {_shown(value)}, not {shape.words}"
    elif isinstance(shape, dict):
        yield from _misfits_in_mapping(value, shape, path)
    elif not isinstance(value, list):
        yield f"{path} is {_shown(value)}, not a list"
    elif isinstance(shape, tuple) and len(value) != len(shape):
        yield f"{path} has {len(value)} items, not {len(shape)}"
    elif not (isinstance(shape[0], Leaf) and all(map(shape[0].fits, value))):  # one call for a long list of numbers
        shapes = shape if isinstance(shape, tuple) else shape * len(value)
        for index, (item, own) in enumerate(zip(value, shapes, strict=True)):
            yield from _misfits(item, own, f"{path}[{index}]")


def _misfits_in_mapping(value: object, shape: Keys, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path or 'it'} is {_shown(value)}, not a mapping"
        return
    for name, own in shape.items():
        for key in value if isinstance(name, EllipsisType) else [name]:
            below = f"{path}.{key:.{SHOWN}}" if path else f"{key:.{SHOWN}}"
            if key in value:
                yield from _misfits(value[key], own, below)
            elif not isinstance(own, Maybe):
                yield f"{below} is missing"


def _shown(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
