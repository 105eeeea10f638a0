"""The user's own arrays: an `.npz` archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, Place, UserError
from nncli.registry import option
from nncli.storage.npz import Header, Npz
from nncli.tasks import TaskData, tasks
from nncli.tasks.data_files import (
    MAX_NUMBERS,
    FromFile,
    data_error,
    file_option,
    named,
    sha256_option,
    split_seed_option,
)
from nncli.tasks.labels import KIND_HELP, AskedKind, Targets, check_classes, encode_numbers, regression
from nncli.tasks.random_task import numbered, x_names

MAX_SAMPLE = 1_000_000
"""The most numbers of one sample."""


@tasks.register("arrays", also_called=("npz", "numpy"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays(FromFile):
    """Arrays: rows from an archive written by NumPy, with `np.savez("data.npz", X=inputs, y=targets)`.

        inputs   (N, n) vectors, (N, steps, n) sequences,
                 or (N, height, width, channels) images
        targets  (N,) or (N, n_out)

    Whole numbers and bools (N,) as targets are the classes of the rows, in their order: two are `binary` (0 and 1),
    more are `classes`; and so are rows (N, n_out) with a single 1 among zeros. Everything else is a regression. `kind`
    overrides this. Inputs may be integers, bools and reals of any size. Nothing is unpickled. The limits are 1 GiB, and
    100 million numbers in an array.
    Raises: `UserError` (code DATA) with the array, and the index of a number that is not finite; for an archive that
    is damaged, arrays that are missing, of another rank or length, or of a size that does not agree with the archive.
    Source: NumPy enhancement proposal 1, A simple file format for NumPy arrays.
    """

    MAX_BYTES: ClassVar[int] = 1 << 30

    file: str = file_option(".npz archive")
    inputs: str = option("X", "name of the array of inputs")
    targets: str = option("y", "name of the array of targets")
    kind: AskedKind = option(
        "auto", KIND_HELP + "whole numbers, bools and one-hot rows are classes, floats a regression"
    )
    sha256: str | None = sha256_option()
    seed: int = split_seed_option()

    def data(self) -> TaskData:
        """Read the archive. Raises: see the class."""
        with self.opened() as file:
            archive = Npz(file, self.place, ExitCode.DATA)
            shape = self._shape(self.inputs, archive.header(self.inputs), ranks=(2, 3, 4))
            target_shape = self._shape(self.targets, archive.header(self.targets), ranks=(1, 2))
            if target_shape[0] != shape[0]:
                given = f"there are {target_shape[0]} rows, but {shape[0]} in {self.inputs}"
                raise self._error(self.targets, given, "Each row of inputs needs one row of targets")
            inputs = finite(self.inputs, archive.read(self.inputs), self.place)
            values = archive.read(self.targets)
        numbers = finite(self.targets, values, self.place)
        try:
            targets = self._targets(values, numbers.reshape(shape[0], -1))
        except UserError as error:
            raise error.but(where=Place(self.place, (named(self.targets),)), code=ExitCode.DATA) from error
        outputs = targets.values.shape[1]
        target_names = ("y",) if outputs == 1 else tuple(f"y{i + 1}" for i in range(outputs))
        return TaskData(
            kind=targets.kind,
            inputs=inputs,
            targets=targets.values,
            input_names=x_names(shape[-1]),
            target_names=targets.class_names if targets.kind == "classes" else target_names,
            class_names=targets.class_names,
        )

    def _shape(self, name: str, header: Header, ranks: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of an array, after checking that it can be used."""
        shape = header.shape
        if header.dtype.kind not in "biuf":
            raise self._error(name, f"the array holds {header.dtype!s:.40}", "Write numbers")
        if len(shape) not in ranks:
            given = f"the array of shape {shape} has rank {len(shape)}"
            raise self._error(name, given, f"Allowed: {' or '.join(map(str, ranks))}; the first axis is for the rows")
        if not header.count:
            raise self._error(name, f"the array of shape {shape} is empty")
        if header.count > MAX_NUMBERS or header.count // shape[0] > MAX_SAMPLE:
            given = f"the array of shape {shape} is too large"
            raise self._error(name, given, f"At most {MAX_NUMBERS} numbers, and {MAX_SAMPLE} in a row")
        return shape

    def _targets(self, values: NDArray[Any], numbers: NDArray[np.float64]) -> Targets:
        """The labels of targets, given as they are and as float64 (N, n_out)."""
        rows, outputs = numbers.shape
        if outputs == 1 and (
            self.kind in ("classes", "binary") or (self.kind == "auto" and values.dtype.kind in "biu")
        ):
            return encode_numbers(self.kind, values.reshape(-1))
        if outputs == 1 or self.kind == "regression":
            return regression(numbers)
        if self.kind == "binary":
            given = f"the array of shape {values.shape} has {outputs} targets per row"
            raise UserError(given, allowed="A binary target is a single number")
        is_one_hot = ((numbers == 0) | (numbers == 1)).all(axis=1) & (numbers.sum(axis=1) == 1)
        if not is_one_hot.all():
            if self.kind == "auto":
                return regression(numbers)
            given = f"row {int(np.argmin(is_one_hot))} is not a single 1 among zeros"
            raise UserError(given, hint="Write one whole number per row, the class")
        check_classes("classes", rows, outputs)
        return Targets("classes", regression(numbers).values, numbered(outputs))

    def _error(self, name: str, given: str, allowed: str = "") -> UserError:
        return data_error(given, self.place, named(name), allowed=allowed)


def finite(name: str, values: NDArray[Any], place: str, before: int = 0) -> NDArray[np.float64]:
    """An array of a file as float64, or a block of its rows; `before` counts the rows before it.

    Raises: `UserError` (code DATA) with the index of a number that is not finite.
    """
    with np.errstate(all="ignore"):  # of numbers beyond the range of float64, which are detected below
        numbers = np.ascontiguousarray(values, dtype=np.float64)
    is_finite = np.isfinite(numbers)
    if not is_finite.all():
        index = tuple(map(int, np.unravel_index(np.argmin(is_finite), is_finite.shape)))
        shown = (before + index[0], *index[1:])
        given = f"{named(name)}[{', '.join(map(str, shown))}] is {numbers[index]}"
        raise data_error(given, place, named(name), allowed="All numbers must be finite")
    return numbers
