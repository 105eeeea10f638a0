"""What a kind of picture is; draws those that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from nncli.errors import ExitCode, UserError
from nncli.registry import unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.report.plots.film import Stage

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """A kind of picture of a run, or of a study.

    Attributes:
        needs: what a subject must have, as in `two inputs`.
        fits: whether a subject has it.
        draw: draws it, this wide in inches.
        source: the files that what it shows comes from.
        seeds: those of a subject that it shows. A film ends when they have stopped; of a single one, all is its mark.
        film: draws a subject at several moments of its training; None if it does not show one.
        reading: how to read it, in a few sentences; docs/pictures.md has them, too.
    """

    needs: str
    fits: Callable[[S], bool]
    draw: Callable[[S, float], Figure]
    source: str = "weights.npz, and the rows that config.yaml names"
    seeds: Callable[[S], tuple[int, ...]] = lambda _: ()
    film: Callable[[Sequence[S], float], Stage] | None = None
    reading: str = field(kw_only=True)


def chosen(subject: S, known: Mapping[str, Kind[S]], names: Sequence[str] = ()) -> Sequence[str]:
    """These kinds, each once; without names, all known kinds that fit, in their order.

    Raises:
        UserError: for an unknown kind, or one that does not fit.
    """
    for name in names:
        if name not in known:
            raise unknown("kind of picture", name, known, "--kind")
        if not known[name].fits(subject):
            given = f"{name} needs {known[name].needs}, which this one does not have"
            raise UserError(given, where="--kind", allowed=f"Kinds that fit: {', '.join(_fitting(subject, known))}")
    return [*dict.fromkeys(names)] or _fitting(subject, known)


def _fitting(subject: S, known: Mapping[str, Kind[S]]) -> list[str]:
    return [own for own, kind in known.items() if kind.fits(subject)]


def draw(
    subject: S,
    known: Mapping[str, Kind[S]],
    names: Sequence[str] = (),
    width: float = 7.0,
    skipped: Callable[[str, UserError], object] = lambda _name, _error: None,
) -> Iterator[tuple[str, Figure]]:
    """Pictures by kind, this wide in inches, of the kinds that `chosen` returns; it says what it raises.

    Without names, a kind is skipped whose numbers cannot be drawn, such as predictions of weights that have diverged.

    Args:
        skipped: is told of such a kind.
    """
    from nncli.report.plots.seed_marks import belongs_whole

    for name in chosen(subject, known, names):
        try:
            figure = known[name].draw(subject, width)
            belongs_whole(figure, known[name].seeds(subject))
        except UserError as error:
            if names or error.code != ExitCode.DATA:
                raise
            skipped(name, error)
        else:
            yield name, figure
