"""What a diagnosis found, as plain records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Fact: TypeAlias = float | int | str | bool | tuple["Fact", ...] | None
"""A number or a name that speaks for a cause."""

Certainty: TypeAlias = Literal["certain", "likely", "possible"]
"""How much the evidence says: it leaves no doubt; it is not seen in healthy runs; it fits, among others."""

CERTAINTIES: tuple[Certainty, ...] = ("certain", "likely", "possible")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why seeds did not learn, or not well.

    Attributes:
        cause: its name, as in `not_representable`; docs/diagnosis.md describes each.
        seeds: those that it concerns.
        layers: the numbers of the layers that it concerns, from 1 along all layers; empty if it is not about layers.
        evidence: what was measured, and what was expected, by name.
        fix: overrides that remove it; empty if there is none.
        explanation: a sentence.
        certainty: how much the evidence says.
    """

    cause: str
    seeds: tuple[int, ...]
    layers: tuple[int, ...]
    evidence: Mapping[str, Fact]
    fix: tuple[str, ...]
    explanation: str
    certainty: Certainty = "likely"

    def as_plain(self) -> dict[str, Any]:
        """As an entry of `--json`."""
        return {
            "cause": self.cause,
            "seeds": list(self.seeds),
            "layers": list(self.layers),
            "evidence": {name: _plain(fact) for name, fact in self.evidence.items()},
            "fix": " ".join(self.fix) or None,
            "explanation": self.explanation,
            "certainty": self.certainty,
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found.

    Attributes:
        run: the name of the run; that of the config, if nothing was trained.
        goal: what its seeds should reach, in words.
        seeds: all of them.
        missed: those that did not reach the goal.
        causes: ranked, the most probable first.
        remark: what else can be said, such as that it was still improving; or empty.
    """

    run: str
    goal: str
    seeds: tuple[int, ...]
    missed: tuple[int, ...]
    causes: tuple[Cause, ...]
    remark: str = ""

    @property
    def healthy(self) -> bool:
        """Whether all seeds reached the goal and nothing is wrong."""
        return not self.missed and not self.causes

    def as_plain(self) -> dict[str, Any]:
        """As the object of `--json`."""
        return {
            "run": self.run,
            "healthy": self.healthy,
            "goal": self.goal,
            "seeds": list(self.seeds),
            "missed": list(self.missed),
            "causes": [cause.as_plain() for cause in self.causes],
            "remark": self.remark or None,
        }


def _plain(fact: Fact) -> Any:
    if isinstance(fact, tuple):
        return [_plain(each) for each in fact]
    return None if isinstance(fact, float) and not math.isfinite(fact) else fact
