"""Rows of a user's file for a network that is trained: inputs, and where there are any targets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, did_you_mean
from nncli.runs.files import file_errors
from nncli.runs.npz import Npz
from nncli.tasks import TaskData
from nncli.tasks.csv_reader import CsvReader, check_header, read_numbers, what_is_wrong
from nncli.tasks.files import MAX_NUMBERS, data_error, named, quoted
from nncli.tasks.signature import Signature

INPUTS, TARGETS = ("X", "inputs"), ("y", "targets")
"""The names that an archive's arrays may have."""


def read_samples(path: Path, signature: Signature, *, targets: bool, delimiter: str = ",") -> TaskData:
    """The rows of a CSV file, or of an `.npz` archive, as the network wants them.

    A CSV file has a column for each input, found by its name; others are passed over. An archive has the array `X` (or
    `inputs`) and for targets `y` (or `targets`).

    Args:
        path: the file.
        signature: of the data that the network was trained on.
        targets: whether the file must have targets.
        delimiter: of a CSV file.

    Errors: `UserError` (code DATA) with the place in the file; (code FILES) if it cannot be read.
    """
    with file_errors(path, "read"), open(path, "rb") as file:
        if path.suffix == ".npz":
            return _from_archive(Npz(file, str(path), ExitCode.DATA), str(path), signature, targets)
        if len(signature.shape) > 1:
            given = f"this network takes samples of {' × '.join(map(str, signature.shape))}, and CSV holds vectors"
            raise data_error(given, str(path), hint="Write them with np.savez, as the array X")
        return _from_table(CsvReader(file, delimiter, str(path)), str(path), signature, targets)


def _from_table(reader: CsvReader, place: str, signature: Signature, targets: bool) -> TaskData:
    line, header = next(iter(reader), (0, []))
    if not header:
        raise data_error("the file is empty", place)
    check_header(header, line, place)
    wanted = [*signature.input_names, *(_target_columns(signature) if targets else ())]
    for name in wanted:
        if name not in header:
            known = ", ".join(map(named, header[:10])) + (", ..." if len(header) > 10 else "")
            hint = did_you_mean(name, filter(str.isprintable, header))
            raise data_error(f"there is no column {quoted(name)}", place, line, hint=hint, allowed=f"Known: {known}")
    positions = [header.index(name) for name in wanted]
    n = len(signature.input_names)
    inputs: list[list[float]] = []
    found: list[list[float]] = []
    for line, fields in reader:
        if len(fields) != len(header):
            raise data_error(f"the row has {len(fields)} fields, the header {len(header)}", place, line)
        cells = [fields[position] for position in positions]
        inputs.append(_numbers(cells[:n], wanted, reader.is_plain, place, line))
        if targets:
            found.append(_target(cells[n:], wanted[n:], signature, (place, line)))
        if len(inputs) * n > MAX_NUMBERS:
            raise data_error("the table goes on", place, line, allowed=f"At most {MAX_NUMBERS} numbers")
    if not inputs:
        raise data_error("there is no row below the header", place)
    return signature.data(np.array(inputs), np.array(found) if targets else None)


def _target_columns(signature: Signature) -> Sequence[str]:
    return signature.target_names if signature.kind == "regression" else (signature.target,)


def _numbers(cells: Sequence[str], names: Sequence[str], is_plain: bool, place: str, line: int) -> list[float]:
    numbers = read_numbers(cells, is_plain)
    if numbers is None:
        wrong = ((name, found) for name, cell in zip(names, cells, strict=False) if (found := what_is_wrong(cell)))
        name, (given, hint) = next(wrong)
        raise data_error(given, place, line, named(name), hint=hint)
    return numbers


def _target(cells: Sequence[str], names: Sequence[str], signature: Signature, place: tuple[str, int]) -> list[float]:
    """The target of one row."""
    if signature.kind == "regression":
        return _numbers(cells, names, False, *place)
    return _class_row(cells[0], signature, (*place, named(names[0])))


def _class_row(label: str, signature: Signature, place: tuple[Any, ...]) -> list[float]:
    """A class as a target: a 1 among zeros, or for `binary` 0 or 1."""
    names = signature.class_names or ("0", "1")
    number = next((i for i, name in enumerate(names) if name == label or _same_number(name, label)), None)
    if number is None:
        known = ", ".join(map(named, names[:12]))
        raise data_error(f"{quoted(label)} is no class of this run", *place, allowed=f"Known: {known}")
    return [float(number)] if signature.kind == "binary" else [float(i == number) for i in range(len(names))]


def _same_number(name: str, label: str) -> bool:
    numbers = read_numbers([name, label], is_plain=False)
    return numbers is not None and numbers[0] == numbers[1]


def _from_archive(archive: Npz, place: str, signature: Signature, targets: bool) -> TaskData:
    inputs = _array(archive, INPUTS, place)
    if inputs.shape[1:] != signature.shape:
        given = f"a sample has the shape {inputs.shape[1:]}, and this network takes {signature.shape}"
        raise data_error(given, place, INPUTS[0])
    if not targets:
        return signature.data(inputs)
    found = _array(archive, TARGETS, place)
    if len(found) != len(inputs):
        raise data_error(f"there are {len(found)} rows, and {len(inputs)} of inputs", place, TARGETS[0])
    if found.ndim == 1 and signature.kind != "regression":
        labels = [f"{value:.17g}" for value in found.tolist()]
        rows = [_class_row(label, signature, (place, f"{TARGETS[0]}[{i}]")) for i, label in enumerate(labels)]
        found = np.array(rows)
    found = found.reshape(len(found), -1)
    if found.shape[1] != signature.outputs:
        raise data_error(f"a target has {found.shape[1]} numbers, and this network gives {signature.outputs}", place)
    return signature.data(inputs, found)


def _array(archive: Npz, names: Sequence[str], place: str) -> NDArray[np.float64]:
    """The array of one of these names, finite."""
    name = next((name for name in names if name in archive.names), names[0])
    if archive.header(name).dtype.kind not in "biuf" or not archive.header(name).shape:
        raise data_error("the array does not hold rows of numbers", place, name)
    if archive.header(name).count > MAX_NUMBERS:
        raise data_error("the array is too large", place, name, allowed=f"At most {MAX_NUMBERS} numbers")
    values = np.ascontiguousarray(archive.read(name), np.float64)
    if not np.isfinite(values).all():
        raise data_error("the array has a number that is not finite", place, name)
    return values
