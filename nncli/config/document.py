"""A config file as read: plain data, and the position in the text of each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nncli.errors import KeyPath, Place, UserError, dotted

Data: TypeAlias = "bool | int | float | str | list[Data] | dict[str, Data] | None"
Position: TypeAlias = tuple[int, int]
"""Line and column, both counted from 1, the column in characters."""
Fault: TypeAlias = tuple[KeyPath, UserError]
"""An error, and the path of the value or key that it concerns."""


AFTER_LAST_LINE = 1 << 30


@dataclass(frozen=True, slots=True)
class Document:
    """A config as plain data that knows where it comes from.

    Attributes:
        source: the file as messages show it, for example `configs/xor.yaml`.
        data: the values; owned by the document, so not to be changed.
        positions: where each value begins.
        key_positions: where the key of each value of a mapping begins.
        overrides: for each value from the command line, the override that gave it, as typed.
        faults: errors in a text that could still be read, such as a duplicate key.
    """

    source: str
    data: Data
    positions: Mapping[KeyPath, Position] = field(default_factory=dict)
    key_positions: Mapping[KeyPath, Position] = field(default_factory=dict)
    overrides: Mapping[KeyPath, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def holds(self, path: KeyPath) -> bool:
        """Whether there is a value, even an empty one, at a path."""
        try:
            self.at(path)
        except LookupError:
            return False
        return True

    def at(self, path: KeyPath) -> Data:
        """The value at a path. Raises: `LookupError` if it is missing."""
        here = self.data
        for step in self.written(path):
            if isinstance(here, dict) and isinstance(step, str):  # noqa: SIM114 (types are told apart branch by branch)
                here = here[step]
            elif isinstance(here, list) and isinstance(step, int):
                here = here[step]
            else:
                raise LookupError(f"nothing at {dotted(path)}")
        return here

    def order(self, path: KeyPath) -> Position:
        """A sort key: positions in the file, then values from the command line, in order."""
        path = self.written(path)
        for length in range(len(path), 0, -1):
            parent = path[:length]
            if parent in self.overrides:
                return AFTER_LAST_LINE, list(self.overrides).index(parent)
            if place := self.key_positions.get(parent) or self.positions.get(parent):
                return place
        return 0, 0

    def where(self, path: KeyPath, key: bool = False) -> Place:
        """The place of a value: `configs/x.yaml:4:13: training.optimizer`.

        A path that was not given, such as a missing key, has the place of its nearest given parent. The root is
        the source alone.

        Args:
            path: the value meant.
            key: point at its key rather than at the value.
        """
        if not path:
            return Place(self.source)
        path = self.written(path)
        if key and path in self.key_positions:
            return Place(self.source, self.key_positions[path], path)
        for length in range(len(path), -1, -1):
            parent = path[:length]
            if parent in self.overrides:
                return Place(self.source, (), path, self.overrides[parent])
            if parent in self.positions:
                return Place(self.source, self.positions[parent], path)
        return Place(self.source, (), path)

    def written(self, path: KeyPath) -> KeyPath:
        """A path as it is in the text, where options may be left out: `residual[0]`, not `residual.layers[0]`."""
        here: Any = self.data
        found: list[str | int] = []
        for step in path:
            if isinstance(here, list) and isinstance(step, str):
                continue
            found.append(step)
            try:
                here = here[step]
            except (LookupError, TypeError):
                here = None
        return tuple(found)
