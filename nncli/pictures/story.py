"""What a page tells about a run: its record, its pictures, and why seeds missed their goal."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.diagnosis.advice import advice
from nncli.pictures.kind import draw
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.subject import Subject, subject_of
from nncli.report.page.parts import Picture, cut
from nncli.report.page.run_page import RunStory
from nncli.runs.directory import RunDirectory


def story_of_run(run: RunDirectory) -> RunStory:
    """All that a page tells about a finished run. Raises: `UserError` as `subject_of`."""
    subject = subject_of(run)
    return RunStory(
        folder=run.folder,
        design=subject.experiment,
        result=subject.result,
        config=run.read_config(),
        environment=run.read_environment(),
        pictures=tuple(_pictures(subject)),
        advice=tuple(advice(subject.experiment, subject.result, run.path)),
    )


def _pictures(subject: Subject) -> Iterator[Picture]:
    from nncli.report.plots.in_page import in_page

    for name, figure in draw(subject, KINDS):
        title = f"{name.replace('_', ' ')}: {cut(subject.title)}"
        yield Picture(name, title, KINDS[name].source, in_page(figure, name, title))
