"""Conditions that a script can check on a comparison: `solve_rate[tanh] > solve_rate[relu]`, `p[tanh,relu] < 0.05`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nncli.analysis.comparable_metrics import WORDS, Terms, in_the_way
from nncli.analysis.comparison import compare
from nncli.analysis.comparison_record import ComparisonStudy
from nncli.analysis.conditions import OPERATORS
from nncli.analysis.seed_results import measures_for
from nncli.errors import UserError, quoted
from nncli.registry import unknown
from nncli.report.expectations import Expected
from nncli.studies.axis_grammar import split
from nncli.studies.compare import seed_results, unknown_variant

_CLAIM = re.compile(r"(.+?)(>=|<=|==|!=|>|<)(.+)")
_TERM = re.compile(r"([a-z_0-9]+)\[(.+)\]")


@dataclass(frozen=True, slots=True)
class Term:
    """A number, or a quantity of one variant or two."""

    text: str
    quantity: str = ""
    labels: tuple[str, ...] = ()

    def value(self, study: ComparisonStudy) -> float | None:
        """Its value in a study; None if undefined, such as the median epochs of a variant that never solved."""
        if not self.quantity:
            return float(self.text)
        if self.quantity == "p":
            return _p(study, *self.labels)
        variant = {own.label: own.summary for own in study.comparison.variants}[self.labels[0]]
        if self.quantity == "solve_rate":
            return variant.solve_rate.rate
        if self.quantity == "epochs_to_solve":
            return variant.epochs_to_solve.median
        median = variant.metrics[self.quantity].median
        return None if median is None else median.value


def _p(study: ComparisonStudy, first: str, second: str) -> float | None:
    """The p-value of one variant against the other; if neither is the baseline, of a test on these two alone."""
    comparison = study.comparison
    if first == second:
        return 1.0
    if comparison.baseline in (first, second):
        other = second if first == comparison.baseline else first
        return next(variant.outcome.p for variant in comparison.variants if variant.label == other)
    trials = seed_results(study.variants)
    pair = [own for own in trials if own.label in (first, second)]
    return compare(pair, measures=measures_for(trials)).variants[1].outcome.p


@dataclass(frozen=True, slots=True)
class ComparisonCondition:
    """Two terms and a comparison."""

    left: Term
    comparison: str
    right: Term

    def outcome(self, study: ComparisonStudy) -> Expected:
        """Whether it holds in a study, with the numbers behind the verdict."""
        left, right = self.left.value(study), self.right.value(study)
        claim = f"{self.left.text} {self.comparison} {self.right.text}"
        measured = " and ".join(
            f"{term.text} is {'undefined' if value is None else f'{value:.4g}'}"
            for term, value in ((self.left, left), (self.right, right))
            if term.quantity
        )
        if left is not None and right is not None and OPERATORS[self.comparison](left, right):
            return Expected(True, f"held: {claim} ({measured})" if measured else f"held: {claim}")
        return Expected(False, f"expected {claim}, but {measured}")


def parse_comparison_condition(
    text: str, labels: Sequence[str], metrics: Sequence[str], terms: Sequence[Terms] = ()
) -> ComparisonCondition:
    """Parse a condition.

    Args:
        labels: the labels of the variants.
        metrics: the known metrics; each stands for its median.
        terms: of the variants.

    Raises:
        UserError: if it cannot be parsed, names something unknown, or compares numbers that are not comparable.
    """
    match = _CLAIM.fullmatch(text.strip())
    if match is None:
        raise _bad(f"{quoted(text, 60)} is not a condition")
    left, right = (_term(match.group(side).strip(), labels, metrics) for side in (1, 3))
    if terms and len(left.labels) == len(right.labels) == 1:
        own = [terms[labels.index(term.labels[0])] for term in (left, right)]
        if obstacle := next((o for term in (left, right) for o in in_the_way(term.quantity, own)), None):
            given = f"{left.text} and {right.text} are not comparable: {WORDS[obstacle]}"
            raise UserError(given, where="--expect", allowed="Compare solve_rate, or a score such as train_accuracy")
    return ComparisonCondition(left, match.group(2), right)


def _term(text: str, labels: Sequence[str], metrics: Sequence[str]) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        try:
            is_number = not math.isnan(float(text))
        except ValueError:
            is_number = False
        if not is_number:
            raise _bad(f"{quoted(text)} is neither a number nor a quantity of a variant")
        return Term(text)
    quantity, inside = match.groups()
    known = ("solve_rate", "epochs_to_solve", "p", *metrics)
    if quantity not in known:
        raise unknown("quantity", quantity, known, "--expect")
    # A label may contain commas, as on a grid of two axes, so try the whole text first.
    named = (inside.strip(),) if inside.strip() in labels else tuple(split(inside, inside))
    wanted = 2 if quantity == "p" else 1
    for label in named:
        if label not in labels:
            raise unknown_variant(label, labels, "--expect")
    if len(named) != wanted:
        raise _bad(f"{quoted(text)} needs {'two variants, as in p[tanh,relu]' if wanted == 2 else 'one variant'}")
    return Term(text, quantity, named)


def _bad(given: str) -> UserError:
    return UserError(given, where="--expect", allowed="Write it as in solve_rate[tanh] > solve_rate[relu]")
