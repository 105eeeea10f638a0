"""A comparison of variants as typed records, with a field for each key of `study.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, TypeAlias, get_args

from nncli.analysis.commensurable import SAME, Terms
from nncli.analysis.metric_names import Centre, Kind, metric_names
from nncli.runs.result_record import FailedResult, Result, from_plain
from nncli.storage.json_shape import COUNT, FLAG, NUMBER, SHARE, TEXT, Keys, Leaf, Maybe, Shape, misfit, require

Interval: TypeAlias = tuple[float | None, float | None]
"""A 95 % interval; None for an end that is unknown or infinite."""

WHOLE = "the record of a comparison"


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
    """

    study: str
    name: str
    epochs: int
    axes: tuple[StudyAxis, ...]
    variants: tuple[StudyVariant, ...]
    comparison: Comparison

    def as_plain(self, *, brief: bool = False) -> dict[str, object]:
        """The object of `study.json`; if brief, of each result only what names its run."""
        return {
            "study": self.study,
            "kind": "compare",
            "name": self.name,
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


def _brief(result: Result) -> dict[str, object]:
    return {"run": result.run, "name": result.name, "status": result.status}


ENDS: Shape = (NUMBER.or_null, NUMBER.or_null)

ESTIMATED: Keys = {"value": NUMBER, "interval": ENDS}

MEASURES = dict.fromkeys(name for kind in get_args(Kind) for name in metric_names(kind, True, True))

MEASURE = Leaf("a measure", (str,), among=("solved", "epochs", *MEASURES))

TEST: Keys = {
    "measure": MEASURE,
    "superiority": Maybe(NUMBER),
    "difference": NUMBER,
    "interval": Maybe(ENDS),
    "p": SHARE,
    "effect_size": Maybe(NUMBER),
    "probability_of_improvement": Maybe(NUMBER),
    "seeds_differing": Maybe(COUNT),
    "seeds_needed": COUNT.or_null,
    "log_rank_p": Maybe(NUMBER),
    "p_adjusted": SHARE,
}

VARIANT: Keys = {
    "label": TEXT,
    "solve_rate": {"solved": COUNT, "of": COUNT, "rate": SHARE, "interval": (SHARE, SHARE)},
    "epochs_to_solve": {"median": NUMBER.or_null, "interval": ENDS},
    "diverged": [COUNT],
    "metrics": {...: {"n": COUNT, **{centre: Maybe(ESTIMATED) for centre in get_args(Centre)}}},
    "verdict": TEXT,
    "measure": Maybe(MEASURE),
    "p": Maybe(SHARE),
    "seeds_needed": Maybe(COUNT),
    "against_baseline": Maybe([TEST]),
}

STUDY: Keys = {
    "study": TEXT,
    "name": TEXT,
    "epochs": COUNT,
    "axes": [{"key": TEXT, "values": [TEXT]}],
    "variants": [
        {
            "label": TEXT,
            "overrides": Maybe([TEXT]),
            "terms": Maybe({name: Maybe(TEXT) for name in asdict(SAME)}),
            "result": {},
        }
    ],
    "comparison": {
        "baseline": TEXT,
        "seeds": COUNT,
        "measures": [MEASURE],
        "horizon": Maybe(NUMBER),
        "differing": Maybe([TEXT]),
        "paired": Maybe([FLAG]),
        "fewest_seeds": Maybe(COUNT),
        "ranking": [COUNT],
        "variants": [VARIANT],
    },
}
"""The content of a comparison's record; its results are those of runs. Files of early versions lack some keys."""


def check_comparison(plain: dict[str, Any], place: str) -> None:
    """Raise `UserError` (code CORRUPT) unless this is a comparison's record; its results are not checked."""
    require(plain, STUDY, place, WHOLE)
    comparison = plain["comparison"]
    found = len(comparison["variants"])
    if not found or len(plain["variants"]) != found or sorted(comparison["ranking"]) != list(range(found)):
        raise misfit("its variants are not those that it ranks", place, WHOLE)
    for index, variant in enumerate(comparison["variants"]):
        if variant["verdict"] != "baseline" and variant.get("against_baseline") is None:
            raise misfit(f"comparison.variants[{index}] has a verdict without a test", place, WHOLE)
        if any(metric["n"] and not metric.get("median") for metric in variant["metrics"].values()):
            raise misfit(f"comparison.variants[{index}] has a metric without a median", place, WHOLE)


def study_from_plain(plain: dict[str, Any], place: str) -> ComparisonStudy:
    """The record of a comparison from an object that `check_comparison` accepts, with whole results.

    Raises: `UserError` (code CORRUPT) for a result that is not that of a finished run.
    """
    return ComparisonStudy(
        study=plain["study"],
        name=plain["name"],
        epochs=plain["epochs"],
        axes=tuple(StudyAxis(axis["key"], tuple(axis["values"])) for axis in plain["axes"]),
        variants=tuple(_study_variant(variant, place) for variant in plain["variants"]),
        comparison=_comparison(plain["comparison"]),
    )


def _study_variant(plain: dict[str, Any], place: str) -> StudyVariant:
    result = from_plain(plain["result"], place)
    if isinstance(result, FailedResult):
        raise misfit("the run of a variant has failed", place, WHOLE)
    terms = {name: text for name, text in (plain.get("terms") or {}).items() if name in asdict(SAME)}
    return StudyVariant(plain["label"], tuple(plain.get("overrides") or ()), replace(SAME, **terms), result)


def _comparison(plain: dict[str, Any]) -> Comparison:
    return Comparison(
        baseline=plain["baseline"],
        seeds=plain["seeds"],
        measures=tuple(plain["measures"]),
        horizon=plain.get("horizon"),
        differing=tuple(plain.get("differing") or ()),
        paired=tuple(plain.get("paired") or ()),
        fewest_seeds=plain.get("fewest_seeds"),
        variants=tuple(map(_compared_variant, plain["variants"])),
        ranking=tuple(plain["ranking"]),
    )


def _compared_variant(plain: dict[str, Any]) -> ComparedVariant:
    rate, time = plain["solve_rate"], plain["epochs_to_solve"]
    tests = plain.get("against_baseline")
    return ComparedVariant(
        Summary(
            label=plain["label"],
            solve_rate=SolveRate(rate["solved"], rate["of"], rate["rate"], tuple(rate["interval"])),
            epochs_to_solve=TimeToSolve(time["median"], tuple(time["interval"])),
            diverged=tuple(plain["diverged"]),
            metrics={name: _final_metric(metric) for name, metric in plain["metrics"].items()},
        ),
        Verdict(plain["verdict"], plain.get("measure"), plain.get("p"), plain.get("seeds_needed")),
        None if tests is None else tuple(map(_test, tests)),
    )


def _final_metric(plain: dict[str, Any]) -> FinalMetric:
    centres: Sequence[Centre] = [name for name in get_args(Centre) if plain.get(name)]
    return FinalMetric(
        plain["n"], {name: Estimated(plain[name]["value"], tuple(plain[name]["interval"])) for name in centres}
    )


def _test(plain: dict[str, Any]) -> PairTest:
    return PairTest(
        measure=plain["measure"],
        superiority=plain.get("superiority"),
        difference=plain["difference"],
        interval=tuple(plain.get("interval") or (None, None)),
        p=plain["p"],
        effect_size=plain.get("effect_size"),
        probability_of_improvement=plain.get("probability_of_improvement"),
        seeds_differing=plain.get("seeds_differing"),
        seeds_needed=plain["seeds_needed"],
        log_rank_p=plain.get("log_rank_p"),
        p_adjusted=plain["p_adjusted"],
    )
