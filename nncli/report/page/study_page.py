"""The page of a study: what was varied, what came out, which differences are certain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nncli.analysis.comparison_record import ComparisonStudy, Interval
from nncli.analysis.metric_names import is_score
from nncli.analysis.sweep_record import SweepStudy
from nncli.errors import command
from nncli.report import comparison_text, leaderboard_text
from nncli.report.metric_text import metric_text
from nncli.report.numbers import NOTHING, count, p_value, rounded_up, short
from nncli.report.page.document import Section, page
from nncli.report.page.markup import Child, Html, element, joined
from nncli.report.page.parts import Column, Picture, code, cut, facts, paragraphs, sourced, spaced, table, value
from nncli.report.page.run_page import environment_table, metric_words, picture_figures, where_to_run, writing
from nncli.report.study_sentences import axis_values, comparison_sentences, how_to_read_tests, sweep_sentences
from nncli.runs.directory import CONFIG
from nncli.runs.result_record import Result
from nncli.storage.strict_json import PlainObject

STUDY, RESULTS = "study.json", "results.csv"
MOST_COLUMNS, MOST_ROWS = 12, 200
"""Of a table of seeds; the files of the study have them all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of a variant or trial, and where it is: `study.json variants[0].result.`."""

    label: str
    place: str
    result: Result


@dataclass(frozen=True, slots=True)
class StudyStory:
    """All that a page tells about a study.

    Attributes:
        folder: its name.
        place: its path, seen from where the folder of all runs is: `runs/compare-xor-20261122T143800Z-3fa2c1`.
        study: its record.
        measured: its results, best first.
        first: the folder of the run of the baseline, or of the first-ranked trial; empty if there is none.
        config, environment: of that run.
        pictures: in their order.
    """

    folder: str
    place: str
    study: ComparisonStudy | SweepStudy
    measured: tuple[Measured, ...]
    first: str
    config: str
    environment: PlainObject | None
    pictures: tuple[Picture, ...]


def study_page(story: StudyStory) -> str:
    """The page as HTML."""
    study = story.study
    if isinstance(study, ComparisonStudy):
        headline, body, of = comparison_text.headline(study), _comparison(study), "of the baseline"
        keys = "name, axes, comparison.seeds, epochs, comparison.baseline"
    else:
        headline, body, of = leaderboard_text.headline(study), _leaderboard(study), "of the first-ranked trial"
        keys = "name, axes, trials, seeds, epochs"
    sections = [
        Section("asked", "What was asked", _asked(study)),
        Section("results", "What came out", body),
        Section("pictures", "Pictures", picture_figures(story.pictures, story.place)),
        Section("seeds", "Seeds", _seeds(story)),
        *(_of_first(story, of) if story.first else []),
        Section("reproduce", "How to reproduce it", _reproduce(story)),
    ]
    said = sourced("p", spaced(cut(headline, 500)), f"{STUDY} {keys}")
    lead = joined(said, element("p", element("code", story.folder)))
    return page(cut(study.title), lead, [section for section in sections if section.body], source=f"{STUDY} name")


def _of_first(story: StudyStory, of: str) -> list[Section]:
    """The config and the environment of the run that stands first."""
    return [
        Section("config", f"Config {of}", code(story.config, "The config", f"{story.first}/{CONFIG}")),
        Section("environment", f"Environment {of}", environment_table(story.environment, f"{story.first}/")),
    ]


def _asked(study: ComparisonStudy | SweepStudy) -> Html:
    axes: list[tuple[str, Sequence[str], str]]
    if isinstance(study, ComparisonStudy):
        seeds, number, kind = study.comparison.seeds, len(study.variants), "variant"
        axes = [(axis.key, axis.values, f"axes[{place}].values") for place, axis in enumerate(study.axes)]
        baseline = [("Baseline", value(cut(study.comparison.baseline), f"{STUDY} comparison.baseline"))]
        seeds_source, fixed_source = f"{STUDY} comparison.seeds", "variants[0].overrides"
    else:
        seeds, number, kind = study.seeds or 0, study.trials, "trial"
        axes = [
            (axis, axis_values(study, place), f"leaderboard values[{place}]") for place, axis in enumerate(study.axes)
        ]
        baseline, seeds_source, fixed_source = [], f"{STUDY} seeds", "made_by"
    known = [
        (f"{kind.capitalize()}s", value(str(number), f"{STUDY} {kind}s", number)),
        ("Seeds of each", value(str(seeds) if seeds else "different numbers", seeds_source)),
        ("Epochs, at most", value(str(study.epochs), f"{STUDY} epochs")),
        *baseline,
        *([("Held fixed", value(cut(", ".join(study.fixed), 1000), f"{STUDY} {fixed_source}"))] if study.fixed else []),
    ]
    rows = [
        [sourced("span", cut(key), f"{STUDY} axes"), value(cut(", ".join(values), 1000), f"{STUDY} {source}")]
        for key, values, source in axes
    ]
    varied = [table("What was varied", [Column("Key"), Column("Values", f"{STUDY} axes")], rows)] if rows else []
    return joined(facts(known), *varied)


def _comparison(study: ComparisonStudy) -> Html:
    comparison = study.comparison
    keys = comparison_text.sources(study)
    columns = [
        Column(cut(heading), f"{STUDY} comparison.variants {key}")
        for heading, key in zip(comparison_text.columns(study), keys, strict=True)
    ]
    rows: list[list[Child]] = []
    for index, cells in zip(comparison.ranking, comparison_text.rows(study, bars=False), strict=True):
        exact = {"parameters": study.variants[index].result.parameters}
        places = [
            f"{STUDY} variants[{index}].result.parameters"
            if key == "parameters"
            else f"{STUDY} comparison.variants[{index}].{key}"
            for key in keys
        ]
        label, *others = cells
        shown = (
            value(cell, place, exact.get(key)) for cell, place, key in zip(others, places[1:], keys[1:], strict=True)
        )
        rows.append([value(cut(label), places[0]), *shown])
    notes = [*comparison_text.legend(study), *comparison_text.footnotes(study)]
    leaders = table("Variants, best first", columns, rows, name="numbers")
    told = (
        (text, f"comparison.variants[{index}] solve_rate, epochs_to_solve, metrics, verdict, measure, p")
        for index, text in comparison_sentences(comparison)
    )
    return joined(_sentences(told), leaders, paragraphs(notes, f"{STUDY} comparison"), _tests(study))


def _sentences(found: Iterable[tuple[str, str]]) -> Html:
    """What came out, as a list. Args: found: sentences, each with the keys of `study.json` that it is from."""
    return element("ul", *(element("li", value(text, f"{STUDY} {keys}")) for text, keys in found))


def _tests(study: ComparisonStudy) -> Html:
    """Every test against the baseline, with its numbers."""
    comparison = study.comparison
    rows: list[list[Child]] = []
    for index in comparison.ranking:
        variant = comparison.variants[index]
        for place, test in enumerate(variant.tests):
            source = f"{STUDY} comparison.variants[{index}].against_baseline[{place}]"
            needed = NOTHING if test.seeds_needed is None else str(rounded_up(test.seeds_needed))
            rows.append(
                [
                    value(cut(variant.label), f"{STUDY} comparison.variants[{index}].label"),
                    value(metric_words(test.measure), f"{source}.measure"),
                    value(short(test.difference), f"{source}.difference", test.difference),
                    value(_interval(test.interval), f"{source}.interval"),
                    value(short(test.superiority), f"{source}.superiority", test.superiority),
                    value(p_value(test.p_adjusted), f"{source}.p_adjusted", test.p_adjusted),
                    value(needed, f"{source}.seeds_needed", test.seeds_needed),
                ]
            )
    names = {
        "Variant": "label",
        "Measure": "measure",
        "Mean difference": "difference; positive is better",
        "95 % interval": "interval",
        "Superiority": "superiority: how often a seed does better than one of the baseline, each drawn alone",
        "p": "p_adjusted, by Holm's method over all variants and measures",
        "Seeds needed": "seeds_needed, where it cannot conclude",
    }
    columns = [Column(name, f"{STUDY} against_baseline {source}") for name, source in names.items()]
    if not rows:
        return Html("")
    against = f"Tests against {cut(comparison.baseline)}"
    tests = table(against, columns, rows, name="numbers", source=f"{STUDY} comparison.baseline")
    return joined(tests, paragraphs(how_to_read_tests(comparison), f"{STUDY} comparison"))


def _interval(interval: Interval) -> str:
    return NOTHING if None in interval else f"{short(interval[0])} to {short(interval[1])}"


def _leaderboard(study: SweepStudy) -> Html:
    headings = leaderboard_text.columns(study)
    first, axes = headings[0], len(study.axes)
    keys = [*(f"values[{place}]" for place in range(axes)), "solve_rate", "epochs_to_solve"][: len(headings) - 2]
    keys.append(f"metrics.{'train_loss' if len(headings) - 2 > axes else study.measure}")
    columns = [Column(first, f"{STUDY} leaderboard rank")]
    columns += [Column(cut(name), f"{STUDY} leaderboard {key}") for name, key in zip(headings[1:], keys, strict=True)]
    rows: list[list[Child]] = []
    for place, cells in enumerate(leaderboard_text.rows(study, bars=False, most=MOST_ROWS)):
        shown = zip(cells[1:], keys, strict=True)
        at = f"{STUDY} leaderboard[{place}]"
        rows.append([value(cells[0], f"{at}.rank"), *(value(cut(cell), f"{at}.{key}") for cell, key in shown)])
    failures = [
        [
            value(cut(own.trial), f"{STUDY} failures[{place}].trial"),
            value(cut(own.error, 500), f"{STUDY} failures[{place}].error"),
        ]
        for place, own in enumerate(study.failures)
    ]
    failed = [table("Trials that failed", [Column("Trial"), Column("Error", f"{STUDY} failures")], failures)]
    return joined(
        _sentences(sweep_sentences(study)),
        table(f"Trials, sorted by {study.sort.replace('_', ' ')}", columns, rows, (), "numbers", f"{STUDY} sort"),
        paragraphs(leaderboard_text.footnotes(study, bars=False), f"{STUDY} leaderboard, done, trials, sort, measure"),
        *(failed if failures else []),
    )


def _seeds(story: StudyStory) -> Html:
    """The seeds of the best results side by side, for each measure that they have in common."""
    shown = story.measured[:MOST_COLUMNS]
    if not shown:
        return Html("")
    results = [own.result for own in shown]
    measures = ["solved_epoch"] if any(result.complete or any(result.solved) for result in results) else []
    names = [name for name in results[0].metrics if all(name in result.metrics for result in results)]
    scores = [name for name in names if is_score(name)]
    measures += ["train_loss", *scores[:2]]
    seeds = list(dict.fromkeys(seed for result in results for seed in result.seeds))[:MOST_ROWS]
    notes = []
    if len(story.measured) > len(shown):
        notes.append(f"The first {len(shown)} of {len(story.measured)}; {RESULTS} has them all.")
    if any(seed not in seeds for result in results for seed in result.seeds):
        notes.append(f"The first {count(len(seeds), 'seed')}; {RESULTS} has them all.")
    return joined(paragraphs(notes, RESULTS), *(_side_by_side(shown, seeds, measure) for measure in measures))


def _side_by_side(shown: Sequence[Measured], seeds: Sequence[int], measure: str) -> Html:
    caption = "Epoch that solved it" if measure == "solved_epoch" else metric_words(measure).capitalize()
    columns = [
        Column("Seed", f"{shown[0].place}seeds"),
        *(Column(cut(own.label, 80), f"{own.place}{_key(measure)}") for own in shown),
    ]
    rows = [[_seed(shown, seed), *(_of_seed(own, seed, measure) for own in shown)] for seed in seeds]
    return table(caption, columns, rows, seeds, "numbers")


def _seed(shown: Sequence[Measured], seed: int) -> Html:
    own = next(own for own in shown if seed in own.result.seeds)
    return value(str(seed), f"{own.place}seeds[{own.result.seeds.index(seed)}]")


def _of_seed(own: Measured, seed: int, measure: str) -> Html | str:
    if seed not in own.result.seeds:
        return NOTHING
    r = own.result.seeds.index(seed)
    found = own.result.solving_epochs[r] if measure == "solved_epoch" else own.result.metrics[measure][r]
    return NOTHING if found is None else value(metric_text(measure, found), f"{own.place}{_key(measure)}[{r}]", found)


def _key(measure: str) -> str:
    return measure if measure == "solved_epoch" else f"metrics.{measure}"


def _reproduce(story: StudyStory) -> Html:
    lines = [
        *_made_by(story),
        f"# check that its files, and those of its runs, are intact\n{command('verify', story.place)}",
        *_again(story),
    ]
    return joined(element("p", where_to_run(story.place)), code("\n\n".join(lines), "Commands"))


def _made_by(story: StudyStory) -> Iterator[str]:
    """The command that made a study, if that was one that makes studies and not something that only says so."""
    match story.study.made_by:
        case ("compare" | "sweep" | "atlas" as name, config, *words):
            yield f"# make it again, where the config is\n{writing(name, config, *words, place=story.place)}"


def _again(story: StudyStory) -> Iterator[str]:
    if story.first:
        run = f"{story.place}/{story.first}"
        yield f"# retrain one of its runs, and compare every weight bit by bit\n{writing('reproduce', run, place=run)}"
        yield f"# train its config as another run\n{writing('train', f'{run}/{CONFIG}', place=run)}"
    study = story.study
    if isinstance(study, ComparisonStudy) and story.first and len(study.variants) <= MOST_COLUMNS:
        runs = [f"{story.place}/{own.result.run}" for own in study.variants]
        again = command("compare", *runs, "--baseline", story.first)
        yield f"# compare its runs again, without training\n{again}"
