"""The page of a run: what was asked, what came out, why, and how to get it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from nncli.analysis.intervals import wilson
from nncli.config.experiment import Design
from nncli.errors import command
from nncli.report.curve_panels import curve_panels
from nncli.report.headline import headline, network_text, rule, table, task_text
from nncli.report.metric_text import LOSSES_AT_STOP, NAMES, epochs_spread, metric_text
from nncli.report.numbers import NOTHING, count, duration, grouped, percent, quantiles, seed_list
from nncli.report.page.diagnosis_part import diagnosis_part
from nncli.report.page.document import Section, page
from nncli.report.page.markup import Child, Html, element, joined
from nncli.report.page.parts import (
    Column,
    Film,
    Picture,
    code,
    cut,
    facts,
    figure,
    film,
    paragraphs,
    sentence,
    sourced,
    spaced,
    value,
)
from nncli.report.page.parts import table as table_of
from nncli.report.summary import interrupted_text, lowest_of_all, outcome_lines
from nncli.runs.curves import Curves
from nncli.runs.directory import CONFIG, ENVIRONMENT, RESULT, WEIGHTS
from nncli.runs.result_record import Result
from nncli.storage.names import RUNS
from nncli.storage.strict_json import PlainObject


@dataclass(frozen=True, slots=True)
class RunStory:
    """All that a page tells about a run.

    Attributes:
        folder: its name.
        place: its path, seen from where the folder of all runs is: `runs/xor-20261122T143800Z-3fa2c1`.
        design, result: what was trained, and what came out.
        config: the text of its `config.yaml`.
        environment: the object of its `environment.json`; None if that is missing.
        pictures: in their order.
        films: of kinds of pictures whose weights were recorded during training.
        undrawn: which pictures there are not, and why.
        advice: why some seeds failed, if that is known at once.
        diagnosis: why seeds missed the goal, as `nncli diagnose --json` says it; None if nobody looked.
        diagnosed_by: the file or the command that it comes from.
        to_diagnose: a command that finds out more; empty if there is nothing to find out.
        curves: what was recorded over the epochs, for scripts; None if nothing was.
    """

    folder: str
    place: str
    design: Design
    result: Result
    config: str
    environment: PlainObject | None
    pictures: tuple[Picture, ...]
    films: tuple[Film, ...] = ()
    undrawn: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    diagnosis: PlainObject | None = None
    diagnosed_by: str = ""
    to_diagnose: str = ""
    curves: Curves | None = None


def run_page(story: RunStory) -> str:
    """The page as HTML."""
    drawn = picture_figures(story.pictures, story.place)
    sections = [
        Section("asked", "What was asked", _asked(story)),
        Section("results", "What came out", _results(story)),
        Section(
            "pictures",
            "Pictures",
            joined(paragraphs(story.undrawn, f"{CONFIG}, {WEIGHTS}"), drawn, *map(film, story.films)),
        ),
        Section("seeds", "Seeds", _seeds(story.result)),
        Section("diagnosis", "Diagnosis", _diagnosis(story)),
        Section("config", "Config", code(story.config, "The config", CONFIG)),
        Section("environment", "Environment", environment_table(story.environment)),
        Section("reproduce", "How to reproduce it", _reproduce(story)),
    ]
    said = sourced("p", spaced(headline(story.design)), f"{CONFIG} name, task, architecture, output, training, seeds")
    lead = joined(said, element("p", element("code", story.folder)))
    data = {} if story.curves is None else {"curves-data": curve_data(story.curves)}
    return page(cut(story.design.name), lead, sections, data, f"{CONFIG} name")


def _asked(story: RunStory) -> Html:
    design, result = story.design, story.result
    training = design.training
    rows = ", ".join(f"{grouped(number)} {split}" for split, number in result.rows.items())
    seeds = result.seeds
    in_a_row = len(seeds) > 1 and seeds == tuple(range(seeds[0], seeds[0] + len(seeds)))
    which = f"{seeds[0]} to {seeds[-1]}" if in_a_row else ", ".join(map(str, seeds[:12]))
    which += f" and {len(seeds) - 12} more" if len(seeds) > 12 and not in_a_row else ""
    known = (
        ("Task", value(task_text(design), f"{RESULT} task", result.task)),
        ("Rows", value(rows, f"{RESULT} rows")),
        ("Network", value(network_text(design), f"{CONFIG} architecture")),
        ("Parameters", value(grouped(result.parameters), f"{RESULT} parameters", result.parameters)),
        ("Learning rule", value(rule(design), f"{CONFIG} training")),
        ("Epochs, at most", value(grouped(training.epochs), f"{CONFIG} training.epochs", training.epochs)),
        ("Seeds", value(f"{count(len(seeds), 'seed')}: {which}", f"{RESULT} seeds")),
        ("Precision", value(design.dtype.name, f"{CONFIG} dtype")),
    )
    source = f"{CONFIG} task, architecture, output"
    layers = table_of(
        "Layers",
        [Column(name, source) for name in ("Layer", "Output", "Parameters")],
        (
            [
                value("· " * own.depth + own.layer, source),
                value(" × ".join(map(str, own.output_shape)), source),
                value(grouped(own.parameters), source, own.parameters),
            ]
            for own in table(design)
        ),
        name="numbers",
    )
    return joined(facts(known), layers)


def _results(story: RunStory) -> Html:
    result = story.result
    lines = [*outcome_lines(result)] if len(result.seeds) == 1 else []
    known: list[tuple[str, Child]] = [*outcome_facts(result)]
    return joined(paragraphs(map(sentence, lines), RESULT), facts(known), finals_table(result))


def outcome_facts(result: Result) -> Iterator[tuple[str, Child]]:
    """What became of the seeds, in words with numbers."""
    total, solved = len(result.seeds), sum(epoch is not None for epoch in result.solving_epochs)
    low, high = wilson(solved, total)
    yield "Status", value(result.status, f"{RESULT} status")
    if result.complete or solved:
        share = f"{solved} of {count(total, 'seed')}, {percent(solved / total)}; 95 % interval "
        interval = f"{100 * low:.1f} to {100 * high:.1f} %"
        source = f"{RESULT} solved; Wilson's interval"
        yield "Solved", value(f"{share}{interval}", source, solved)
    diverged = [result.seeds[r] for r, reason in enumerate(result.stop_reason) if reason == "diverged"]
    if diverged:
        yield "Diverged", value(seed_list(diverged), f"{RESULT} divergence", len(diverged))
    if where := interrupted_text(result):
        yield "Interrupted in", value(where, f"{RESULT} epochs, epochs_planned, stop_reason")
    times = [epoch for epoch in result.solving_epochs if epoch is not None]
    if total > 1 and times:
        yield "Epochs to solve", value(_spread(epochs_spread(times, "solved")), f"{RESULT} solved_epoch")
    if total > 1 and (lowest := lowest_of_all(result)):
        yield "Lowest validation loss", value(_spread(lowest[1]), f"{RESULT} lowest_validation")
    if lost := result.lost_epochs:
        text = f"{count(len(lost), 'seed')} solved the task in some epoch, but not at the end"
        yield "Lost", value(text, f"{RESULT} solved_epoch, solved", len(lost))
    yield (
        "Training took",
        value(duration(result.seconds.training), f"{RESULT} seconds.training", result.seconds.training),
    )


def _spread(text: str) -> str:
    """A number in the column of a terminal and what it is, with a comma between them."""
    return ", ".join(text.split(maxsplit=1))


def finals_table(result: Result) -> Html:
    """Each final metric over the seeds that have it: median, 5 % and 95 %, least and most; how many, if not all do."""
    total = len(result.seeds)
    if all(number is None for values in result.metrics.values() for number in values):
        ended = ": training diverged" if "diverged" in result.stop_reason else ""
        return sourced("p", f"There are no final metrics{ended}.", f"{RESULT} metrics")
    words = ("median", "5 % point", "95 % point", "least", "most") if total > 1 else ("value",)
    lacking = any(number is None for values in result.metrics.values() for number in values)
    rows: list[list[Child]] = []
    for name, values in result.metrics.items():
        known = [number for number in values if number is not None]
        source = f"{RESULT} metrics.{name}"
        cells: list[Child] = [NOTHING] * len(words)
        if known:
            low, middle, high = quantiles(known)
            shown = [middle, low, high, min(known), max(known)] if total > 1 else [middle]
            cells = [
                value(metric_text(name, number), f"{source}, {word}", number)
                for number, word in zip(shown, words, strict=True)
            ]
        if total > 1 and lacking:
            cells = [value(f"{len(known)} of {total}", f"{source}, how many are not null", len(known)), *cells]
        rows.append([value(metric_words(name), source), *cells])
    headings = ["Median", "5 %", "95 %", "Least", "Most"] if total > 1 else ["Value"]
    headings = ["Seeds with a value", *headings] if total > 1 and lacking else headings
    caption = f"Final metrics of {count(total, 'seed')}" if total > 1 else "Final metrics"
    columns = [Column("Metric", f"{RESULT} metrics"), *(Column(heading, f"{RESULT} metrics") for heading in headings)]
    return table_of(caption, columns, rows, name="numbers", source=f"{RESULT} seeds")


def metric_words(metric: str) -> str:
    """The name of a metric with its split, for people: `train_r2` as `train R²`."""
    words = metric.split("_", 1)
    return cut(" ".join([*words[:-1], NAMES.get(words[-1], words[-1].replace("_", " "))]))


def picture_figures(pictures: Sequence[Picture], place: str) -> Html:
    """Pictures, each with the command that draws it alone. Args: place: of the run or study."""
    return joined(*(figure(own, command("plot", place, "--kind", own.kind)) for own in pictures))


def _seeds(result: Result) -> Html:
    """The table of seeds."""
    solves = result.complete or any(result.solved)
    solving = [Column("Solved", f"{RESULT} solved"), Column("Solved in epoch", f"{RESULT} solved_epoch")]
    columns = [
        Column("Seed", f"{RESULT} seeds"),
        Column("Stopped by", f"{RESULT} stop_reason"),
        *(solving if solves else []),
        Column("Epochs", f"{RESULT} epochs"),
        *(Column(metric_words(name), f"{RESULT} metrics.{name}") for name in result.metrics),
        Column("Weights, SHA-256", f"{RESULT} weights_sha256"),
    ]
    rows = [[*_seed(result, r, solves=solves)] for r in range(len(result.seeds))]
    caption = f"All {count(len(rows), 'seed')}" if len(rows) > 1 else "The seed"
    listed = table_of(caption, columns, rows, result.seeds, "numbers", f"{RESULT} seeds")
    note = [LOSSES_AT_STOP] if len(rows) > 1 and "solved" in result.stop_reason else []
    return joined(listed, paragraphs(note, f"{RESULT} stop_reason"))


def _seed(result: Result, r: int, *, solves: bool) -> Iterator[Child]:
    """The cells of a seed."""
    yield _at(str(result.seeds[r]), "seeds", r)
    yield _at(result.stop_reason[r], "stop_reason", r)
    if solves:
        yield _at("yes" if result.solved[r] else "no", "solved", r)
        yield _number(result.solving_epochs[r], "solved_epoch", r)
    yield _number(result.epochs[r], "epochs", r)
    for name, values in result.metrics.items():
        yield _metric(name, values[r], r)
    yield value(result.weights_sha256[r][:8], f"{RESULT} weights_sha256[{r}]", result.weights_sha256[r])


def _at(text: str, key: str, r: int) -> Html:
    return value(text, f"{RESULT} {key}[{r}]")


def _number(number: int | None, key: str, r: int) -> Html | str:
    return NOTHING if number is None else _at(str(number), key, r)


def _metric(name: str, number: float | None, r: int) -> Html | str:
    if number is None:
        return NOTHING
    return value(metric_text(name, number), f"{RESULT} metrics.{name}[{r}]", number)


def _diagnosis(story: RunStory) -> Html:
    told = paragraphs(map(sentence, story.advice), f"{CONFIG}, {RESULT}")
    if story.diagnosis is not None:
        told = joined(told, diagnosis_part(story.diagnosis, story.diagnosed_by))
    if story.to_diagnose:
        asked = "To prove the first change on the same seeds:"
        if not story.diagnosis:
            asked = "To find out why the goal was missed:"
        told = joined(told, element("p", asked), code(story.to_diagnose, "The command"))
    return told or element("p", "No diagnosis was made.")


MOST_NUMBERS, FEWEST_EPOCHS = 40_000, 20
"""Of all curves together, for scripts; with more seeds than give each at least some epochs, there are none."""


def curve_data(curves: Curves) -> dict[str, object] | None:
    """The curves as JSON for scripts, with four digits, at as many epochs as fit; None if they are too many."""
    own = {name: curves.filled(name) for panel in curve_panels(curves).values() for name in panel}
    most = MOST_NUMBERS // max(1, len(own) * len(curves.seeds))
    if not own or most < FEWEST_EPOCHS:
        return None
    at = np.unique(np.linspace(0, len(curves.epochs) - 1, min(most, len(curves.epochs))).round().astype(int))
    metrics = {
        name: [[float(f"{number:.4g}") if np.isfinite(number) else None for number in row[at]] for row in values]
        for name, values in own.items()
    }
    return {"seeds": [*map(str, curves.seeds)], "epochs": curves.epochs[at].tolist(), "metrics": metrics}


def environment_table(environment: PlainObject | None, before: str = "") -> Html:
    """The environment of a run, a row for each key. Args: before: the folder of the file, if it is not the page's."""
    if environment is None:
        return element("p", f"{ENVIRONMENT} is missing.")
    file = f"{before}{ENVIRONMENT}"
    rows = [
        [sourced("span", cut(key), file), value(cut(text), cut(f"{file} {key}"))] for key, text in flat(environment)
    ]
    return table_of("Where it ran", [Column("Key", file), Column("Value", file)], rows)


def flat(plain: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    """The values of nested objects with the path of their keys: `blas.name`."""
    for key, own in plain.items():
        if isinstance(own, Mapping):
            yield from flat(own, f"{before}{key}.")
        elif isinstance(own, Sequence) and not isinstance(own, str):
            yield f"{before}{key}", " ".join(map(str, own))
        else:
            yield f"{before}{key}", NOTHING if own is None else str(own)


def _reproduce(story: RunStory) -> Html:
    place, seed = story.place, story.result.seeds[0]
    config = f"{place}/{CONFIG}"
    lines = [
        f"# retrain it, and compare every weight bit by bit\n{writing('reproduce', place, place=place)}",
        f"# check that its files are intact\n{command('verify', place)}",
        f"# train the same config as another run\n{writing('train', config, place=place)}",
        f"# train one seed alone: the same weights\n{writing('train', config, '--seeds', f'[{seed}]', place=place)}",
    ]
    same = " The same config and seed give the same bytes with the same version of NumPy."
    return joined(element("p", where_to_run(place), same), code("\n\n".join(lines), "Commands"))


def writing(name: str, *words: str, place: str) -> str:
    """A command that writes into the folder of all runs that a place is in: the first of its path."""
    root = PurePosixPath(place).parts[0]
    return command(name, *words, *(() if root == str(RUNS) else ("--runs-dir", root)))


def where_to_run(place: str) -> Html:
    """Where the commands work that name this place."""
    return joined("Run these in the folder that contains ", element("code", cut(PurePosixPath(place).parts[0])), ".")
