"""The linear regions of a piecewise linear network of one or two inputs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from nncli.config.recorded_config import recorded_document
from nncli.diagnosis.exact_cells import Interval, Polygon
from nncli.diagnosis.linear_regions import Piece, Regions, TooManyRegions
from nncli.diagnosis.network_layers import check_piecewise, counts_outputs, plain_layers
from nncli.diagnosis.network_regions import of_run
from nncli.diagnosis.region_domain import box
from nncli.errors import UserError
from nncli.pictures.kind import Kind
from nncli.pictures.one_network import chosen, the_chosen
from nncli.pictures.subject import Numbers, Subject, axis
from nncli.report.numbers import count
from nncli.report.region_pieces import Bent, Faceted
from nncli.threads import limited_threads

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 800
"""Activation regions in a picture; of a network with more, only a part near the middle is shown."""
HALVINGS = 12
ASIDE = (0.07, 0.05)
"""How far from the middle, as shares of the sides: without biases, the borders of all first units meet there."""


def regions_of(subject: Subject) -> tuple[dict[str, Bent | Faceted], str]:
    """The regions of the network of one seed with its initial and its final weights, and a title.

    Raises:
        UserError: see `of_run`.
    """
    seed, why = chosen(subject)
    alone = Subject(subject.run, subject.experiment, subject.result, (seed,))
    columns = [axis(subject.splits, k, 2).tolist() for k in range(subject.experiment.input_shape[0])]
    ends = [(low, high) for low, high in columns]
    with of_run(subject.run, seed, over_training=True) as opened:
        before = [] if opened.standardization is None else [opened.standardization]
        networks = [(name, next(plain_layers(network, opened.design))) for name, network in opened.networks()]
        for halving in range(HALVINGS):
            aside = ASIDE if halving else (0.0, 0.0)
            middle = [(low + high) / 2 + off * (high - low) for (low, high), off in zip(ends, aside, strict=False)]
            half = [(high - low) / 2 ** (halving + 1) for low, high in ends]
            text = ",".join(f"{m - h!r},{m + h!r}" for m, h in zip(middle, half, strict=True))
            domain = box(text, len(ends), opened.rows)
            try:
                with limited_threads(opened.design.threads):
                    found = {name: domain.regions([*before, *layers], MOST) for name, layers in networks}
                break
            except TooManyRegions:
                continue
        else:
            raise UserError("too many linear regions to draw", hint=f"Count them: nncli regions {subject.run.folder}")
    what = "" if counts_outputs(opened.design) else "; z before the output's activation"
    zoom = f"; near the middle, 1/{2**halving} as wide" if halving else ""
    title = alone.title + (f", {why}" if why else "") + zoom + what
    pieces = _bent if len(ends) == 1 else _faceted
    return {name: pieces(own) for name, own in found.items()}, title


def _headline(regions: Regions[Interval] | Regions[Polygon]) -> str:
    linear, active = regions.linear_regions, regions.activation_regions
    more = f" of {count(active, 'activation region')}" if active > linear else ""
    return f"{count(linear, 'linear region')}{more}"


def _bent(regions: Regions[Interval]) -> Bent:
    """The first output on each piece, exactly at its ends."""
    lines = []
    for piece in regions.pieces:
        slope, constant = _affine(piece)
        ends = [Fraction(*end) for end in (piece.cell.low, piece.cell.high)]
        lines.append([[float(x), float(slope * x + constant)] for x in ends])
    return Bent(np.array(lines), np.array(regions.region), _headline(regions))


def _faceted(regions: Regions[Polygon]) -> Faceted:
    """The corners of each piece, and the slope of the first output on it."""
    slopes = np.array([[float(own) for own in _affine(piece)[:2]] for piece in regions.pieces])
    corners = [np.array([[x / w, y / w] for x, y, w in piece.cell.corners]) for piece in regions.pieces]
    steepness: Numbers = np.hypot(*slopes.T)
    is_flat = not steepness.any()  # as after step units
    values = np.array([float(_affine(piece)[2]) for piece in regions.pieces]) if is_flat else steepness
    return Faceted(corners, values, np.array(regions.region), _headline(regions), is_steepness=not is_flat)


def _affine(piece: Piece[Interval] | Piece[Polygon]) -> list[Fraction]:
    return piece.affine()[0]


def _draw(subject: Subject, width: float) -> Figure:
    from nncli.report.plots.regions import regions_figure

    found, title = regions_of(subject)
    names = subject.splits["train"].input_names
    return regions_figure(found, title, names, width)


def _fits(subject: Subject) -> bool:
    experiment = subject.experiment
    if len(experiment.input_shape) != 1 or experiment.input_shape[0] > 2:
        return False
    try:
        check_piecewise(experiment, recorded_document(subject.run))
    except UserError:
        return False
    return True


KINDS = {
    "regions": Kind(
        "one or two inputs, and piecewise linear layers",
        _fits,
        _draw,
        seeds=the_chosen,
        reading=(
            "A network of relu units is linear in pieces: each unit folds a plane along a line, or a line at a point,"
            " and deeper units fold what is folded already. Training moves the folds to where the function has to "
            "bend; of two inputs, bright facets are steep."
        ),
    )
}
