"""`nncli plot --terminal`."""

from __future__ import annotations

from pathlib import Path


def draw_on_stdout(runs_dir: Path, text: str, seed: int | None, kinds: list[str]) -> None:
    """Draw a run or study, as wide as the terminal; in ASCII if it cannot show anything else."""
    from nncli.cli.console import Safe, can_write, fitted, out, painted, width
    from nncli.cli.picture import not_drawn
    from nncli.cli.run_argument import run_or_study
    from nncli.pictures.in_terminal import ABLE_OF_STUDY, able_of, draw_in_terminal
    from nncli.pictures.run_kinds import KINDS
    from nncli.pictures.study_kinds import STUDY_KINDS
    from nncli.pictures.subject import Subject
    from nncli.report.chart import Room

    room, found = Room(width(), dots=can_write("⣿░┤")), run_or_study(runs_dir, text, seed)
    if isinstance(found, Subject):
        pictures = draw_in_terminal(found, KINDS, able_of(found), kinds, room, not_drawn)
    else:
        pictures = draw_in_terminal(found, STUDY_KINDS, ABLE_OF_STUDY, kinds, room, not_drawn)
    for number, lines in enumerate(pictures):
        if number:
            out()
        for line in lines:
            if isinstance(line, str):
                out(fitted(line))
            else:
                out(Safe("".join(painted(*span) if span.color else span.text for span in line).rstrip()))
