"""`nncli tag`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nncli.cli.options import COMMON, Json, RunsDir
from nncli.errors import UserError, quoted
from nncli.storage.names import RUNS


def tag(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Folder or name of a run or study, or latest.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Tags to add; without any, the tags are shown.")
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove these tags instead.", rich_help_panel=COMMON)
    ] = False,
    json: Json = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Tag a run or a study, or show its tags. nncli runs --tag NAME lists what has a tag.

    Example: nncli tag latest baseline
    """
    from nncli.cli.console import fitted, json_text, out
    from nncli.cli.run_argument import named_folder
    from nncli.runs.labels import change_labels, checked_tag, read_labels

    if remove and not names:
        raise UserError("which tags?", where="--remove", hint="For example: nncli tag latest --remove baseline")
    tags = [checked_tag(name) for name in names or []]
    for name in tags:
        if (runs_dir / name).is_dir():
            given, hint = f"{quoted(name)} is a folder in '{runs_dir}', not a tag", "Tag one run at a time"
            raise UserError(given, hint=hint)
    folder = named_folder(runs_dir, run)
    if remove:
        labels = change_labels(folder, lambda old: old.untagged(_present(folder, tags, old.tags)))
    else:
        labels = change_labels(folder, lambda old: old.tagged(tags)) if tags else read_labels(folder)
    where = folder.absolute().name
    if json:
        out(json_text({"run": where, "tags": list(labels.tags)}))
    else:
        out(fitted(f"{where}   {'   '.join(labels.tags) or 'no tags'}"))


def _present(folder: Path, tags: list[str], present: tuple[str, ...]) -> list[str]:
    """These tags. Raises: `UserError` if one of them is not there."""
    from nncli.registry import did_you_mean

    for name in tags:
        if name not in present:
            allowed = f"Its tags: {', '.join(present)}" if present else "It has no tags"
            given = f"there is no tag {quoted(name)}"
            raise UserError(given, where=str(folder), hint=did_you_mean(name, present), allowed=allowed)
    return tags
