"""What a user can do wrong, said in one sentence; and the exit codes of the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})

OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences begin with these
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\u2028\u2029"  # break the line
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # are not seen
    "\ud800-\udfff]"  # are no characters, such as a byte of a file name that is not UTF-8
)
"""What no text from a file may bring to a terminal. Joiners, which scripts and emoji need, are not among it."""


def visible(text: str) -> str:
    r"""The text in one line, with what a terminal would obey, or not show at all, escaped as in Python: `\x1b`, `\n`.

    All else stays as it is, the backslash too, so that a second time changes nothing.

    Source: Unicode Standard Annex #9, Unicode bidirectional algorithm; Boucher & Anderson (2023), Trojan Source.
    """
    return OBEYED.sub(lambda found: repr(found[0])[1:-1], text)


LONGEST = 100
"""A word of more letters is no slip of the pen, and takes long to compare."""


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


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a config.

    Attributes:
        path: the keys and indices that lead to the value.
        text: what to write there, as YAML on one line; None to remove the key.
    """

    path: tuple[str | int, ...]
    text: str | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One change to the text of a config.

    Attributes:
        position: line and column, both counted from 1.
        old: what is there.
        new: what to write in its place.
    """

    position: tuple[int, int]
    old: str
    new: str


class Suggestion(str):
    """A hint that can be followed without reading it.

    Attributes:
        ways: each of them alone is enough; a way is the changes that belong together.
    """

    ways: tuple[tuple[Edit | Rewrite, ...], ...]

    def __new__(cls, sentence: str, *ways: Iterable[Edit | Rewrite]) -> Suggestion:
        found = super().__new__(cls, sentence)
        found.ways = tuple(map(tuple, ways))
        return found

    def below(self, path: tuple[str | int, ...]) -> Suggestion:
        """The same, of edits whose paths began at a path."""
        ways = [[Edit((*path, *e.path), e.text) if isinstance(e, Edit) else e for e in way] for way in self.ways]
        return Suggestion(str(self), *ways)


class UserError(Exception):
    """Something outside the program is wrong, and the user can mend it.

    Reads as one sentence: `where: given. hint allowed`, each part where there is one; what they repeat of a file can
    be shown on a terminal.

    Args:
        given: what was found, for example `unknown activation 'rleu'`.
        where: the place, for example `configs/x.yaml:4:13: activation`.
        allowed: what would have been right, for example `Known: elu, gelu, relu`.
        hint: what to try, for example `Did you mean 'relu'?`.
        code: the exit code.
    """

    def __init__(
        self,
        given: str,
        *,
        where: str = "",
        allowed: str = "",
        hint: str = "",
        code: ExitCode = ExitCode.USAGE,
    ) -> None:
        self.given, self.where, self.allowed, self.hint, self.code = given, where, allowed, hint, code
        super().__init__(given)

    def sentences(self) -> list[str]:
        """What was found and where, what to try, and what is allowed: of these the ones there are."""
        place = f"{self.where}: " if self.where else ""
        texts = [text.rstrip(".") for text in (place + self.given, self.hint, self.allowed) if text]
        return [visible(text if text.endswith("?") else f"{text}.") for text in texts]

    def __str__(self) -> str:
        return " ".join(self.sentences())


class UserErrors(UserError):
    """Several user errors found at once, each a line of its own."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = list(errors)
        super().__init__(self.errors[0].given, code=self.errors[0].code)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def command(*words: object) -> str:
    """A command of `nncli` that can be pasted into a shell."""
    return shlex.join(["nncli", *map(str, words)])


def did_you_mean(given: str, known: Iterable[str], also_called: Mapping[str, str] = NO_OTHER_NAMES) -> str:
    """`Did you mean 'relu'?` for the closest of the known names, or nothing. Arguments: as of `closest`."""
    meant = closest(given, known, also_called)
    return f"Did you mean '{meant}'?" if meant else ""


def closest(given: str, known: Iterable[str], also_called: Mapping[str, str] = NO_OTHER_NAMES) -> str:
    """The known name that was probably meant, or nothing: a wrong suggestion is worse than none.

    Capitals, hyphens, spaces and `_` count for nothing. A name may have two letters in five wrong, at most three;
    another word for it one in eight. Of names that are equally near, one with the same letters is meant, then one with
    the same first letter; if that does not tell them apart, none is.

    Args:
        given: what was typed.
        known: the names there are.
        also_called: other words, and the name that each stands for.

    Source: Damerau (1964), A technique for computer detection and correction of spelling errors.
    """
    if len(given) > LONGEST or not (word := folded(given)):
        return ""
    near: dict[str, tuple[int, bool, bool]] = {}
    words = [(folded(name), name, 0.4) for name in known]
    words += [(folded(other), name, 0.125) for other, name in also_called.items()]
    for candidate, name, share in words:
        length = max(len(word), len(candidate))
        most = min(3, max(int(share * length), share == 0.4 and length > 1))
        if (distance := _distance(word, candidate, most)) <= most:
            rank = (distance, sorted(word) != sorted(candidate), word[:1] != candidate[:1])
            near[name] = min(rank, near.get(name, rank))
    best = [name for name, rank in near.items() if rank == min(near.values())]
    if len(best) > 1 and near[best[0]][0] > 0:
        return ""
    return best[0] if best else ""


def folded(word: str) -> str:
    """A word without what people write differently: capitals, and what stands between its parts."""
    return re.sub(r"[\s_-]", "", word.casefold())


def _distance(word: str, other: str, most: int) -> int:
    """How many letters are missing, too many, wrong, or swapped with the next; more than `most` if it is more."""
    if abs(len(word) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        above, before, row = before, row, [i] + [0] * len(other)
        for j, theirs in enumerate(other, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and (letter, word[i - 2]) == (other[j - 2], theirs):
                row[j] = min(row[j], above[j - 2] + 1)
    return row[-1]


def quoted(text: str, length: int = 40) -> str:
    """A text that was given, as messages repeat it: in quotes, escaped where it is not printable, and cut."""
    return f"'{repr(text if len(text) <= length else text[: length - 1] + '…')[1:-1]}'"
