"""Errors that the user can fix, and the exit codes of the command line.

* UserError: one sentence with its place; its `code` is one of those below
  - Forbidden: the permissions of a file or folder deny it (FILES)
  - OtherMetrics, in `nncli.experiments.resume`: a checkpoint was written with other tables (CORRUPT)
  - UserErrors: several, found at once; they end the program with the code of the first

| code | exit | what is wrong |
|---|---|---|
| USAGE | 2 | the command line or a config, or it needs more memory than there is |
| DATA | 3 | the rows or the model file that a config or the command line names |
| FILES | 4 | the file system, or another process has locked a run |
| DIVERGED | 5 | training; a status, not an exception |
| TRIALS_FAILED | 6 | some trials of a study |
| CORRUPT | 7 | what an earlier run wrote |
| EXPECTATION | 8 | a condition, a gradient or a reproduction; a status, not an exception |
| INTERRUPTED, TERMINATED | 130, 143 | work was stopped by Ctrl-C, or by another signal |

Any other exception is a bug: BUG (1).
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final, TypeAlias

CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences begin with these
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the direction of the text that follows
    "\u2028\u2029"  # line breaks
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # invisible
    "\ud800-\udfff]"  # surrogates, such as a byte of a file name that is not UTF-8
)
"""Characters from files that must not reach a terminal. Joiners, which scripts and emoji need, are allowed."""


def visible(text: str) -> str:
    r"""The text on one line, with control and invisible characters escaped as in Python: `\x1b`, `\n`.

    Everything else stays as is, backslashes too, so escaping twice changes nothing.

    Source: Unicode Standard Annex #9, Unicode bidirectional algorithm; Boucher & Anderson (2023), Trojan Source.
    """
    return CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


class ExitCode(IntEnum):
    """The exit codes of `nncli`: a contract that scripts rely on."""

    OK = 0
    BUG = 1
    USAGE = 2
    DATA = 3
    FILES = 4
    DIVERGED = 5
    TRIALS_FAILED = 6
    CORRUPT = 7
    EXPECTATION = 8
    INTERRUPTED = 130
    TERMINATED = 143


KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the root of a config to a value: `("architecture", 1, "activation")`."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a config.

    Attributes:
        path: the keys and indices that lead to the value.
        text: the new value, as YAML on one line; None to remove the key.
    """

    path: KeyPath
    text: str | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One change to the text of a config.

    Attributes:
        position: line and column, both counted from 1.
        old: the current text.
        new: its replacement.
    """

    position: tuple[int, int]
    old: str
    new: str


class Suggestion(str):
    """A hint that a program can apply.

    Attributes:
        ways: alternatives, each of which is enough by itself; a way is a set of edits that belong together.
    """

    ways: tuple[tuple[Edit | Rewrite, ...], ...]

    def __new__(cls, sentence: str, *ways: Iterable[Edit | Rewrite]) -> Suggestion:
        found = super().__new__(cls, sentence)
        found.ways = tuple(map(tuple, ways))
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where an error is; as text `configs/x.yaml:4:13: training.optimizer`, `data.csv:7:width` or `--name`.

    Attributes:
        source: the file, the option of the command line, or the trial.
        position: in the file: line and column of a config; line and name of a column of a table; array of an archive.
        path: the keys and indices that lead to the value.
        override: the override that gave the value, as typed; it is named instead of the source.
        inner: the place in a file that the value names.
    """

    source: str = ""
    position: tuple[int | str, ...] = ()
    path: KeyPath = ()
    override: str | None = None
    inner: Place | None = None

    def __str__(self) -> str:
        at = ":".join(map(str, (self.source, *self.position)))
        if self.override is not None:
            at = f"override {quoted(self.override, 80)}"
        return ": ".join(filter(None, [at, dotted(self.path), str(self.inner or "")]))

    def covers(self, other: Place) -> bool:
        """Whether another place is this one, or inside this file or folder."""
        return Path(other.source).is_relative_to(self.source) and self.position in ((), other.position)


NOWHERE = Place()


def below(hint: str, path: KeyPath) -> str:
    """A hint with a path prepended to the paths of its edits, if it has any."""
    if not isinstance(hint, Suggestion):
        return hint
    ways = [[Edit((*path, *e.path), e.text) if isinstance(e, Edit) else e for e in way] for way in hint.ways]
    return Suggestion(hint, *ways)


class UserError(Exception):
    """An error outside the program that the user can fix.

    Reads as one sentence: `where: given. hint allowed`, with the parts that exist; text quoted from a file is safe to
    show on a terminal.

    Args:
        given: what was found, for example `unknown activation 'rleu'`.
        where: the place; a text stands for a place that is only a source.
        allowed: what is allowed, for example `Known: elu, gelu, relu`.
        hint: what to try, for example `Did you mean 'relu'?`.
        code: the exit code.
        option: the option of a part that is at fault.
    """

    def __init__(
        self,
        given: str,
        *,
        where: Place | str = "",
        allowed: str = "",
        hint: str = "",
        code: ExitCode = ExitCode.USAGE,
        option: str = "",
    ) -> None:
        self.given: Final = given
        self.where: Final = where if isinstance(where, Place) else Place(where)
        self.allowed: Final = allowed
        self.hint: Final = hint
        self.code: Final = code
        self.option: Final = option
        super().__init__(given)

    @property
    def errors(self) -> tuple[UserError, ...]:
        """The errors, one by one."""
        return (self,)

    @property
    def ways(self) -> tuple[tuple[Edit | Rewrite, ...], ...]:
        """The alternative ways to mend it; see `Suggestion`."""
        return self.hint.ways if isinstance(self.hint, Suggestion) else ()

    def replaced(
        self,
        *,
        start: str = "",
        where: Place | str | None = None,
        allowed: str | None = None,
        hint: str | None = None,
        code: ExitCode | None = None,
    ) -> UserError:
        """The same error with some parts replaced, to be raised `from` this one, which stays as it is.

        Args:
            start: what to put before what was found.
            where, allowed, hint, code: the new parts; None for those of this error.
        """
        return together(
            type(error)(
                start + error.given,
                where=error.where if where is None else where,
                allowed=error.allowed if allowed is None else allowed,
                hint=error.hint if hint is None else hint,
                code=error.code if code is None else code,
                option=error.option,
            )
            for error in self.errors
        )

    @property
    def content(self) -> tuple[object, ...]:
        """What it says: the same for two errors that print the same."""
        return self.where, self.given, self.hint, self.allowed

    def sentences(self) -> list[str]:
        """What was found and where, what to try, and what is allowed, as far as given."""
        first = ": ".join(filter(None, [str(self.where), self.given]))
        texts = [text.rstrip(".") for text in (first, self.hint, self.allowed) if text]
        return [visible(text if text.endswith("?") else f"{text}.") for text in texts]

    def __str__(self) -> str:
        return " ".join(self.sentences())


class Forbidden(UserError):
    """The permissions of a file or folder deny it."""


class UserErrors(UserError):
    """Several user errors found at once, one per line."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self._errors = tuple(errors)
        super().__init__(self._errors[0].given, code=self._errors[0].code)

    @property
    def errors(self) -> tuple[UserError, ...]:
        return self._errors

    def __str__(self) -> str:
        return "\n".join(map(str, self._errors))


def together(errors: Iterable[UserError]) -> UserError:
    """One error for all of them, of which there is at least one."""
    found = tuple(errors)
    return found[0] if len(found) == 1 else UserErrors(found)


def distinct(errors: Iterable[UserError]) -> tuple[UserError, ...]:
    """The errors without those that say again what an earlier one says."""
    found: dict[object, UserError] = {}
    for error in errors:
        found.setdefault(error.content, error)
    return tuple(found.values())


def command(*words: object) -> str:
    """A command of `nncli` that can be pasted into a shell."""
    return shlex.join(["nncli", *map(str, words)])


def quoted(text: str, length: int = 40) -> str:
    """A text as messages quote it: in quotes, escaped where not printable, and truncated."""
    return f"'{repr(text if len(text) <= length else text[: length - 1] + '…')[1:-1]}'"


def dotted(path: KeyPath, longest: int | None = 40) -> str:
    """A path as it is written in overrides: `architecture[1].activation`; unusual keys are quoted, long ones cut."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if longest is None or len(step) <= longest else f"{step[: longest - 1]}…"
            text += ("." if text else "") + (key if re.fullmatch(r"[\w…-]+", key) else json.dumps(key))
    return text
