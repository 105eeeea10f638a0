"""Comparing existing runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

from nncli.analysis.comparison import compare
from nncli.analysis.comparison_record import ComparisonStudy, StudyAxis, StudyVariant
from nncli.config.document import Data
from nncli.config.inheritance import INHERITED
from nncli.config.recorded_config import recorded_document
from nncli.errors import ExitCode, KeyPath, UserError, dotted
from nncli.runs.directory import CONFIG, DATA, RunDirectory
from nncli.runs.result_json import sound_result
from nncli.runs.result_record import Result
from nncli.storage.json_shape import require
from nncli.studies.comparable_terms import READ, terms_of
from nncli.studies.compare import baseline_of, seed_results
from nncli.studies.trials import slug
from nncli.tasks.data_json import Signature

LONGEST = 30
"""Maximum length of a label; beyond it, the run's name is clearer."""


def compare_runs(runs: Sequence[RunDirectory], *, baseline: str | None = None) -> ComparisonStudy:
    """The comparison of finished runs, as the record of a study without a folder.

    Runs are labeled by what differs between their configs, so that runs of a shell loop give the same table as
    a comparison over that axis; if the labels are long or not unique, by their names.

    Raises:
        UserError: for a run that is not finished, runs of different tasks or seeds, or an unknown baseline.
    """
    if len(runs) < 2:
        raise UserError("a single run cannot be compared", hint="Name two or more")
    results = [_result(run) for run in runs]
    for word, values in (("tasks", {own.task for own in results}), ("seeds", {own.seeds for own in results})):
        if len(values) > 1:
            raise UserError(f"the runs have different {word}", hint=f"Only runs with the same {word} can be paired")
    configs = [_config(run) for run in runs]
    axes, labels = _labels(runs, configs)
    called = {name: label for run, label in zip(runs, labels, strict=True) for name in (run.name, run.path.name)}
    position = baseline_of(labels, called.get(baseline or "", baseline))
    hashes = [Signature.from_plain(run.read_data(), str(run.path / DATA)).sha256 for run in runs]
    terms = terms_of(configs, hashes, [result.rows["train"] for result in results])
    variants = tuple(
        StudyVariant(label, (), own, result) for label, own, result in zip(labels, terms, results, strict=True)
    )
    return ComparisonStudy(
        study="compare",
        name=_common_name(runs, labels) or results[0].task,
        epochs=max(result.epochs_planned for result in results),
        axes=axes,
        variants=variants,
        comparison=compare(seed_results(variants), position),
    )


def _common_name(runs: Sequence[RunDirectory], labels: Sequence[str]) -> str:
    """What the names of runs begin with, if each ends in its label, as `xor-tanh` and `xor-relu` do; else empty."""
    ends = [(run.name, f"-{slug(label)}") for run, label in zip(runs, labels, strict=True)]
    names = {name.removesuffix(end) for name, end in ends if name.endswith(end)}
    return names.pop() if len(names) == 1 and all(name.endswith(end) for name, end in ends) else ""


def _result(run: RunDirectory) -> Result:
    result = sound_result(run)
    if not isinstance(result, Result):
        raise UserError(f"this run is {run.status}, not finished", where=str(run.path), code=ExitCode.CORRUPT)
    return result


def _config(run: RunDirectory) -> dict[str, Data]:
    config = recorded_document(run).data
    require(config, READ, str(run.path / CONFIG), "the config of a run")
    return cast("dict[str, Data]", config)


def _labels(
    runs: Sequence[RunDirectory], configs: Sequence[dict[str, Data]]
) -> tuple[tuple[StudyAxis, ...], list[str]]:
    """The axes on which runs differ, and a label for each run."""
    places = differences(configs)
    columns = [as_labels([_at(config, place) for config in configs]) for place in places]
    labels = [", ".join(own) for own in zip(*columns, strict=True)]
    if places and len(set(labels)) == len(labels) and max(map(len, labels)) <= LONGEST:
        axes = (
            StudyAxis(dotted(place), tuple(dict.fromkeys(column)))
            for place, column in zip(places, columns, strict=True)
        )
        return tuple(axes), labels
    names = [run.name for run in runs]
    return (), [run.name if names.count(run.name) == 1 else run.path.name for run in runs]


def differences(configs: Sequence[dict[str, Data]]) -> list[KeyPath]:
    """The places where resolved configs differ, except names and values that layers inherit from the top level."""
    places = [place for place in _differing(configs, ()) if place and place[0] not in ("name", "seeds")]
    return [place for place in places if not all(_inherits(config, place) for config in configs)]


def _inherits(config: dict[str, Data], place: KeyPath) -> bool:
    """Whether a layer's value at this place equals the top-level value of the same key."""
    for depth, key in enumerate(place[1:], start=1):
        if key in INHERITED and key in config:
            return bool(_at(config, place[: depth + 1]) == config[key])
    return False


def _differing(values: Sequence[Data], place: KeyPath) -> Iterator[KeyPath]:
    if all(value == values[0] for value in values):
        return
    mappings = [value for value in values if isinstance(value, dict)]
    lists = [value for value in values if isinstance(value, list)]
    if len(mappings) == len(values) and (not place or all(own.keys() == mappings[0].keys() for own in mappings)):
        for key in mappings[0]:
            yield from _differing([own.get(key) for own in mappings], (*place, key))
    elif len(lists) == len(values) and all(len(own) == len(lists[0]) for own in lists):
        for index, items in enumerate(zip(*lists, strict=True)):
            yield from _differing(items, (*place, index))
    else:
        yield place


def as_labels(values: Sequence[Data]) -> list[str]:
    """The values as one would type them; parts with options by name only, if the names are distinct."""
    typed = [as_typed(value) for value in values]
    short = [_part_name(value) or text for value, text in zip(values, typed, strict=True)]
    return short if len(set(short)) == len(set(typed)) else typed


def _part_name(value: Data) -> str | None:
    """The name of a part with a mapping of options, such as `{gelu: {approximation: none}}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    ((name, options),) = value.items()
    return name if isinstance(options, dict) else None


def as_typed(value: Data) -> str:
    """A value of a config as one would type it on an axis: `tanh`, `0.1`, `{l2: 0.001}`."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_typed(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_typed, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _at(config: Data, place: KeyPath) -> Data:
    here: Any = config
    for step in place:
        here = here[step]
    found: Data = here
    return found
