"""What a run should have reached on rows that it was not trained on, and whether it did."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.goal import SLACK, STANDARD_ERRORS
from nncli.report.metric_text import metric_name, metric_text
from nncli.report.numbers import short
from nncli.runs.result_record import Result

FEWEST = 20
"""Of fewer held-out rows, a score says too little."""


@dataclass(frozen=True)
class HeldOut:
    """The test rows of a run, or its validation rows if it has no others.

    On them it should do as well as simple models on rows that they have not seen, and about as well as on its training
    rows; both within the errors of the scores.

    Attributes:
        split: `test` or `validation`.
        rows: their number.
    """

    evidence: Evidence
    split: str
    rows: int

    @classmethod
    def of(cls, evidence: Evidence) -> HeldOut | None:
        """None if no rows are held out, or too few."""
        splits = evidence.experiment.splits.named()
        split = next((name for name in ("test", "validation") if name in splits), None)
        if split is None or len(splits[split].inputs) < FEWEST:
            return None
        return cls(evidence, split, len(splits[split].inputs))

    @property
    def metric(self) -> str:
        """Such as `test_accuracy`."""
        return f"{self.split}_{self.evidence.goal.score}"

    @cached_property
    def wanted(self) -> float:
        """The least score that is as good as the reference."""
        return self.evidence.goal.reference - self._slack(self.evidence.goal.reference)

    def score(self, metrics: Mapping[str, float | None]) -> float | None:
        """The score on these rows."""
        return metrics.get(self.metric)

    def falls_short(self, metrics: Mapping[str, float | None]) -> bool:
        """Whether it learned its training rows, and does clearly worse on these, and worse than simple models."""
        own = self.score(metrics)
        return own is not None and own < self.wanted and self.is_below(metrics)

    def is_below(self, metrics: Mapping[str, float | None]) -> bool:
        """Whether it does clearly worse on these rows than on its training rows."""
        own, train = self.score(metrics), metrics.get(f"train_{self.evidence.goal.score}")
        return own is not None and train is not None and own < train - self._slack(train)

    def _slack(self, score: float) -> float:
        """How far below an expected score that of these rows may be, and that of as many rows as it is known from."""
        rows = len(self.evidence.train.inputs)
        both = math.sqrt(1 / self.rows + 1 / rows)
        return max(SLACK, STANDARD_ERRORS * both * self._spread(min(max(score, 0.0), 1.0)))

    def _spread(self, score: float) -> float:
        """The standard deviation that one row contributes: of a share p √(p (1 - p)), of R² about 2 √R² (1 - R²)."""
        if self.evidence.goal.score == "accuracy":
            return math.sqrt(max(score * (1 - score), 1 / self.rows))
        return 2 * math.sqrt(score) * (1 - score)


def gap_text(result: Result, score: str) -> str:
    """How much worse held-out rows are predicted than those of training, if they are; or empty."""
    split = next((name for name in ("test", "validation") if f"{name}_loss" in result.metrics), None)
    if split is None:
        return ""
    loss, there = (_median(result, f"{name}_loss") for name in ("train", split))
    if loss is None or there is None or not there > loss:
        return ""
    found = [f"a loss of {short(there)} instead of {short(loss)}"]
    own, other = (_median(result, f"{name}_{score}") for name in ("train", split))
    if own is not None and other is not None:
        name = f"{split}_{score}"
        found.append(f"{metric_name(f'train_{score}')} {metric_text(name, other)} instead of {metric_text(name, own)}")
    medians = " (medians)" if len(result.seeds) > 1 else ""
    return f"the {split} rows are predicted less well than those of training: {', '.join(found)}{medians}"


def _median(result: Result, metric: str) -> float | None:
    known = [value for value in result.metrics.get(metric, ()) if value is not None]
    return statistics.median(known) if known else None
