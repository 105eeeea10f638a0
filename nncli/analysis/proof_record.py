"""What became of seeds when fixes were tried, as plain records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from nncli.analysis.comparison_record import PairTest

ProofVerdict: TypeAlias = Literal["mended", "better", "cannot conclude", "no better", "worse"]
"""Every seed reaches the goal; more do, and not by chance; more do, perhaps by chance; not more; surely fewer."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How many of some seeds reach the goal, with Wilson's interval of their share."""

    reached: int
    of: int
    share: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class ProvedFix:
    """A fix, trained on the seeds of a run.

    Attributes:
        causes: the names of those that it is for.
        fix: overrides.
        run: the folder of its run.
        path: where that is.
        before, after: how many seeds reach the goal, without and with the fix.
        gained, lost: the seeds that reach it only with the fix, and only without.
        test: of the difference, adjusted for the number of fixes that were tried.
        held_out: the split on which the score has to be as good, too, where every seed of the run reached its goal.
    """

    causes: tuple[str, ...]
    fix: tuple[str, ...]
    run: str
    path: str
    before: Reached
    after: Reached
    gained: tuple[int, ...]
    lost: tuple[int, ...]
    test: PairTest
    verdict: ProofVerdict
    held_out: str = ""

    @property
    def helps(self) -> bool:
        """Whether every seed reaches the goal, or more than by chance."""
        return self.verdict in ("mended", "better")

    def as_plain(self) -> dict[str, object]:
        """As an entry of `--json`."""
        return {
            "causes": list(self.causes),
            "fix": " ".join(self.fix),
            "run": self.run,
            "before": asdict(self.before),
            "after": asdict(self.after),
            "gained": list(self.gained),
            "lost": list(self.lost),
            "difference": self.test.difference,
            "interval": list(self.test.interval),
            "p": self.test.p_adjusted,
            "seeds_needed": self.test.seeds_needed,
            "verdict": self.verdict,
            "held_out": self.held_out or None,
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of the seeds of a run with the fixes of its diagnosis.

    Attributes:
        fixes: those that were trained, in the order of their causes.
        interrupted: the path of a run that was stopped before its end; or empty.
    """

    fixes: tuple[ProvedFix, ...]
    interrupted: str = ""

    @property
    def helps(self) -> bool:
        """Whether any fix does."""
        return any(fix.helps for fix in self.fixes)

    def as_plain(self) -> dict[str, object]:
        """The object `proof` of `--json`."""
        return {"helps": self.helps, "fixes": [fix.as_plain() for fix in self.fixes]}
