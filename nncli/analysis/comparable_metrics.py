"""Which numbers of different runs mean the same and can be compared.

A loss is a number of one loss function on some rows; an epoch is a pass over some rows in batches of one size. Where
these differ between two runs, so does what the numbers mean, and no test of them says which run is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms on which the numbers of a run were measured; equal texts are equal terms.

    Attributes:
        loss: the loss function with its options.
        rows: the rows of all splits, as a hash.
        penalty: the penalties of all layers.
        epoch: the number of rows in a pass, and the batch size.
        tolerance: how close to its target a solved row is.
    """

    loss: str = ""
    rows: str = ""
    penalty: str = ""
    epoch: str = ""
    tolerance: str = ""


SAME = Terms()
"""Unknown terms; they count as equal to other unknown terms."""

DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "solved": ("tolerance",),
    "epochs": ("tolerance", "epoch"),
    "loss": ("loss", "rows"),
    "penalty": ("penalty",),
    "objective": ("loss", "rows", "penalty"),
}
"""On which terms a quantity depends; a score, such as R² or the accuracy, has the same meaning everywhere."""

WORDS = {
    "loss": "the loss functions differ",
    "rows": "the rows differ",
    "penalty": "the penalties differ",
    "epoch": "the batch sizes or numbers of rows differ, so an epoch is not the same work",
    "tolerance": "the tolerances differ, so solved does not mean the same",
}
"""What to say where terms differ."""

ALIASES = {"solve_rate": "solved", "epochs_to_solve": "epochs"}


def in_the_way(quantity: str, terms: Sequence[Terms]) -> tuple[str, ...]:
    """The terms because of which a quantity of some runs cannot be compared; none if it can.

    Args:
        quantity: `solved`, `epochs`, or a metric such as `validation_loss`.
        terms: of the runs.
    """
    name = ALIASES.get(quantity, quantity)
    needed = DEPENDS_ON.get(name) or DEPENDS_ON.get(name.rpartition("_")[2], ())
    return tuple(term for term in needed if len({getattr(own, term) for own in terms}) > 1)
