"""What a page tells about a run or a study: its record, its pictures, and why seeds missed their goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, TypeVar

from nncli.analysis.comparison_record import ComparisonStudy
from nncli.diagnosis.advice import advice
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.diagnosis_json import DIAGNOSIS, read_diagnosis
from nncli.diagnosis.evidence import evidence_of_run
from nncli.errors import ExitCode, UserError, command
from nncli.experiments.predict import describe
from nncli.experiments.weights_history import has_history
from nncli.pictures.film import filmed, staged
from nncli.pictures.kind import Kind, draw
from nncli.pictures.one_network import chosen
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.pictures.study_subject import Member, StudySubject, study_subject
from nncli.pictures.subject import Subject, subject_of
from nncli.report.numbers import seed_list
from nncli.report.page.parts import Film, Picture, cut
from nncli.report.page.run_page import RunStory, writing
from nncli.report.page.study_page import STUDY, Measured, StudyStory
from nncli.runs.directory import HISTORY, OVER, RESULT, RunDirectory
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.storage.strict_json import PlainObject
from nncli.studies.study_directory import place_of

FRAMES, FILM_BYTES = 24, 450_000
"""Of all films of a page together: drawing a picture takes a while, and a page is small."""
FILM_WIDTH, DOTS = 5.0, 72
"""Inches, and pixels per inch."""

S = TypeVar("S", Subject, StudySubject)


def story_of_run(run: RunDirectory, kinds: Mapping[str, Kind[Subject]] = KINDS) -> RunStory:
    """All that a page tells about a finished run, with pictures of these kinds. Raises: `UserError` as `subject_of`."""
    try:
        subject = subject_of(run)
    except UserError as error:
        if error.code != ExitCode.DATA:
            raise
        return _without_rows(run, error)
    why = _why(subject)  # before the pictures, which take longer than to find that it cannot be read
    undrawn: list[str] = []
    pictures = tuple(_pictures(subject, kinds, undrawn))
    return RunStory(
        folder=run.folder,
        place=place_of(run.path),
        design=subject.experiment,
        result=subject.result,
        config=run.read_config(),
        environment=run.read_environment(),
        pictures=pictures,
        films=tuple(_films(subject, {name: kinds[name] for name in (own.kind for own in pictures)})),
        undrawn=tuple(undrawn),
        curves=subject.curves if subject.curves.seeds else None,
        **why,
    )


def _films(subject: Subject, kinds: Mapping[str, Kind[Subject]]) -> Iterator[Film]:
    """The films of a run that has recorded its weights, of the seed that stands for it: small pictures."""
    if not has_history(subject.run):
        return
    from nncli.report.plots.film import stills

    alone = replace(subject, seeds=(chosen(subject)[0],))
    names = filmed(alone, kinds)
    for name in names:
        try:
            epochs, stage = staged(alone, kinds[name], FILM_WIDTH, FRAMES // len(names))
        except UserError as error:
            if error.code != ExitCode.DATA:
                raise
            continue  # its weights diverged along the way
        yield Film(name, HISTORY, tuple((epochs[k], png) for k, png in stills(stage, DOTS, FILM_BYTES // len(names))))


def _without_rows(run: RunDirectory, error: UserError) -> RunStory:
    """The story of a run whose rows are missing or have changed: without what needs them."""
    design, _ = describe(run)
    result = whole_result(run)
    if not isinstance(result, Result):
        raise error
    return RunStory(
        folder=run.folder,
        place=place_of(run.path),
        design=design,
        result=result,
        config=run.read_config(),
        environment=run.read_environment(),
        pictures=(),
        undrawn=(f"There are no pictures, as they need the rows: {error}",),
        diagnosis=read_diagnosis(run),
        diagnosed_by=DIAGNOSIS,
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
            try:
                found, by = diagnose(evidence).as_plain(), command("diagnose", place_of(run.path), "--json")
            except UserError as error:
                if error.code != ExitCode.DATA:
                    raise
                advised = [f"Why cannot be found out here: {error}"]
        else:
            advised = [f"The goal was {evidence.goal}; it was missed by {seed_list(evidence.missed)}."]
            advised += [line for line in advice(subject.experiment, subject.result, run.path) if "nncli " not in line]
    asked = found is None or (not found.get("proof") and any(cause["fix"] for cause in found["causes"]))
    place = place_of(run.path)
    more = writing("diagnose", place, "--prove", place=place) if asked else ""
    return {"advice": tuple(advised), "diagnosis": found, "diagnosed_by": by, "to_diagnose": more}


def story_of_study(path: Path, kinds: Mapping[str, Kind[StudySubject]] = STUDY_KINDS) -> StudyStory:
    """All that a page tells about a study, with pictures of these kinds. Raises: `UserError` as `study_subject`."""
    subject = study_subject(path)
    first = _first(subject)
    return StudyStory(
        folder=path.resolve().name,
        place=place_of(path),
        study=subject.record,
        measured=tuple(Measured(own.label, _place(subject, own), own.result) for own in subject.members),
        first=first.folder if first else "",
        config=first.read_config() if first else "",
        environment=first.read_environment() if first else None,
        pictures=tuple(_pictures(subject, kinds, [])),
    )


def _first(subject: StudySubject) -> RunDirectory | None:
    """The run of the baseline, or of the first-ranked trial."""
    record, members = subject.record, subject.members
    if isinstance(record, ComparisonStudy):
        members = tuple(own for own in members if own.label == record.comparison.baseline)
    return members[0].run if members else None


def _place(subject: StudySubject, member: Member) -> str:
    """Where the result of a member is."""
    record = subject.record
    if isinstance(record, ComparisonStudy):
        place = next(v for v, own in enumerate(record.variants) if own.label == member.label)
        return f"{STUDY} variants[{place}].result."
    return f"{member.run.folder}/{RESULT} " if member.run else f"{RESULT} "


def _pictures(subject: S, kinds: Mapping[str, Kind[S]], undrawn: list[str]) -> Iterator[Picture]:
    """The pictures that can be drawn; of the others, a sentence each is added to `undrawn`."""
    from nncli.report.plots.in_page import in_page

    def skip(name: str, error: UserError) -> None:
        undrawn.append(f"There is no picture of {name.replace('_', ' ')}: {error}")

    for name, figure in draw(subject, kinds, skipped=skip):
        title = f"{name.replace('_', ' ')}: {cut(subject.title)}"
        yield Picture(name, title, kinds[name].source, in_page(figure, name, title), kinds[name].reading)
