"""What networks get right and wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nncli.pictures.kind import Kind
from nncli.pictures.subject import (
    Subject,
    all_seeds,
    class_names,
    classes,
    has_classes,
    last_split,
    rows_text,
    thinned,
    with_band,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _confusion(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_confusion
    from nncli.report.plots.style import figure

    split, data = last_split(subject)
    names = class_names(data)
    counts = np.zeros((len(names), len(names)))
    for predicted in subject.outputs(data.inputs):
        np.add.at(counts, (classes(data.targets), classes(predicted)), 1)
    with figure(1, 1, width, height=min(width, 1.5 + 0.5 * len(names), 6)) as (made, (axes,)):
        made.set_layout_engine("compressed")  # the axes keep their proportions, beside their scale
        draw_confusion(axes, counts, names)
        axes.set_title(f"{subject.title}, {split} rows")
    return made


def _residuals(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.scores import draw_residuals
    from nncli.report.plots.style import figure

    split, data = last_split(subject)
    with figure(1, 1, width, height=3) as (made, (axes,)):
        shown = thinned(data)
        draw_residuals(axes, shown.targets[:, 0], subject.outputs(shown.inputs)[..., 0])
        made.suptitle(f"{with_band(subject)}\n{rows_text(split, data)}")
    return made


KINDS = {
    "confusion": Kind(
        "classes",
        has_classes,
        _confusion,
        seeds=all_seeds,
        reading=(
            "How often the rows of each class (down) are taken for each class (across), on the rows held out the "
            "longest, summed over the seeds. The diagonal is right. A square beside it that is not dark names two "
            "classes that look alike to the network; a column with many of them is a class that it predicts too "
            "often."
        ),
    ),
    "residuals": Kind(
        "a number as target",
        lambda s: not has_classes(s) and s.experiment.outputs == 1,
        _residuals,
        seeds=all_seeds,
        reading=(
            "Target minus prediction, on the rows held out the longest. A dot is the median over the seeds, the line "
            "through it covers 5–95 % of them. Residuals without a pattern around 0 are noise; a slope means that "
            "large values are underestimated, a bend that the network is too stiff, a funnel that the noise grows."
        ),
    ),
}
