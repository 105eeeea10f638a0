"""Which seed a mark of a picture belongs to, so that pages highlight it in every picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.artist import Artist
from matplotlib.figure import Figure

_WORD = "_seeds "
"""How the label of a mark begins; legends leave out labels that begin with an underscore."""


def belongs(mark: Artist, seeds: Sequence[int]) -> None:
    """Note whose mark it is: axes or an artist of one seed, or a line of points, each of the next of several seeds."""
    mark.set_label(_WORD + " ".join(map(str, seeds)))


def seeds_of(mark: Artist) -> tuple[int, ...]:
    """The seeds that a mark belongs to."""
    label = str(mark.get_label())
    return tuple(map(int, label.removeprefix(_WORD).split())) if label.startswith(_WORD) else ()


def belongs_whole(made: Figure, seeds: Sequence[int]) -> None:
    """Note that a picture shows the networks of these seeds: of one seed, all of its axes but scales are its marks."""
    if len(seeds) == 1:
        for axes in made.axes:
            if not axes.get_label():  # a scale has one
                belongs(axes, seeds)


def marked(made: Figure) -> Iterator[Artist]:
    """The artists in the axes that belong to seeds."""
    for axes in made.axes:
        yield from (own for own in axes.get_children() if seeds_of(own))
