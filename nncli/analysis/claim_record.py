"""What became of a claim."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from nncli.analysis.verdict import Judgment, Word


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """A claim and its verdict.

    Attributes:
        id, sentence, source, chapter, remark: those of the claim.
        verdict: that of all expectations together.
        expectations: each as written, with its judgment.
        seconds: how long it took.
        error: why it could not be measured; None if it was.
    """

    id: str
    sentence: str
    source: str
    chapter: str
    remark: str
    verdict: Word
    expectations: tuple[tuple[str, Judgment | None], ...]
    seconds: float
    error: str | None = None

    def as_plain(self) -> dict[str, Any]:
        """As an entry of `claims.json` and of `--json`."""
        return {
            "id": self.id,
            "sentence": self.sentence,
            "source": self.source,
            "chapter": self.chapter,
            "remark": self.remark,
            "verdict": self.verdict,
            "measured": [_plain(text, judgment) for text, judgment in self.expectations],
            "seconds": self.seconds,
            "error": self.error,
        }


def _plain(text: str, judgment: Judgment | None) -> dict[str, Any]:
    found: dict[str, Any] = {"expect": text}
    if judgment is not None:
        numbers = {"value": judgment.measured, "low": judgment.low, "high": judgment.high}
        found |= {"verdict": judgment.verdict}
        found |= {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        found |= {"seeds": judgment.seeds, "reason": judgment.reason or None, "right": judgment.right}
        found |= {"paired": judgment.paired}
    return found
