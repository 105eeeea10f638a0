"""What a user can do wrong, said in one sentence; and the exit codes of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


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

    Reads as one sentence: `where: given. hint allowed`, each part where there is one.

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
        self.given, self.where, self.allowed, self.hint, self.code = (
            given,
            where,
            allowed,
            hint,
            code,
        )
        super().__init__(given)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        sentences = [self.given.rstrip("."), self.hint.rstrip("."), self.allowed.rstrip(".")]
        text = ". ".join(s for s in sentences if s)
        return place + (text if text.endswith("?") else text + ".").replace("?.", "?")


class UserErrors(UserError):
    """Several user errors found at once, each a line of its own."""

    def __init__(self, errors: Iterable[UserError]) -> None:
        self.errors = list(errors)
        super().__init__(self.errors[0].given, code=self.errors[0].code)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`Did you mean 'relu'?` for the closest of the known names, or nothing."""
    folded = {name.casefold().replace("-", "_"): name for name in known}
    close = difflib.get_close_matches(given.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
    return f"Did you mean '{folded[close[0]]}'?" if close else ""
