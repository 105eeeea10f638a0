"""Pictures of predictions, for runs of which some seeds have diverged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nncli.errors import ExitCode, UserError
from nncli.pictures.kind import Kind
from nncli.pictures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def without_diverged(kinds: Mapping[str, Kind[Subject]]) -> dict[str, Kind[Subject]]:
    """The same kinds; but if a prediction is not finite, of the seeds that have not diverged. The title counts them."""
    return {name: replace(kind, draw=partial(_draw, kind)) for name, kind in kinds.items()}


def _draw(kind: Kind[Subject], subject: Subject, width: float) -> Figure:
    try:
        return kind.draw(subject, width)
    except UserError as error:
        diverged = {s for s, how in zip(subject.result.seeds, subject.result.divergence, strict=True) if how}
        others = tuple(seed for seed in subject.seeds if seed not in diverged)
        if error.code != ExitCode.DATA or others in ((), subject.seeds):
            raise
        return kind.draw(subject.only(others), width)
