"""`compare`: train variants on the same seeds and data, and say which is better and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nncli.analysis.comparison import Trials
from nncli.analysis.comparison import compare as compare_trials
from nncli.errors import ExitCode, UserError, did_you_mean
from nncli.experiment import Finished, Listener, run_stack
from nncli.report.comparison import markdown
from nncli.studies.directory import create_study, write_study
from nncli.studies.grammar import Axis
from nncli.studies.stacking import stacks
from nncli.studies.variants import Variant


@dataclass(frozen=True, slots=True)
class Study:
    """A finished comparison: where it is, and what `study.json` says."""

    path: Path
    record: dict[str, Any]


def compare(
    axes: Sequence[Axis],
    variants: Sequence[Variant],
    *,
    name: str,
    title: str,
    baseline: str | None = None,
    runs_dir: Path = Path("runs"),
    listener: Listener | None = None,
) -> Study:
    """Train all variants, as few stacks as can be, and compare them.

    Args:
        axes, variants: as `make_variants` gives them.
        name: of the study's folder.
        title: what it is called in its headline.
        baseline: the label of the variant that the others are set against; default: the first.

    Raises:
        UserError: for an unknown baseline, variants on different seeds, and whatever training raises.
    """
    position = baseline_of([variant.label for variant in variants], baseline)
    seeds = [variant.experiment.config.seed_list for variant in variants]
    if any(other != seeds[0] for other in seeds):
        raise UserError("the variants have different seeds", hint="Give all of them the same, with --seeds")
    path = create_study(runs_dir, name)
    finished = train_all([variant.experiment for variant in variants], path, listener)
    entries = [
        {"label": variant.label, "overrides": list(variant.overrides), "result": run.result}
        for variant, run in zip(variants, finished, strict=True)
    ]
    record = {
        "study": path.name,
        "kind": "compare",
        "name": title,
        "epochs": max(variant.experiment.config.training.epochs for variant in variants),
        "axes": [{"key": axis.key, "values": list(axis.values)} for axis in axes],
        **record_of(entries, position),
    }
    write_study(path, record, markdown(record))
    return Study(path, record)


def train_all(experiments: Sequence[Any], runs_dir: Path, listener: Listener | None) -> list[Finished]:
    """Train experiments in stacks; the runs come in the order of the experiments.

    Raises:
        UserError: (code INTERRUPTED) if a listener asked to stop.
    """
    found: dict[int, Finished] = {}
    for stack in stacks(experiments):
        runs = run_stack([experiments[index] for index in stack], runs_dir=runs_dir, listener=listener)
        found |= dict(zip(stack, runs, strict=True))
        if any(run.result["status"] == "interrupted" for run in runs):
            given = (
                f"interrupted: {len(found) - len(stack)} of {len(experiments)} variants are trained, too few to compare"
            )
            raise UserError(given, allowed=f"Their runs are in {runs_dir}", code=ExitCode.INTERRUPTED)
    return [found[index] for index in range(len(experiments))]


def record_of(entries: list[dict[str, Any]], baseline: int) -> dict[str, Any]:
    """The part of `study.json` that follows from results alone: the variants, and what their comparison says."""
    trials = [trials_of(entry["label"], entry["result"]) for entry in entries]
    return {"variants": entries, "comparison": compare_trials(trials, baseline)}


def trials_of(label: str, result: dict[str, Any]) -> Trials:
    """The trials of a variant from the object of its `result.json`."""

    def numbers(values: list[float | None], missing: float) -> Any:
        return np.array([missing if value is None else value for value in values], float)

    return Trials(
        label=label,
        seeds=np.array(result["seeds"], np.int64),
        solved_epoch=numbers(result["solved_epoch"], np.inf),
        # Unsolved by its own stopping rule is unsolved to the end; only an interrupted seed was watched for less.
        epochs=np.array(
            [
                epochs if reason == "interrupted" else result["epochs_planned"]
                for epochs, reason in zip(result["epochs"], result["stop_reason"], strict=True)
            ],
            float,
        ),
        diverged=np.array([reason == "diverged" for reason in result["stop_reason"]]),
        metrics={name: numbers(values, np.nan) for name, values in result["metrics"].items()},
        complete=result["complete"],
    )


def baseline_of(labels: Sequence[str], wanted: str | None) -> int:
    """The position of the baseline."""
    if wanted is None:
        return 0
    if wanted not in labels:
        raise UserError(
            f"there is no variant '{wanted}' to be the baseline",
            where="--baseline",
            hint=did_you_mean(wanted, labels),
            allowed=f"Variants: {'; '.join(labels[:12])}",
        )
    return list(labels).index(wanted)
