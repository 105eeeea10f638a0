"""Read rows of a user's file for a trained network: inputs, and optionally targets."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nncli.tasks import Task, TaskData
from nncli.tasks.array_archive import ArrayArchive
from nncli.tasks.csv_header import CsvHeader, to_save_with
from nncli.tasks.csv_reader import CsvReader
from nncli.tasks.csv_rows import MAX_ROWS, CsvRows
from nncli.tasks.data_files import MAX_NUMBERS, data_error, named, opened
from nncli.tasks.data_json import Signature
from nncli.tasks.known_classes import class_number, no_class
from nncli.tasks.labels import as_number, number_name, one_hot
from nncli.tasks.npz_rows import NUMBERS, NpzRows
from nncli.tasks.table import Table

USUAL_INPUTS, USUAL_TARGETS = ("X", "inputs"), ("y", "targets")
"""The names that an archive's arrays may have, besides those of the task."""


@dataclass(frozen=True, slots=True)
class Form:
    """The format of a file of rows.

    Attributes:
        delimiter: the delimiter of a CSV file.
        inputs, targets: the names that the arrays of an archive may have, those of the task first.
        missing: the words for missing values in a CSV file; None for the usual ones.
    """

    delimiter: str = ","
    inputs: tuple[str, ...] = USUAL_INPUTS
    targets: tuple[str, ...] = USUAL_TARGETS
    missing: tuple[str, ...] | None = None

    @classmethod
    def of(cls, task: Task) -> Self:
        """The format of the task's own file."""
        delimiter = getattr(task, "delimiter", ",")
        inputs, targets = getattr(task, "inputs", None), getattr(task, "targets", None)
        if not isinstance(inputs, str) or not isinstance(targets, str):
            return cls(delimiter, missing=getattr(task, "missing", None))
        return cls(delimiter, (inputs, *USUAL_INPUTS), (targets, *USUAL_TARGETS))


def read_samples(path: Path, signature: Signature, form: Form) -> TaskData:
    """All rows of a file, with their targets, in memory. Args and errors: see `read_blocks`."""
    (found,) = read_blocks(path, signature, form, MAX_ROWS, targets=True)
    return found


def read_blocks(
    path: Path, signature: Signature, form: Form, rows: int, *, targets: bool = False
) -> Iterator[TaskData]:
    """Yield the rows of a CSV file or an `.npz` archive in blocks, in the form that the network needs.

    A CSV file has a column for each input, found by its name; others are skipped. An archive has an array of inputs
    and, if requested, one of targets.

    Args:
        path: the file.
        signature: the signature of the training data.
        form: the format of the file.
        rows: the number of rows per block; the last one may have fewer.
        targets: whether the file must have targets; an archive is then read as a single block.

    Raises: `UserError` (code DATA) with the place in the file, or if it cannot be read.
    """
    is_archive, place = path.suffix in (".npz", ".npy"), str(path)
    most = ArrayArchive.MAX_BYTES if is_archive else Table.MAX_BYTES
    with opened(place, place, most, pipes=not is_archive) as file:
        if is_archive:
            yield from _from_archive(NpzRows(file, place), signature, form, None if targets else rows)
            return
        if len(signature.shape) > 1:
            given = f"this network takes samples of {' × '.join(map(str, signature.shape))}, but CSV holds only vectors"
            raise data_error(given, place, hint="Write them with np.savez, as the array X")
        reader = CsvReader(file, form.delimiter, place, form.missing)
        yield from _from_table(reader, place, signature, rows, targets)


def _from_table(reader: CsvReader, place: str, signature: Signature, rows: int, targets: bool) -> Iterator[TaskData]:
    header = CsvHeader.read(reader, place, to_save_with(reader.delimiter))
    is_class = signature.kind != "regression"
    columns = signature.input_names
    if targets and not is_class:
        columns += signature.target_names
    label = signature.target if targets and is_class else None
    header.check(columns if label is None else (*columns, label))
    numbers, found, count = array("d"), array("d"), 0
    table = CsvRows(reader, header, columns, label, "This run needs a number here")
    for line, values, _, word in table:
        numbers.extend(values)
        if label is not None:
            found.extend(_class_row(word, signature, table, line))
        if len(found) > MAX_NUMBERS:
            raise table.beyond_limit(line)
        count += 1
        if count == rows:
            yield _block(signature, columns, numbers, found)
            numbers, found, count = array("d"), array("d"), 0
    if count:
        yield _block(signature, columns, numbers, found)


def _block(signature: Signature, columns: Sequence[str], numbers: array[float], classes: array[float]) -> TaskData:
    """Rows of a table in the form that the network needs; without targets, these are 0."""
    n = len(signature.input_names)
    values = np.frombuffer(numbers).reshape(-1, len(columns))
    if classes:
        return signature.data(values, np.frombuffer(classes).reshape(len(values), -1))
    return signature.data(values[:, :n], values[:, n:] if len(columns) > n else None)


def _class_row(label: str, signature: Signature, table: CsvRows, line: int) -> list[float]:
    """A class as a target: a 1 among zeros, or for `binary` 0 or 1. A number may be written in another way."""
    names = _class_names(signature)
    number = class_number(label, names)
    if number is None and label in table.reader.missing:
        raise table.missing(label, line)
    if number is None:
        raise no_class(label, names, (table.header.place, line, named(signature.target)))
    return [float(number)] if signature.kind == "binary" else [float(i == number) for i in range(len(names))]


def _class_names(signature: Signature) -> tuple[str, ...]:
    return signature.class_names or ("0", "1")


def _from_archive(archive: NpzRows, signature: Signature, form: Form, rows: int | None) -> Iterator[TaskData]:
    """Yield the inputs in blocks of `rows`; if that is None, one block with the targets."""
    name = _first(archive, form.inputs)
    shape = archive.header(name, ranks=(1, 2, 3, 4)).shape
    if shape[1:] != signature.shape:
        given = f"a sample has the shape {shape[1:]}, but this network takes {signature.shape}"
        raise archive.error(name, given)
    if rows is None:
        yield signature.data(archive.numbers(name), _archived_targets(archive, signature, form, name, shape[0]))
        return
    yield from map(signature.data, archive.blocks(name, rows))


def _archived_targets(
    archive: NpzRows, signature: Signature, form: Form, inputs: str, rows: int
) -> NDArray[np.float64]:
    """The targets (N, n_out): classes by their names or numbers, one-hot rows, or numbers."""
    is_class = signature.kind != "regression" and bool(signature.class_names or signature.outputs == 1)
    name = _first(archive, form.targets)
    header = archive.header(name, ranks=(1, 2), kinds=NUMBERS + "U" if is_class else NUMBERS)
    archive.paired(name, header, inputs, rows)
    columns = header.count // rows
    if is_class and columns == 1:
        return _classes(archive, name, signature)
    if header.dtype.kind == "U":
        raise archive.error(name, f"a target has {columns} strings", "Write one, the name of a class")
    if columns != signature.outputs:
        given = f"a target has {columns} numbers, but this network predicts {signature.outputs}"
        raise archive.error(name, given)
    found = archive.numbers(name).reshape(rows, -1)
    one_hot = np.isin(found, (0, 1)).all() and (signature.kind == "binary" or (found.sum(axis=1) == 1).all())
    if signature.kind != "regression" and not one_hot:
        raise archive.error(name, "the targets are not a single 1 among zeros")
    return found


def _classes(archive: NpzRows, name: str, signature: Signature) -> NDArray[np.float64]:
    """The targets of an array of labels.

    Strings are matched with the names of the classes, and so are numbers if the names are numbers; else numbers are
    class indices from 0 on.
    """
    labels, names = archive.read(name).reshape(-1), _class_names(signature)
    are_texts = labels.dtype.kind == "U"
    are_counted = not are_texts and not any(as_number(name) is not None for name in names)
    values = labels.astype(np.int64) if labels.dtype.kind == "b" else labels
    if not are_texts:
        archive.finite(name, values)
    if len(values) * signature.outputs > MAX_NUMBERS:
        raise archive.error(name, "the array is too large", f"At most {MAX_NUMBERS} numbers")
    different, first, index = np.unique(values, return_index=True, return_inverse=True)
    numbers = np.zeros(len(different), np.intp)
    known = {str(i): i for i in range(len(names))}
    for i in np.argsort(first):  # report the first invalid row
        label = str(different[i]) if are_texts else number_name(different[i])
        number = known.get(label) if are_counted else class_number(label, names, is_word=are_texts)
        if number is None:
            also = f", or their numbers 0 to {len(names) - 1}" if are_counted else ""
            raise no_class(label, names, (archive.place, f"{name}[{first[i]}]"), also)
        numbers[i] = number
    found: NDArray[np.intp] = numbers[index.reshape(-1)]
    return found[:, None].astype(np.float64) if signature.kind == "binary" else one_hot(found, len(names))


def _first(archive: NpzRows, names: Sequence[str]) -> str:
    """The first of these names that an array has, or else the first."""
    return next((name for name in names if name in archive.names), names[0])
