"""Pictures over the epochs of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.pictures.kind import Kind
from nncli.pictures.subject import Subject, all_seeds

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _curves(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.curves import curves_figure

    return curves_figure(subject.curves, subject.result, subject.title, width)


KINDS = {
    "curves": Kind(
        "recorded epochs",
        lambda subject: bool(subject.curves.seeds),
        _curves,
        "metrics.csv",
        all_seeds,
        reading=(
            "A line is the median over the seeds, a band covers 5–95 % of them. A validation curve that turns up "
            "while the training curve still falls is overfitting; a band that stays wide means that the seed decides;"
            " a gradient norm that rises with the loss points to a learning rate that is too high. Rings mark solved "
            "seeds, crosses diverged ones."
        ),
    )
}
