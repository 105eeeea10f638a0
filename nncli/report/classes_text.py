"""The classes of a data set in one line."""

from __future__ import annotations

from collections.abc import Mapping

from nncli.report.numbers import grouped

SHOWN = 30
"""Maximum number of classes shown; beyond it, the rarest are shown, since a mistaken class is among them."""


def classes_text(rows: Mapping[str, int]) -> str:
    """The classes with their row counts: `classes   cat (30)   dog (50)`; empty if there are none."""
    if not rows:
        return ""
    shown, heading = list(rows), ["classes"]
    if len(rows) > SHOWN:
        shown = sorted(rows, key=lambda name: rows[name])[:SHOWN]
        few, many = min(rows.values()), max(rows.values())
        heading = ["classes", f"{len(rows)} of {few} to {grouped(many)} rows, rarest first"]
    return "   ".join([*heading, *(f"{_short(name)} ({grouped(rows[name])})" for name in shown)])


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
