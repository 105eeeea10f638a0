"""A comparison of variants as typed records, with a field for each key of `study.json`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Self, TypeAlias

from nncli.analysis.comparable_metrics import Terms
from nncli.analysis.metric_names import Centre
from nncli.runs.result_record import Result

Interval: TypeAlias = tuple[float | None, float | None]
"""A 95 % interval; None for an end that is unknown or infinite."""


@dataclass(frozen=True, slots=True)
class SolveRate:
    """How many of some seeds are solved, with Wilson's interval of their share."""

    solved: int
    of: int
    rate: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class TimeToSolve:
    """The median epoch in which seeds were solved; None if fewer than half were."""

    median: float | None
    interval: Interval


@dataclass(frozen=True, slots=True)
class Estimated:
    """A value with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class FinalMetric:
    """A final metric of a variant: the number of seeds that have it, and its centres, if any has."""

    n: int
    centres: Mapping[Centre, Estimated]

    @property
    def median(self) -> Estimated | None:
        """Over the seeds, of which those without the metric count as the worst; None if no seed has it."""
        return self.centres.get("median") if self.n else None

    def as_plain(self) -> dict[str, object]:
        """The object of `study.json`."""
        return {"n": self.n, **{name: asdict(centre) for name, centre in self.centres.items()}}


@dataclass(frozen=True, slots=True)
class PairTest:
    """A test of a variant against the baseline on one measure.

    Attributes:
        measure: `solved`, `epochs` or a final metric.
        superiority: the probability that a seed of the variant does better than one of the baseline, each drawn alone.
        difference, interval: the mean difference, paired if the variants are; positive is better.
        p: of superiority being ½.
        effect_size, probability_of_improvement: of paired seeds.
        seeds_differing: of paired seeds.
        seeds_needed: where it cannot conclude, if that can be estimated.
        log_rank_p: on `epochs` only; decides nothing.
        p_adjusted: after Holm over all variants and measures.
    """

    measure: str
    superiority: float | None
    difference: float | None
    interval: Interval
    p: float
    effect_size: float | None
    probability_of_improvement: float | None
    seeds_differing: int | None
    seeds_needed: int | None
    log_rank_p: float | None
    p_adjusted: float

    def adjusted(self, p: float, seeds_needed: int | None) -> Self:
        """The same with the p-value after adjustment, and the seeds needed for that."""
        return replace(self, p_adjusted=p, seeds_needed=seeds_needed)

    def as_plain(self) -> dict[str, object]:
        """The object of `study.json`."""
        plain = asdict(self)
        if self.measure != "epochs":
            del plain["log_rank_p"]
        return plain


@dataclass(frozen=True, slots=True)
class Verdict:
    """What tests say about a variant.

    Attributes:
        verdict: `better`, `worse`, `faster`, `slower`, `cannot conclude` or `baseline`.
        measure, p: the measure that decides and its adjusted p-value; if none does, None and the least p-value.
        seeds_needed: the least of its tests', where it cannot conclude.
    """

    verdict: str
    measure: str | None
    p: float | None
    seeds_needed: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One variant by itself; `diverged` are seeds."""

    label: str
    solve_rate: SolveRate
    epochs_to_solve: TimeToSolve
    diverged: tuple[int, ...]
    metrics: Mapping[str, FinalMetric]


@dataclass(frozen=True, slots=True)
class ComparedVariant:
    """A variant with its verdict against the baseline, and the tests behind it; None for the baseline itself."""

    summary: Summary
    outcome: Verdict
    against_baseline: tuple[PairTest, ...] | None

    @property
    def label(self) -> str:
        """The name of the variant."""
        return self.summary.label

    @property
    def tests(self) -> tuple[PairTest, ...]:
        """The tests against the baseline, of which the baseline has none."""
        return self.against_baseline or ()

    def as_plain(self) -> dict[str, object]:
        """The object of `study.json`."""
        metrics = {name: metric.as_plain() for name, metric in self.summary.metrics.items()}
        tests = None if self.against_baseline is None else [test.as_plain() for test in self.against_baseline]
        own = {
            "label": self.summary.label,
            "solve_rate": asdict(self.summary.solve_rate),
            "epochs_to_solve": asdict(self.summary.epochs_to_solve),
            "diverged": list(self.summary.diverged),
        }
        return {**own, "metrics": metrics, **asdict(self.outcome), "against_baseline": tests}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of variants.

    Attributes:
        baseline: the label of the variant that the others are compared with.
        seeds: the number of seeds of each variant.
        measures: what is tested.
        horizon: the epochs for which every seed of every variant was observed; None in files of early versions.
        differing: the terms that differ between variants.
        paired: whether each variant has the rows of the baseline.
        fewest_seeds: with which any test could conclude.
        variants: in the order given.
        ranking: the indices of the variants, best first.
    """

    baseline: str
    seeds: int
    measures: tuple[str, ...]
    horizon: float | None
    differing: tuple[str, ...]
    paired: tuple[bool, ...]
    fewest_seeds: int | None
    variants: tuple[ComparedVariant, ...]
    ranking: tuple[int, ...]

    @property
    def pairings(self) -> set[bool]:
        """Whether seeds are compared in pairs, for all variants but the baseline: true, false, or both.

        In records of early versions, which do not say so, all are.
        """
        known = zip(self.paired, self.variants, strict=False)
        return {paired for paired, variant in known if variant.outcome.verdict != "baseline"} or {True}

    def as_plain(self) -> dict[str, object]:
        """The object of `study.json`."""
        return {
            "baseline": self.baseline,
            "seeds": self.seeds,
            "measures": list(self.measures),
            "horizon": self.horizon,
            "differing": list(self.differing),
            "paired": list(self.paired),
            "fewest_seeds": self.fewest_seeds,
            "variants": [variant.as_plain() for variant in self.variants],
            "ranking": list(self.ranking),
        }


@dataclass(frozen=True, slots=True)
class StudyAxis:
    """A key that variants differ in, and its values, as one would type them."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StudyVariant:
    """What was trained for a variant: the overrides that make it, the terms of its numbers, and its result."""

    label: str
    overrides: tuple[str, ...]
    terms: Terms
    result: Result


@dataclass(frozen=True, slots=True)
class ComparisonStudy:
    """The content of a comparison's `study.json`.

    Attributes:
        study: the name of its folder.
        name: in the headline.
        epochs: at most, of any variant.
        axes, variants, comparison: what was compared, and how it came out.
        made_by: the words of the command that made it, after `nncli`; empty for runs that were compared later.
    """

    study: str
    name: str
    epochs: int
    axes: tuple[StudyAxis, ...]
    variants: tuple[StudyVariant, ...]
    comparison: Comparison
    made_by: tuple[str, ...] = ()

    @property
    def fixed(self) -> tuple[str, ...]:
        """The overrides of all variants, but for those that the headline says anyway."""
        overrides = self.variants[0].overrides
        return held_fixed(overrides[: len(overrides) - len(self.axes)], ())

    @property
    def title(self) -> str:
        """The name, and what was held fixed: `parity4, task.parity.bits=6`."""
        return ", ".join([self.name, *self.fixed])

    def as_plain(self, *, brief: bool = False) -> dict[str, object]:
        """The object of `study.json`; if brief, of each result only what names its run."""
        return {
            "study": self.study,
            "kind": "compare",
            "name": self.name,
            "made_by": list(self.made_by),
            "epochs": self.epochs,
            "axes": [{"key": axis.key, "values": list(axis.values)} for axis in self.axes],
            "variants": [
                {
                    "label": variant.label,
                    "overrides": list(variant.overrides),
                    "terms": asdict(variant.terms),
                    "result": _brief(variant.result) if brief else variant.result.as_plain(),
                }
                for variant in self.variants
            ],
            "comparison": self.comparison.as_plain(),
        }


def held_fixed(words: Sequence[str], axes: Collection[str]) -> tuple[str, ...]:
    """The overrides among the words of a command, but for its axes and what a headline says anyway."""
    said = {*axes, "name", "seeds", "training.epochs"}
    return tuple(word for word in words if "=" in word and word[0] != "-" and word.partition("=")[0] not in said)


def _brief(result: Result) -> dict[str, object]:
    return {"run": result.run, "name": result.name, "status": result.status}
