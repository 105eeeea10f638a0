"""What a user can do wrong, said in one sentence; and the exit codes of the command line."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping
from enum import IntEnum
from types import MappingProxyType

from nncli.text import visible

NO_OTHER_NAMES: Mapping[str, str] = MappingProxyType({})

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

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        sentences = [text.rstrip(".") for text in (self.given, self.hint, self.allowed) if text]
        return visible(place + " ".join(text if text.endswith("?") else f"{text}." for text in sentences))


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
    """The known name that was probably meant, or nothing; capitals count for nothing, hyphens and spaces for `_`.

    Similarity is 2 M / T, for M letters of T in common; a name needs 0.6, and another word for it 0.85, so that a
    short one such as `mse` must be exact.

    Args:
        given: what was typed.
        known: the names there are.
        also_called: other words, and the name that each stands for.

    Source: Ratcliff & Metzener (1988), as in `difflib`.
    """
    if len(given) > LONGEST:
        return ""
    word = _folded(given)
    names = {_folded(name): name for name in known}
    others = {_folded(other): name for other, name in also_called.items()}
    close = [*difflib.get_close_matches(word, names, 1, 0.6), *difflib.get_close_matches(word, others, 1, 0.85)]
    if not close:
        return ""
    return (others | names)[max(close, key=lambda other: difflib.SequenceMatcher(None, other, word).ratio())]


def quoted(text: str, length: int = 40) -> str:
    """A text that was given, as messages repeat it: in quotes, escaped where it is not printable, and cut."""
    return f"'{repr(text if len(text) <= length else text[: length - 1] + '…')[1:-1]}'"


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
