"""What flows through the layers of a network before, during and after training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nncli.errors import ExitCode, UserError
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import knows_start
from nncli.pictures.subject import Numbers, Subject, all_seeds

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.analysis.forecast_record import LayerForecast
    from nncli.report.flow_text import Moment

FORECAST_SEEDS = 20
"""The most seeds on which the variances of a forecast are measured."""


def _draw(subject: Subject, width: float) -> Figure:
    from nncli.report.flow_text import flow_name
    from nncli.report.names import short_name
    from nncli.report.plots.flow import FlowMaps, flow_figure

    flow = subject.flow
    moments = flow.recorded or flow.moments
    layers = tuple(short_name(flow_name(flow, flow.moments[0], place), 24) for place in range(len(flow.names)))
    values = _medians(moments, ("a_mean", "a_variance", "gradient_norm", "dead", "saturated"))
    values["a_spread"] = np.sqrt(values.pop("a_variance"))
    is_recorded = bool(flow.recorded)
    when = tuple(own.epochs[0] for own in moments) if is_recorded else ("first", "final")
    several = ": median" if len(subject.seeds) > 1 else ""
    forecast, reason = _forecast(subject)
    title = f"{subject.title}{several}, {flow.rows} training rows"
    return flow_figure(FlowMaps(layers, when, values), forecast, reason, title, width)


def _medians(moments: tuple[Moment, ...], names: Sequence[str]) -> dict[str, Numbers]:
    """Quantities of each layer at each moment (L, T): medians over the seeds. One that has stopped keeps its value."""
    last: dict[int, list[list[float]]] = {}
    found = []
    for moment in moments:
        for seed, layers in zip(moment.seeds, moment.layers, strict=True):
            last[seed] = [[getattr(layer, name) for name in names] for layer in layers]
        found.append(np.median([*last.values()], axis=0))  # a layer has a quantity for all seeds, or for none
    return {name: np.array(found)[..., place].T for place, name in enumerate(names)}


def _forecast(subject: Subject) -> tuple[tuple[LayerForecast, ...], str]:
    """The expected and measured variances of its first weights; or none, and why."""
    from nncli.config.recorded_config import recorded_document
    from nncli.diagnosis.forecast import forecast

    if subject.experiment.start.is_given:
        return (), "the first weights were not drawn"
    try:
        experiment = subject.experiment.with_seeds(subject.seeds[:FORECAST_SEEDS])
        return forecast(experiment, recorded_document(subject.run)).layers, ""
    except UserError as error:
        if error.code != ExitCode.USAGE:
            raise
        return (), error.given


def _fits(subject: Subject) -> bool:
    """Whether the flow can be measured: a layer with statistics of the batch needs rows."""
    if not knows_start(subject):
        return False
    try:
        return bool(subject.flow.names)
    except UserError as error:
        if error.code not in (ExitCode.USAGE, ExitCode.DATA):  # DATA: the run that it started from has changed
            raise
        return False


KINDS = {
    "flow": Kind(
        "training rows for the statistics of its layers, and first weights",
        _fits,
        _draw,
        seeds=all_seeds,
        reading=(
            "What flows through each layer, the first one on top. Activations whose spread fades or grows from layer "
            "to layer, and gradient norms that differ by decades between layers, make a network hard to train; dead "
            "units learn nothing, saturated ones hardly anything."
        ),
    )
}
