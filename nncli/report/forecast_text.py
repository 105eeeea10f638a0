"""A forecast in words: a table of the layers, and what follows from it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator

from nncli.analysis.forecast_record import Forecast
from nncli.report.numbers import short

COLUMNS = (
    ("layer", "left"),
    ("E[z²]", "right"),
    ("measured", "right"),
    ("E[dz²]", "right"),
    ("measured", "right"),
)

SHOWN = 24
"""Of a deeper network, the first and the last layers are shown, as many together."""


def forecast_cells(found: Forecast) -> list[list[str]]:
    """A row for each layer; those in the middle of a deep network are left out."""
    rows = [
        [
            f"{number} {layer.units} {layer.activation}",
            short(layer.z_variance, 3),
            _measured(layer.z_variance_measured, layer.z_variance_error),
            short(layer.gradient_variance, 3),
            _measured(layer.gradient_variance_measured, layer.gradient_variance_error),
        ]
        for number, layer in enumerate(found.layers, 1)
    ]
    if len(rows) <= SHOWN:
        return rows
    return [*rows[: SHOWN // 2], ["…", "", "", "", ""], *rows[-SHOWN // 2 :]]


def forecast_sentences(found: Forecast) -> Iterator[str]:
    """The depth scale, the verdict, and what would repair the network."""
    if not math.isnan(found.depth_scale):
        scale = f"depth scale   {_layers(found.depth_scale)}"
        if (own := found.scale) is not None:
            scale += f"   q* {_number(own.q)}   chi_1 {short(own.chi_1)}   c* {short(own.c)}"
        yield scale
    if not math.isnan(found.gradient_ratio):
        yield f"gradient      first hidden layer over last: {short(found.gradient_ratio)} (of variances)"
    if found.trainable:
        within = f"depth {found.depth} ≤ 6 × depth scale" if found.depth else "no hidden layer"
        yield f"trainable     yes: {within}{', gradient ratio within 10⁶' if found.depth else ''}"
    else:
        yield f"trainable     no, by rule of thumb: {found.reason}"
    if (target := found.critical) is not None:
        at = f"sigma_w² {target.sigma_w2:.6g}   sigma_b² {target.sigma_b2:.6g}   q* {_number(target.q)}"
        yield f"critical      {at}"
    elif found.depth:
        yield "critical      no stable critical initialization for these layers"


def repair(found: Forecast) -> str:
    """The override that makes a network trainable that is not, as an argument for a shell; empty if there is none."""
    if found.trainable or not found.override:
        return ""
    return f"try   {shlex.quote(found.override)}"


def _measured(value: float, error: float) -> str:
    return short(value, 3) if math.isnan(error) else f"{short(value, 3)} ± {short(error, 1)}"


def _layers(scale: float) -> str:
    return "infinite: critical" if math.isinf(scale) else f"{short(scale)} layers"


def _number(q: float) -> str:
    return "any" if math.isnan(q) else "infinite" if math.isinf(q) else f"{q:.5g}"
