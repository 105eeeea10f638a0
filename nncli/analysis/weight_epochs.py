"""The epochs whose weights are kept, where a config asks for that."""

from __future__ import annotations

KEPT = 30
"""The most epochs whose weights are kept."""


def weight_epochs(epochs: int) -> tuple[int, ...]:
    """The epochs whose weights are kept, ascending: 0, before training, and up to the last one planned.

    All of them if they are few, else `KEPT`: one after the other at first, then evenly spaced in the logarithm. They
    depend on the planned epochs alone, so that all seeds have the same ones, wherever each of them stops.
    """
    count = min(KEPT, epochs + 1)
    found = [0, 1][:count]
    while len(found) < count:
        last, left = found[-1], count - len(found)
        found.append(max(last + 1, round(last * (epochs / last) ** (1 / left))))
    return tuple(found)
