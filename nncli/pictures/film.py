"""Films: a picture at each epoch whose weights a run has recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nncli.analysis.weight_epochs import KEPT
from nncli.errors import ExitCode, UserError
from nncli.experiments.weights_history import read_history
from nncli.pictures.kind import Kind, chosen
from nncli.pictures.subject import Moment, Subject

if TYPE_CHECKING:
    from nncli.report.plots.film import Stage


def films(
    subject: Subject, known: Mapping[str, Kind[Subject]], names: Sequence[str] = (), width: float = 7.0
) -> Iterator[tuple[str, bytes]]:
    """Films by kind, as animated GIFs; without names, of all kinds that fit and can be filmed, but for
    those whose numbers cannot be drawn.

    Raises:
        UserError: for an unknown kind, one that does not fit or cannot be filmed; if no weights were recorded.
    """
    from nncli.report.plots.film import animated

    for name in filmed(subject, known, names):
        try:
            _, stage = staged(subject, known[name], width)
        except UserError as error:
            if names or error.code != ExitCode.DATA:
                raise
            continue  # its weights diverged along the way
        yield name, animated(stage)


def filmed(subject: Subject, known: Mapping[str, Kind[Subject]], names: Sequence[str] = ()) -> Sequence[str]:
    """These kinds, each once; without names, all that fit and can be filmed. Raises: `UserError` as `films`."""
    able = chosen(subject, {name: kind for name, kind in known.items() if kind.film is not None})
    wanted = chosen(subject, known, names) if names else able
    for name in wanted:
        if known[name].film is None:
            given = f"{name} cannot be filmed: it does not show the weights of one epoch"
            raise UserError(given, where="--kind", allowed=f"Kinds that can: {', '.join(able)}")
    return wanted


def staged(
    subject: Subject, kind: Kind[Subject], width: float = 7.0, most: int = KEPT
) -> tuple[tuple[int, ...], Stage]:
    """The recorded epochs up to the one by which all seeds have stopped, and a picture at each of these moments.

    Args:
        subject: a run that has recorded its weights.
        kind: one that can be filmed.
        width: in inches.
        most: of more epochs, this number is shown, the first and the last among them.

    Raises:
        UserError: (code USAGE) if the run has not recorded its weights; (code CORRUPT) if they are damaged.
    """
    if kind.film is None:
        raise ValueError("this kind of picture cannot be filmed")
    history = read_history(subject.run).of(subject.seeds)
    shown = history.of(kind.seeds(subject))
    places = np.unique(np.linspace(0, len(shown.moving) - 1, most).round().astype(int))
    moments = [Moment(history, k, shown.reached(k)) for k in (shown.moving[place] for place in places)]
    stage = kind.film([replace(subject, moment=moment) for moment in moments], width)
    return tuple(moment.epoch for moment in moments), stage
