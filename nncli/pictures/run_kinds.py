"""The kinds of pictures of a run."""

from __future__ import annotations

from collections.abc import Mapping

from nncli.pictures import (
    construction,
    epochs,
    flow,
    function,
    hidden,
    loss_surface,
    network,
    probabilities,
    regions,
    scores,
    survival,
    weights,
)
from nncli.pictures.diverged import without_diverged
from nncli.pictures.kind import Kind
from nncli.pictures.subject import Subject

KINDS: Mapping[str, Kind[Subject]] = {
    **epochs.KINDS,
    **survival.KINDS,
    **without_diverged(function.KINDS),
    **regions.KINDS,
    **hidden.KINDS,
    **weights.KINDS,
    **network.KINDS,
    **without_diverged(scores.KINDS),
    **without_diverged(probabilities.KINDS),
    **flow.KINDS,
    **loss_surface.KINDS,
    **construction.KINDS,
}
"""In the order in which they are drawn."""
