"""Overrides from the command line: `training.learning_rate=0.01`, `architecture[0].activation=relu`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from nncli.config.document import Data, Document
from nncli.config.yaml_reader import MAX_DEPTH, read_value
from nncli.config.yaml_scalars import render
from nncli.errors import KeyPath, Place, UserError, below, dotted, quoted, together

_STEP = r"[^\s.\[\]=:,]+"
_PATH = re.compile(rf"{_STEP}(\.{_STEP}|\[[0-9]+\])*")


@dataclass(frozen=True, slots=True)
class Override:
    """A value that replaces another or adds a new one.

    Attributes:
        path: where it goes; a number is a list index, or, below a mapping, a key.
        value: the new value.
        source: the argument as typed.
    """

    path: KeyPath
    value: Data
    source: str

    @property
    def origin(self) -> Place:
        """The place of the value."""
        return Place(override=self.source)


def parse_overrides(arguments: Sequence[str]) -> list[Override]:
    """Parse an override from each argument.

    Raises: as `parse_override`; for a list or mapping that the shell split at its spaces, with a hint on quoting.
    """
    found = []
    for index, argument in enumerate(arguments):
        try:
            found.append(parse_override(argument))
        except UserError:
            if whole := _put_together(arguments[index:]):
                raise UserError(
                    "the value continues in the next argument",
                    where=Place(override=argument),
                    hint=f"Put it in quotes, so that the shell does not cut it: {shlex.quote(whole)}",
                ) from None
            raise
    return found


def _put_together(arguments: Sequence[str]) -> str:
    """The shortest valid override made by joining arguments with spaces, or an empty string."""
    if arguments[0].partition("=")[2][:1] not in ("[", "{"):
        return ""
    for end in range(2, len(arguments) + 1):
        whole = " ".join(arguments[:end])
        try:
            parse_override(whole)
        except UserError:
            continue
        return whole
    return ""


def parse_override(argument: str) -> Override:
    """Parse an override from `key=value`: dotted keys, indices as `layers[0]` or `layers.0`, the value in YAML.

    Raises: `UserError` that names the argument.
    """
    key, equals, value = argument.partition("=")
    where = Place(override=argument)
    if not equals and key.endswith((".yaml", ".yml")):
        raise UserError("a second config", where=quoted(argument, 80)[1:-1], hint="Give one config at a time")
    if not equals:
        raise UserError("no '='", where=where, hint="Write key=value, without spaces")
    if not key:
        raise UserError("no key before '='", where=where, hint="Write key=value, without spaces")
    if not _PATH.fullmatch(key):
        raise UserError(
            f"{quoted(key)} is not a key",
            where=where,
            hint="Write keys as in training.learning_rate=0.01 or architecture[0].units=8",
        )
    steps = re.findall(_STEP, key)
    if len(steps) > MAX_DEPTH:
        raise UserError(f"the key has {len(steps)} parts", where=where, allowed=f"At most {MAX_DEPTH}")
    path = tuple(int(step) if re.fullmatch("[0-9]{1,9}", step) else step for step in steps)
    return Override(path, _value(value, where, path), argument)


def _value(text: str, where: Place, path: KeyPath) -> Data:
    """Parse the value of an override; suggestions refer to its path."""
    try:
        return read_value(text, where)
    except UserError as error:
        raise together(each.replaced(hint=below(each.hint, path)) for each in error.errors) from error


def apply_overrides(
    document: Document, overrides: Iterable[Override], part_paths: Callable[[KeyPath], bool]
) -> Document:
    """A new document with the overrides applied in order.

    Missing mappings are created. A part is expanded to reach its options: `activation.slope=0.2` on
    `activation: leaky_relu` gives `{leaky_relu: {slope: 0.2}}`, as does `activation.leaky_relu.slope=0.2`, and an
    integer among the layers is `{dense: {units: n}}`. Errors in overridden values name the override as their place.

    Args:
        document: not modified.
        overrides: in the order of the command line.
        part_paths: whether the value at a path is a part; paths are those of the data, with the names of parts
            written out, such as `("architecture", 0, "dense", "activation")`.

    Raises: `UserError` for an index out of range, and for a key below a value that has nothing below it.
    """
    for override in overrides:
        data, changed = _replace(document.data, (), override.path, override, part_paths)
        before = {p: given for p, given in document.overrides.items() if not _is_below(p, changed)}
        document = Document(
            document.source,
            data,
            {p: position for p, position in document.positions.items() if not _is_below(p, changed)},
            {p: position for p, position in document.key_positions.items() if not _is_below(p, changed)},
            before | {changed: override.source},
            document.faults,
        )
    return document


def _is_below(path: KeyPath, parent: KeyPath) -> bool:
    return path[: len(parent)] == parent


def _replace(
    data: Data, at: KeyPath, rest: KeyPath, override: Override, is_part: Callable[[KeyPath], bool]
) -> tuple[Data, KeyPath]:
    """The value at a path after changing what `rest` leads to, and the topmost path that is entirely new."""
    if not rest:
        return override.value, at
    if is_part(at):
        data = _written_out(data)
        rest = _through_part(data, rest)
    if data == "none":  # a regularizer that is not there, like one that is not mentioned
        data = None
    step: str | int
    step, below = rest[0], rest[1:]
    if isinstance(data, list):
        index = _index(data, step, at, override)
        item, changed = _replace(data[index], (*at, index), below, override, is_part)
        return [*data[:index], item, *data[index + 1 :]], changed
    if data is not None and not isinstance(data, dict):
        raise UserError(
            f"{dotted(at) or 'the config'} is {quoted(render(data))}, which has no {quoted(str(step))} below it",
            where=override.origin,
        )
    if isinstance(step, int) and str(step) not in (data or {}):
        raise UserError(f"{dotted(at) or 'the config'} is not a list", where=override.origin, hint="Set it as a whole")
    key = str(step)
    value, changed = _replace((data or {}).get(key), (*at, key), below, override, is_part)
    return {**(data or {}), key: value}, changed if data is not None else at


def _written_out(part: Data) -> Data:
    """A part given by its name, or a layer by its units, as a mapping from its name to its options."""
    if isinstance(part, str):
        return {part: {}}
    if isinstance(part, int) and not isinstance(part, bool):
        return {"dense": {"units": part}}
    return part


def _through_part(part: Data, rest: KeyPath) -> KeyPath:
    """The path to an option, with the part's name filled in where it was left out."""
    if isinstance(part, dict) and len(part) == 1:
        ((name, options),) = part.items()
        if rest[0] != name and (options is None or isinstance(options, dict)):
            return (name, *rest)
    return rest


def _index(data: list[Data], step: str | int, at: KeyPath, override: Override) -> int:
    if isinstance(step, int) and step < len(data):
        return step
    items = "1 item" if len(data) == 1 else f"{len(data)} items"
    last = f"Indices run from 0 to {len(data) - 1}" if data else "Set it as a whole"
    if isinstance(step, int):
        raise UserError(f"{dotted(at)} has {items}, so there is no [{step}]", where=override.origin, hint=last)
    raise UserError(
        f"{dotted(at)} is a list of {items}, and {quoted(step)} is not an index", where=override.origin, hint=last
    )
