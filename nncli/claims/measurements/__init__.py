"""Measurements: what a claim can ask of a network, a task or an activation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nncli.analysis.verdict import Quantity
from nncli.errors import UserError
from nncli.registry import Registry


@dataclass(frozen=True, slots=True)
class Context:
    """Where a measurement finds its files and leaves its runs.

    Attributes:
        base: the folder of the claim's file, from which paths in it start.
        runs_dir: the folder for runs.
    """

    base: Path
    runs_dir: Path

    def config(self, path: str) -> Path:
        """The config that a claim names. Raises: `UserError` if it is not there."""
        found = self.base / path
        if not found.is_file():
            raise UserError(f"there is no file {found}", hint="Paths start from the folder of the claim")
        return found


class Measurement(Protocol):
    """A part whose options say what is measured."""

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """The quantities by name: exact numbers, or one number, or yes or no, for each seed.

        Raises: `UserError` if it cannot be measured.
        """


measurements: Registry[Measurement] = Registry("measurement", "measurements")
measurements.discover(__name__, __path__)
