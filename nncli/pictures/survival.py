"""When the seeds of a run are solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.pictures.kind import Kind
from nncli.pictures.subject import Subject
from nncli.studies.compare import trials_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _survival(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.survival import survival_figure

    return survival_figure([trials_of("", subject.result)], f"{subject.title}: 95 % band", width)


def _fits(subject: Subject) -> bool:
    trials = trials_of("", subject.result)
    return len(subject.seeds) > 1 and (trials.complete or bool(trials.solved.any()))


KINDS = {
    "survival": Kind(
        "several seeds that can be solved",
        _fits,
        _survival,
        "result.json",
        reading=(
            "The share of seeds not solved yet, after Kaplan and Meier, with a 95 % band. It steps down where a seed "
            "is solved; a cross is where the unsolved ones ended. A curve that stays level says that more epochs "
            "would not help: other first weights would."
        ),
    )
}
