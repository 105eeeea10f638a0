"""The user's own arrays: an `.npz` archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, Place, UserError
from nncli.registry import option
from nncli.storage.npz import StoredArray
from nncli.tasks import TaskData, tasks
from nncli.tasks.data_files import (
    FromFile,
    file_option,
    named,
    sha256_option,
    split_seed_option,
)
from nncli.tasks.labels import KIND_HELP, AskedKind, Targets, check_classes, encode_numbers, regression
from nncli.tasks.npz_rows import NpzRows
from nncli.tasks.random_task import numbered, x_names


@tasks.register("arrays", also_called=("npz", "numpy"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayArchive(FromFile):
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
            archive = NpzRows(file, self.place)
            header = archive.header(self.inputs, ranks=(2, 3, 4))
            rows = header.shape[0]
            archive.paired(self.targets, archive.header(self.targets, ranks=(1, 2)), self.inputs, rows)
            inputs = archive.numbers(self.inputs)
            values = archive.read(self.targets)
            numbers = archive.finite(self.targets, values)
        try:
            targets = self._targets(values, numbers.reshape(rows, -1))
        except UserError as error:
            raise error.replaced(where=Place(self.place, (named(self.targets),)), code=ExitCode.DATA) from error
        outputs = targets.values.shape[1]
        target_names = ("y",) if outputs == 1 else tuple(f"y{i + 1}" for i in range(outputs))
        return TaskData(
            kind=targets.kind,
            inputs=inputs,
            targets=targets.values,
            input_names=x_names(inputs.shape[-1]),
            target_names=targets.class_names if targets.kind == "classes" else target_names,
            class_names=targets.class_names,
        )

    def _targets(self, values: StoredArray, numbers: NDArray[np.float64]) -> Targets:
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
