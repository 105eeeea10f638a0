"""The option `--plot FILE`, checked before the work that it is about."""

from __future__ import annotations

from pathlib import Path

from nncli.errors import ExitCode, UserError


def check_picture(path: Path | None) -> None:
    """Refuse a file that is not a picture by its extension, or whose folder does not exist."""
    if path is None:
        return
    from nncli.report.plots.style import form_of

    try:
        form_of(path)
    except UserError as error:
        raise error.replaced(where="--plot") from error
    check_folder("--plot", path)


def check_folder(option: str, path: Path | None) -> None:
    """Refuse a file whose folder does not exist."""
    if path is not None and not path.absolute().parent.is_dir():
        raise UserError(f"the folder {path.parent} does not exist", where=option, code=ExitCode.FILES)


def not_drawn(kind: str, error: UserError) -> None:
    """Say that a kind of picture is left out, and why."""
    from nncli.cli.console import fitted, note

    note(fitted(f"note: {kind} is not drawn: {error.given}"))
