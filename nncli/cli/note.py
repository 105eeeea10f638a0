"""`nncli note`."""

from __future__ import annotations

from typing import Annotated

import typer

from nncli.cli.options import COMMON, Json, RunsDir, number_option
from nncli.errors import UserError
from nncli.storage.names import RUNS


def note(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run or study, or latest.")],
    text: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Text to add; without any, the notes are shown.")
    ] = None,
    remove: Annotated[
        int | None, number_option("--remove", least=1, metavar="N", help="Remove note N.", panel=COMMON)
    ] = None,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Add a note, with its date, to a run or a study, or show its notes.

    Example: nncli note latest "seed 3 is stuck: a dead unit?"
    """
    from nncli.cli.console import fitted, json_text, out
    from nncli.cli.labels_text import note_lines
    from nncli.cli.run_argument import named_folder
    from nncli.report.numbers import count
    from nncli.runs.labels import Labels, change_labels, read_labels

    def without(old: Labels) -> Labels:
        if remove is None or remove > len(old.notes):
            given = f"there is no note {remove}"
            raise UserError(given, where="--remove", allowed=f"It has {count(len(old.notes), 'note')}")
        return Labels(old.tags, old.notes[: remove - 1] + old.notes[remove:])

    if remove is not None and text:
        raise UserError("cannot be combined with a text", where="--remove", hint="Do one after the other")
    words = " ".join(text or [])
    if text and not words.strip():
        raise UserError("the note is empty", hint='For example: nncli note latest "looks good"')
    folder = named_folder(runs_dir, run)
    if remove is not None:
        labels = change_labels(folder, without)
    else:
        labels = change_labels(folder, lambda old: old.noted(words)) if text else read_labels(folder)
    where = folder.absolute().name
    if json:
        out(json_text({"run": where, "notes": labels.as_plain()["notes"]}))
        return
    out(fitted(where if labels.notes else f"{where}   no notes"))
    for line in note_lines(labels):
        out(line)
