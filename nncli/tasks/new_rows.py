"""Read rows of a user's file for a trained network: inputs, and optionally targets."""

from __future__ import annotations

import functools
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nncli.errors import ExitCode, UserError, quoted
from nncli.storage.npz import Header as ArrayHeader
from nncli.storage.npz import Npz
from nncli.tasks import TaskData
from nncli.tasks.arrays import Arrays, finite
from nncli.tasks.csv_header import Header, to_save_with
from nncli.tasks.csv_reader import NO_NUMBER, CsvReader, what_is_missing
from nncli.tasks.data_files import MAX_NUMBERS, data_error, named, opened
from nncli.tasks.data_json import Signature
from nncli.tasks.labels import as_number, number_name, one_hot
from nncli.tasks.number_spelling import is_code
from nncli.tasks.table import MAX_ROWS, Table

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
    def of(cls, task: Any) -> Self:
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
    most = Arrays.MAX_BYTES if is_archive else Table.MAX_BYTES
    with opened(place, place, most, pipes=not is_archive) as file:
        if is_archive:
            archive = Npz(file, place, ExitCode.DATA)
            yield from _from_archive(archive, place, signature, form, None if targets else rows)
            return
        if len(signature.shape) > 1:
            given = f"this network takes samples of {' × '.join(map(str, signature.shape))}, but CSV holds only vectors"
            raise data_error(given, place, hint="Write them with np.savez, as the array X")
        reader = CsvReader(file, form.delimiter, place, form.missing)
        yield from _from_table(reader, place, signature, rows, targets)


def _from_table(reader: CsvReader, place: str, signature: Signature, rows: int, targets: bool) -> Iterator[TaskData]:
    header = Header.read(reader, place, to_save_with(reader.delimiter))
    wanted = [*signature.input_names, *(_target_columns(signature) if targets else ())]
    header.check(wanted)
    positions = header.positions(wanted)
    n, count = len(signature.input_names), 0
    inputs, found = array("d"), array("d")
    for line, fields in reader:
        if len(fields) != len(header.names):
            raise reader.wrong_length(fields, header.names, line)
        cells = [fields[position] for position in positions]
        inputs.extend(_numbers(cells[:n], wanted, reader, place, line))
        if targets:
            found.extend(_target(cells[n:], wanted[n:], signature, reader, (place, line)))
        count += 1
        if count > MAX_ROWS or max(len(inputs), len(found)) > MAX_NUMBERS:
            allowed = f"At most {MAX_ROWS} rows and {MAX_NUMBERS} numbers"
            raise data_error("the table is too long", place, line, allowed=allowed)
        if count % rows == 0:
            yield _block(signature, inputs, found if targets else None)
            inputs, found = array("d"), array("d")
    if not count:
        raise data_error("no rows below the header", place)
    if inputs:
        yield _block(signature, inputs, found if targets else None)


def _block(signature: Signature, inputs: array[float], targets: array[float] | None) -> TaskData:
    """Rows of a table in the form that the network needs."""
    rows = np.frombuffer(inputs).reshape(-1, len(signature.input_names))
    return signature.data(rows, None if targets is None else np.frombuffer(targets).reshape(len(rows), -1))


def _target_columns(signature: Signature) -> Sequence[str]:
    return signature.target_names if signature.kind == "regression" else (signature.target,)


def _numbers(cells: Sequence[str], names: Sequence[str], reader: CsvReader, place: str, line: int) -> list[float]:
    numbers = reader.numbers(cells)
    if numbers is None:
        wrong = ((name, reader.what_is_wrong(cell)) for name, cell in zip(names, cells, strict=False))
        name, (given, hint) = next((name, found) for name, found in wrong if found)
        hint = "This run needs a number here" if hint == NO_NUMBER else hint
        raise data_error(given, place, line, named(name), hint=hint)
    return numbers


def _target(
    cells: Sequence[str], names: Sequence[str], signature: Signature, reader: CsvReader, place: tuple[str, int]
) -> list[float]:
    """The target of one row."""
    if signature.kind == "regression":
        return _numbers(cells, names, reader, *place)
    return _class_row(cells[0], signature, reader, (*place, named(names[0])))


def _class_row(label: str, signature: Signature, reader: CsvReader, place: tuple[Any, ...]) -> list[float]:
    """A class as a target: a 1 among zeros, or for `binary` 0 or 1. A number may be written in another way."""
    names = _class_names(signature)
    number = _class_number(label, names)
    if number is None and reader.is_missing(label):
        given, hint = what_is_missing(label)
        raise data_error(given, *place, hint=hint)
    if number is None:
        raise _no_class(label, names, place)
    return [float(number)] if signature.kind == "binary" else [float(i == number) for i in range(len(names))]


def _class_names(signature: Signature) -> tuple[str, ...]:
    return signature.class_names or ("0", "1")


def _class_number(label: str, names: Sequence[str], *, is_word: bool = True) -> int | None:
    """The number of the class that a label names.

    A label that is not a class name stands for the class that is the same number, if only one is. A code, which
    begins with a 0, matches only itself: 02134 is not 2134.

    Args:
        label: the label as written.
        names: the names of the classes.
        is_word: whether it is a word of a file, not a number of an array, which has no spelling.
    """
    if label in names:
        return names.index(label)
    same = _same_number(label, tuple(names))
    if len(same) != 1 or (is_word and (is_code(label) or is_code(names[same[0]]))):
        return None
    return same[0]


def _same_number(label: str, names: tuple[str, ...]) -> list[int]:
    """The classes whose names are the same number as a label."""
    number = as_number(label)
    return [] if number is None else _by_number(names).get(number, [])


@functools.lru_cache(maxsize=1)
def _by_number(names: tuple[str, ...]) -> dict[Decimal, list[int]]:
    found: dict[Decimal, list[int]] = {}
    for i, number in enumerate(map(as_number, names)):
        if number is not None:
            found.setdefault(number, []).append(i)
    return found


def _no_class(label: str, names: Sequence[str], place: tuple[Any, ...], also: str = "") -> UserError:
    known = ", ".join(map(named, names[:12])) + also
    same = [quoted(names[i]) for i in _same_number(label, tuple(names))]
    hint = f"Did you mean {' or '.join(same[:3])}?" if same else ""
    return data_error(f"{quoted(label)} is not a class of this run", *place, hint=hint, allowed=f"Known: {known}")


def _from_archive(archive: Npz, place: str, signature: Signature, form: Form, rows: int | None) -> Iterator[TaskData]:
    """Yield the inputs in blocks of `rows`; if that is None, one block with the targets."""
    name, header = _array(archive, form.inputs, place)
    if header.shape[1:] != signature.shape:
        given = f"a sample has the shape {header.shape[1:]}, but this network takes {signature.shape}"
        raise data_error(given, place, name)
    if rows is None:
        inputs = finite(name, archive.read(name), place)
        yield signature.data(inputs, _archived_targets(archive, place, signature, form, len(inputs)))
        return
    for number, block in enumerate(archive.blocks(name, rows)):
        yield signature.data(finite(name, block, place, before=number * rows))


def _archived_targets(archive: Npz, place: str, signature: Signature, form: Form, rows: int) -> NDArray[np.float64]:
    """The targets (N, n_out): classes by their names or numbers, one-hot rows, or numbers."""
    is_class = signature.kind != "regression" and bool(signature.class_names or signature.outputs == 1)
    name, header = _array(archive, form.targets, place, "biufU" if is_class else "biuf")
    if len(header.shape) > 2:
        given = f"the array of shape {header.shape} has rank {len(header.shape)}"
        raise data_error(given, place, name, allowed="Allowed: 1 or 2; the first axis is for the rows")
    if header.shape[0] != rows:
        raise data_error(f"there are {header.shape[0]} rows, but {rows} rows of inputs", place, name)
    columns = header.count // rows
    if is_class and columns == 1:
        return _classes(archive.read(name).reshape(-1), signature, place, name)
    if header.dtype.kind == "U":
        raise data_error(f"a target has {columns} strings", place, name, allowed="Write one, the name of a class")
    if columns != signature.outputs:
        given = f"a target has {columns} numbers, but this network predicts {signature.outputs}"
        raise data_error(given, place, name)
    found = finite(name, archive.read(name), place).reshape(rows, -1)
    one_hot = np.isin(found, (0, 1)).all() and (signature.kind == "binary" or (found.sum(axis=1) == 1).all())
    if signature.kind != "regression" and not one_hot:
        raise data_error("the targets are not a single 1 among zeros", place, name)
    return found


def _classes(labels: NDArray[Any], signature: Signature, place: str, name: str) -> NDArray[np.float64]:
    """The targets of labels (N,): strings, and numbers if the class names are numbers, are matched with the names; else
    numbers are class indices from 0 on.
    """
    names = _class_names(signature)
    are_texts = labels.dtype.kind == "U"
    are_counted = not are_texts and not any(as_number(name) is not None for name in names)
    values = labels.astype(np.int64) if labels.dtype.kind == "b" else labels
    if not are_texts:
        finite(name, values, place)
    if len(values) * signature.outputs > MAX_NUMBERS:
        raise data_error("the array is too large", place, name, allowed=f"At most {MAX_NUMBERS} numbers")
    different, first, index = np.unique(values, return_index=True, return_inverse=True)
    numbers = np.zeros(len(different), np.intp)
    known = {str(i): i for i in range(len(names))}
    for i in np.argsort(first):  # report the first invalid row
        label = str(different[i]) if are_texts else number_name(different[i])
        number = known.get(label) if are_counted else _class_number(label, names, is_word=are_texts)
        if number is None:
            also = f", or their numbers 0 to {len(names) - 1}" if are_counted else ""
            raise _no_class(label, names, (place, f"{name}[{first[i]}]"), also)
        numbers[i] = number
    found: NDArray[np.intp] = numbers[index.reshape(-1)]
    return found[:, None].astype(np.float64) if signature.kind == "binary" else one_hot(found, len(names))


def _array(archive: Npz, names: Sequence[str], place: str, kinds: str = "biuf") -> tuple[str, ArrayHeader]:
    """The first of these names in the archive, and the checked header of its array."""
    name = next((name for name in names if name in archive.names), names[0])
    header = archive.header(name)
    if header.shape[:1] == (0,):
        raise data_error("there are no rows", place, name)
    if header.dtype.kind not in kinds or not header.shape or not header.count:
        raise data_error("the array does not hold rows of numbers", place, name)
    size = header.count if header.dtype.kind != "U" else header.count * header.dtype.itemsize // 8
    if size > MAX_NUMBERS:
        raise data_error("the array is too large", place, name, allowed=f"At most {MAX_NUMBERS} numbers")
    return name, header
