"""The user's own table: a CSV file with a header."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.errors import ExitCode, Place, UserError, quoted
from nncli.registry import option
from nncli.tasks import TaskData, tasks
from nncli.tasks.csv_header import DELIMITERS, CsvHeader, to_change
from nncli.tasks.csv_reader import CsvReader, read_numbers, why_no_number
from nncli.tasks.csv_rows import CsvRows
from nncli.tasks.data_files import (
    FromFile,
    data_error,
    file_option,
    named,
    sha256_option,
    split_seed_option,
)
from nncli.tasks.labels import KIND_HELP, AskedKind, Targets, encode_words, regression
from nncli.tasks.number_spelling import is_code, mixed_points

NO_NUMBER = "Write numbers in this column, or leave it out: name the others in inputs"

SPELLED = 100_000
"""The number of values whose spelling is checked; later ones are not."""


@tasks.register("table", also_called=("csv", "dataframe"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Table(FromFile):
    """Table: the rows of your own CSV file.

        height,weight,animal
        1.2,3.4,cat
        0.9,2.5,"dog, small"

    The first row names the columns. One of them is the target; the others, or those in `inputs`, are the inputs that it
    is predicted from, and hold numbers; no value may be missing. A numeric target is a regression. A target of words is
    the class of a row, with classes in alphabetical order: two are `binary` (0 and 1), more are `classes`. `kind`
    overrides this if numbers are class names, such as digits, or if each of two classes should have a
    softmax unit of its own. Classes are the words as written, so the codes 02134 and 2134 are two; if all
    are numbers, they are in numeric order.

    Fields may be in quotes, and then hold delimiters and line ends. The text is UTF-8, with or without a byte order
    mark; space around a field and empty lines are ignored. The limits are 256 MiB, 1 MiB a row,
    2 million rows and 100 million numbers: `arrays` allows more.
    Missing is an empty field, or NA, N/A, <NA>, NaN, NaT, null, None, \\N, ?, -, ., #N/A, #DIV/0! and the like, in any
    case. `missing` lists other words in place of these, so that NA can be a class, and -999 need not be a number.
    Raises: `UserError` (code DATA) with line and column, for a value that is missing or not a finite number, rows of
    different lengths, columns without a name or with the same one, a constant target.
    Source: Shafranovich (2005), RFC 4180, Common format and MIME type for comma-separated values files.
    """

    MAX_BYTES: ClassVar[int] = 1 << 28

    file: str = file_option("CSV file")
    target: str = option(help="name of the column to predict")
    inputs: tuple[str, ...] | None = option(None, "names of the columns to predict it from; default: all others")
    kind: AskedKind = option("auto", KIND_HELP + "words are classes, numbers a regression")
    delimiter: str = option(",", "separates fields: one of , ; | or its name: comma, semicolon, bar, tab")
    missing: tuple[str, ...] | None = option(
        None,
        "words for a missing value, besides an empty field; default: NA, NaN, null, None, ?, - and the like",
    )
    sha256: str | None = sha256_option()
    seed: int = split_seed_option()

    def __post_init__(self) -> None:
        FromFile.__post_init__(self)
        delimiter = (DELIMITERS | {r"\t": "\t"}).get(
            self.delimiter, self.delimiter
        )  # \t is passed through unchanged by a shell
        if delimiter not in DELIMITERS.values():
            allowed = f"Use one of {', '.join(DELIMITERS)}"
            raise UserError(f"delimiter is {quoted(self.delimiter)}", allowed=allowed, option="delimiter")
        object.__setattr__(self, "delimiter", delimiter)
        if self.inputs == ():
            allowed = "Write a list of at least one column, or null for all others"
            raise UserError("inputs is empty", allowed=allowed, option="inputs")

    def data(self) -> TaskData:
        """Read the table. Raises: see the class."""
        with self.opened() as file:
            reader = CsvReader(file, self.delimiter, self.place, self.missing)
            header = CsvHeader.read(reader, self.place, to_change)
            header.check((self.target, *self.inputs) if self.inputs else None)
            columns = self._columns(header)
            rows = CsvRows(reader, header, columns, self.target, NO_NUMBER, too_long="Try arrays")
            numbers, words, lines, spelled = self._read(rows)
        targets = self._targets(words, lines)
        return TaskData(
            kind=targets.kind,
            inputs=np.frombuffer(numbers).reshape(len(lines), len(columns)),
            targets=targets.values,
            input_names=columns,
            target_names=targets.class_names if targets.kind == "classes" else (self.target,),
            class_names=targets.class_names,
            notes=(*self._doubtful_points(columns, spelled, words), *self._doubtful_codes(targets, words)),
        )

    def _doubtful_points(self, columns: Sequence[str], spelled: list[Sequence[str]], words: list[str]) -> Iterator[str]:
        """A note on each column of numbers whose points may separate thousands."""
        for name, column in (*zip(columns, zip(*spelled, strict=True), strict=True), (self.target, words)):
            if pair := mixed_points(column):
                whole, dotted = pair
                meant = f"if that is {dotted.replace('.', '')}, write it without the period"
                yield f"{named(name)} has {whole} beside {dotted}: {meant}"

    def _doubtful_codes(self, targets: Targets, words: list[str]) -> Iterator[str]:
        """A note on targets that are read as numbers but written like codes."""
        code = next(filter(is_code, words), "") if targets.kind == "regression" and self.kind == "auto" else ""
        if code:
            yield f"the target has {code}; if that is a code, set task.table.kind=classes"

    def _columns(self, header: CsvHeader) -> tuple[str, ...]:
        """The names of the input columns."""
        header.positions((self.target, *(self.inputs or ())))
        columns = self.inputs or tuple(name for name in header.names if name != self.target)
        if not columns:
            raise data_error("no columns besides the target", self.place, header.line)
        seen = {self.target}
        for name in columns:
            if name in seen:
                given = "the target is among the inputs" if name == self.target else "the column is in inputs twice"
                raise data_error(given, self.place, header.line, named(name), hint="Remove it from inputs")
            seen.add(name)
        return columns

    def _read(self, rows: CsvRows) -> tuple[array[float], list[str], array[int], list[Sequence[str]]]:
        """The inputs row by row, the target and the first line of each row, and the first inputs as text."""
        numbers, words, lines, spelled = array("d"), list[str](), array("q"), list[Sequence[str]]()
        once: dict[str, str] = {}  # equal words share memory
        missing = rows.reader.missing
        for line, values, written, target in rows:
            word = once.setdefault(target, target)
            if word in missing:
                also = "; if it names a class, set missing: [], or list the words for missing there"
                raise rows.missing(word, line, also if word and self.kind != "regression" else "")
            if len(numbers) < SPELLED:
                spelled.append(written)
            numbers.extend(values)
            words.append(word)
            lines.append(line)
        return numbers, words, lines, spelled

    def _targets(self, words: list[str], lines: array[int]) -> Targets:
        """The labels of the target column."""
        may_be_numbers = self.kind in ("auto", "regression")
        values = read_numbers(words, is_plain=False) if may_be_numbers else None
        if values is None and may_be_numbers:
            self._check_alike(words, lines)
        try:
            if values is not None:
                return regression(np.array(values)[:, None])
            return encode_words(self.kind, words)
        except UserError as error:
            raise error.replaced(where=Place(self.place, (named(self.target),)), code=ExitCode.DATA) from error

    def _check_alike(self, words: list[str], lines: array[int]) -> None:
        """Refuse targets that mix numbers and words; for a regression, any words."""
        wrong = {word: why_no_number(word, self.delimiter) for word in set(words)}
        first = None if self.kind == "regression" else wrong[words[0]]
        for line, word in zip(lines, words, strict=True):
            found = wrong[word]
            if (found is None) == (first is None):
                continue
            given, hint = found or (f"{quoted(word)} is a number", "")
            if self.kind == "auto":
                given += f", while the targets above are {'numbers' if first is None else 'words'}"
            hint = hint or "If they are names, set kind: classes"
            raise data_error(given, self.place, line, named(self.target), hint=hint)
