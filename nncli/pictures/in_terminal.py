"""Pictures that a terminal can show: what each kind needs, drawn as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from nncli.errors import ExitCode, UserError
from nncli.pictures.kind import Kind, chosen
from nncli.pictures.study_subject import StudySubject, first
from nncli.pictures.subject import Subject, axis, class_names, classes
from nncli.report.chart import Line, Room, Scale
from nncli.report.terminal_plots import (
    PlaneText,
    curves_lines,
    fit_lines,
    plane_chart,
    plane_lines,
    scores_line,
    survival_lines,
)
from nncli.studies.compare import trials_of

S = TypeVar("S")

MOST_VOTES = 20
"""The most seeds that vote on a map."""


def draw_in_terminal(
    subject: S,
    known: Mapping[str, Kind[S]],
    able: Mapping[str, Callable[[S, Room], list[Line]]],
    names: Sequence[str],
    room: Room,
    skipped: Callable[[str, UserError], object] = lambda _name, _error: None,
) -> Iterator[list[Line]]:
    """Pictures as lines of text; without names, all that fit and that a terminal can show.

    Without names, a kind is skipped whose numbers cannot be drawn, and `skipped` is told of it.

    Raises:
        UserError: for an unknown kind, one that does not fit, or one that a terminal cannot show.
    """
    wanted = chosen(subject, known, names)
    unable = [name for name in wanted if name not in able]
    if (names and unable) or len(unable) == len(wanted):
        fitting = ", ".join(name for name in able if known[name].fits(subject)) or "none"
        given = unable[0] if names else "no picture that fits"
        raise UserError(
            f"{given} {'cannot' if names else 'can'} be drawn in a terminal",
            where="--kind" if names else "--terminal",
            allowed=f"Kinds that can: {fitting}" if names else "",
            hint="" if names else "Leave it out to draw files",
        )
    for name in wanted:
        if name in able:
            try:
                yield able[name](subject, room)
            except UserError as error:
                if names or error.code != ExitCode.DATA:
                    raise
                skipped(name, error)


def _curves(subject: Subject, room: Room) -> list[Line]:
    return [subject.title, "", *curves_lines(subject.curves, subject.result, room)]


def _boundary(subject: Subject, room: Room) -> list[Line]:
    train = subject.splits["train"]
    x, y = (Scale.of([axis(subject.splits, column, 2)], name) for column, name in enumerate(train.input_names[:2]))
    chart = plane_chart(x, y, room)
    sides = (np.linspace(own.low, own.high, n) for own, n in ((x, 2 * chart.columns), (y, 4 * chart.rows)))
    across, up = np.meshgrid(*sides)
    voters = subject.only(subject.seeds[:MOST_VOTES])
    found = voters.outputs(np.stack([across.ravel(), up.ravel()], axis=1))
    votes = np.stack([classes(own).reshape(across.shape) for own in found])
    rows = {}
    for split, data in subject.splits.items():
        labels = classes(data.targets)
        wrong = np.mean([classes(own) != labels for own in voters.outputs(data.inputs)], axis=0) > 0.5
        rows[split] = data.inputs, labels, wrong
    most = f" (the map: the first {MOST_VOTES})" if len(subject.seeds) > MOST_VOTES else ""
    drawn = plane_lines(PlaneText(x, y, class_names(train), votes, rows), room)
    return [f"{subject.title}{most}", "", *drawn, scores_line(subject.result, subject.seeds, room)]


def _fit(subject: Subject, room: Room) -> list[Line]:
    x, train = axis(subject.splits, 0, 2 * room.columns), subject.splits["train"]
    outputs = subject.outputs(x[:, None])[..., 0]
    rows = {split: (data.inputs[:, 0], data.targets[:, 0]) for split, data in subject.splits.items()}
    drawn = fit_lines(x, outputs, rows, (train.input_names[0], train.target_names[0]), room)
    return [subject.title, "", *drawn, scores_line(subject.result, subject.seeds, room)]


def _survival(subject: Subject, room: Room) -> list[Line]:
    return [subject.title, "", *survival_lines([trials_of("", subject.result)], room)]


def able_of(subject: Subject) -> Mapping[str, Callable[[Subject, Room], list[Line]]]:
    """The kinds that a terminal can show of a run: a function of two inputs it cannot."""
    flat = subject.experiment.input_shape == (1,)
    return {name: drawn for name, drawn in ABLE.items() if name != "fit" or flat}


def _study_survival(study: StudySubject, room: Room) -> list[Line]:
    shown, note = first(study.members)
    return [f"{study.title}{note}", "", *survival_lines([member.seeds for member in shown], room)]


ABLE: Mapping[str, Callable[[Subject, Room], list[Line]]] = {
    "curves": _curves,
    "survival": _survival,
    "boundary": _boundary,
    "fit": _fit,
}
"""Of a run."""

ABLE_OF_STUDY: Mapping[str, Callable[[StudySubject, Room], list[Line]]] = {"survival": _study_survival}
