"""What a page tells about a run or a study: its record, its pictures, and why seeds missed their goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict, TypeVar

from nncli.analysis.comparison_record import ComparisonStudy
from nncli.analysis.sweep_record import SweepStudy
from nncli.diagnosis.advice import advice
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.diagnosis_json import DIAGNOSIS, read_diagnosis
from nncli.diagnosis.evidence import evidence_of_run
from nncli.errors import command
from nncli.pictures.kind import Kind, draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import StudySubject, study_subject
from nncli.pictures.subject import Subject, subject_of
from nncli.report.numbers import seed_list
from nncli.report.page.parts import Picture, cut
from nncli.report.page.run_page import RunStory
from nncli.report.page.study_page import STUDY, Measured, StudyStory
from nncli.runs.directory import OVER, RESULT, RunDirectory
from nncli.runs.listing import list_runs
from nncli.storage.strict_json import PlainObject
from nncli.studies.plan import read_plan
from nncli.studies.study_directory import is_sweep, read_study
from nncli.studies.sweep import read_sweep
from nncli.studies.trials import finished_runs

S = TypeVar("S", Subject, StudySubject)


def story_of_run(run: RunDirectory) -> RunStory:
    """All that a page tells about a finished run. Raises: `UserError` as `subject_of`."""
    subject = subject_of(run)
    return RunStory(
        folder=run.folder,
        design=subject.experiment,
        result=subject.result,
        config=run.read_config(),
        environment=run.read_environment(),
        pictures=tuple(_pictures(subject, KINDS)),
        curves=subject.curves if subject.curves.seeds else None,
        **_why(subject),
    )


class _Why(TypedDict):
    """The fields of a story about why seeds missed their goal."""

    advice: tuple[str, ...]
    diagnosis: PlainObject | None
    diagnosed_by: str
    to_diagnose: str


def _why(subject: Subject) -> _Why:
    """A diagnosis that was recorded, or else one that is quick where seeds missed their goal, or else the command."""
    run, advised = subject.run, list[str]()
    found, by = read_diagnosis(run), DIAGNOSIS
    if found is None and subject.result.status in OVER:
        evidence = evidence_of_run(run)
        if not evidence.missed or evidence.is_quick:
            found, by = diagnose(evidence).as_plain(), command("diagnose", run.folder, "--json")
        else:
            advised = [f"The goal was {evidence.goal}; it is missed by {seed_list(evidence.missed)}."]
            advised += [line for line in advice(subject.experiment, subject.result, run.path) if "nncli " not in line]
    asked = found is None or (not found.get("proof") and any(cause["fix"] for cause in found["causes"]))
    more = command("diagnose", run.folder, "--prove") if asked else ""
    return {"advice": tuple(advised), "diagnosis": found, "diagnosed_by": by, "to_diagnose": more}


def story_of_study(path: Path) -> StudyStory:
    """All that a page tells about a study. Raises: `UserError` (code FILES or CORRUPT) if it cannot be read."""
    found = _sweep(path) if is_sweep(path) else _comparison(path)
    study, measured, first = found
    return StudyStory(
        folder=path.name,
        study=study,
        measured=measured,
        first=first.folder if first else "",
        config=first.read_config() if first else "",
        environment=first.read_environment() if first else None,
        pictures=tuple(_pictures(study_subject(path), STUDY_KINDS)),
    )


def _comparison(path: Path) -> tuple[ComparisonStudy, tuple[Measured, ...], RunDirectory | None]:
    study = read_study(path)
    places = study.comparison.ranking
    measured = tuple(
        Measured(study.variants[place].label, f"{STUDY} variants[{place}].result.", study.variants[place].result)
        for place in places
    )
    baseline = next(own.result.run for own in study.variants if own.label == study.comparison.baseline)
    return study, measured, _run(path, baseline)


def _sweep(path: Path) -> tuple[SweepStudy, tuple[Measured, ...], RunDirectory | None]:
    found = read_sweep(path)
    runs = finished_runs(path, read_plan(path).pending({}))
    by_trial = {name.rpartition("-")[2]: own for name, own in runs.items()}
    measured = []
    for row in found.record.leaderboard:
        run, result = by_trial[row.trial]
        measured.append(Measured(f"{row.rank}: {', '.join(row.values)}", f"{run.folder}/{RESULT} ", result))
    return found.record, tuple(measured), found.first


def _run(path: Path, folder: str) -> RunDirectory | None:
    return next((run for run in list_runs(path) if run.folder == folder), None)


def _pictures(subject: S, kinds: Mapping[str, Kind[S]]) -> Iterator[Picture]:
    from nncli.report.plots.in_page import in_page

    for name, figure in draw(subject, kinds):
        title = f"{name.replace('_', ' ')}: {cut(subject.title)}"
        yield Picture(name, title, kinds[name].source, in_page(figure, name, title))
