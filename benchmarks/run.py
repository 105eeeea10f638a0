"""Measure nncli and its peers in one run, taking turns: README.md says how to read the tables."""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and its peers load, here and in the processes that are started

import argparse
import dataclasses
import datetime
import json
import time
from typing import Any

from lines import tables
from machine import heading, load, machine, stay_on_one_core
from turns import Table, measure, text


def main() -> None:
    """Measure the tables that were asked for, and print."""
    known = tables()
    parser = argparse.ArgumentParser(description="Measure nncli and its peers; all of it takes less than ten minutes.")
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help=f"some of {', '.join(known)}, or steps/xor; default: all"
    )
    parser.add_argument("--repeat", type=int, metavar="N", help="turns of every contender; default: 1 to 7, by table")
    parser.add_argument("--smoke", action="store_true", help="only see that everything works, in seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    given = parser.parse_args()
    names = {*known, *(f"{name}/{line}" for name, table in known.items() for line in table.lines)}
    if unknown := sorted({*given.tables} - names):
        parser.error(f"unknown table {unknown[0]!r}. Known: {', '.join(sorted(names))}")
    chosen = {name: _chosen(table, name, given.tables) for name, table in tables(smoke=given.smoke).items()}
    stay_on_one_core()
    started, before = time.perf_counter(), machine()
    if not given.json:
        print(heading(before))
        if given.smoke:
            print("A smoke test: one call of each; the numbers mean nothing.")
    rows = []
    for name, table in chosen.items():
        changed = dataclasses.replace(table, repeat=given.repeat) if given.repeat else table
        rows += _measured(name, changed, smoke=given.smoke, silent=given.json)
    minutes = (time.perf_counter() - started) / 60
    end = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    if given.json:
        whole = {"machine": before, "smoke": given.smoke, "end": end, "minutes": minutes, "load_after": load()}
        print(json.dumps({**whole, "rows": rows}, indent=2, allow_nan=False))
        return
    judged = [row for row in rows if "met" in row]
    met = f"; {sum(row['met'] for row in judged)} of {len(judged)} targets met" if judged else ""
    print(f"\n{end}: {minutes:.1f} minutes, load {load()} at the end{met}")


def _chosen(table: Table, name: str, wanted: list[str]) -> Table:
    """The lines of a table that were asked for."""
    if not wanted or name in wanted:
        return table
    return dataclasses.replace(
        table, lines={key: line for key, line in table.lines.items() if f"{name}/{key}" in wanted}
    )


def _measured(name: str, table: Table, *, smoke: bool, silent: bool) -> list[dict[str, Any]]:
    """The rows of a table, printed line by line as they come."""
    rows = []
    if table.lines and not silent:
        print(f"\n{table.title}\n{table.unit}, best and median turn, and ratio to the first")
    for key, line in table.lines.items():
        found = measure(line, table, smoke=smoke)
        rows += [{"table": name, "line": key, "unit": table.unit, **row} for row in found]
        if not silent:
            print(f"\n{name}/{key}: {line.title}", *map(text, found), sep="\n", flush=True)
    return rows


if __name__ == "__main__":
    main()
