"""Read the config recorded by a run: an error in it means a damaged run, not a user's mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nncli.config.document import Document
from nncli.config.yaml_reader import read_yaml
from nncli.errors import ExitCode, UserError
from nncli.runs.directory import CONFIG, RunDirectory

if TYPE_CHECKING:
    from nncli.config.experiment import Experiment


@contextmanager
def recorded() -> Iterator[None]:
    """Give errors in a config (code USAGE) the code CORRUPT."""
    try:
        yield
    except UserError as error:
        if error.code == ExitCode.USAGE:
            raise error.replaced(code=ExitCode.CORRUPT) from error
        raise


def recorded_document(run: RunDirectory) -> Document:
    """The data of a run's `config.yaml`. Raises: `UserError` (code FILES or CORRUPT)."""
    with recorded():
        return read_yaml(run.read_config(), str(run.path / CONFIG))


def recorded_experiment(run: RunDirectory) -> Experiment:
    """The experiment of a run. Raises: see `recorded_document` and `resolve_recorded`."""
    with recorded():
        return resolve_recorded(recorded_document(run))


def resolve_recorded(document: Document) -> Experiment:
    """The experiment of a document that may come from someone else.

    The file that it names may be any of the user's files. So it is read only if its recorded hash matches, and if
    its content does not fit the config, messages never quote it.

    Raises: `UserError` (code DATA) for a file that is missing, changed or not a regular file; (code CORRUPT) for
    one without a recorded hash, or whose rows cannot be read.
    """
    from nncli.config.resolve import resolve

    is_from_file = _check_file(document)
    _check_start(document)
    try:
        return resolve(document)
    except UserError as error:
        if is_from_file and any(each.code == ExitCode.DATA for each in error.errors):
            given = "the rows of its file cannot be read as this says"
            raise UserError(given, where=document.where(("task",)), code=ExitCode.CORRUPT) from None
        raise


def recorded_file(document: Document) -> str | None:
    """The path of the file that the task of a document is made from, if it is."""
    found = _file_options(document)
    return found[1]["file"] if found else None


def _file_options(document: Document) -> tuple[str, dict[str, Any]] | None:
    from nncli.config.relative_paths import anchored, file_task

    found = file_task(anchored(document)) if isinstance(document.data, dict) else None
    if found is None:
        return None
    name, options = found
    options = {"file": options} if isinstance(options, str) else options
    return (name, options) if isinstance(options, dict) and isinstance(options.get("file"), str) else None


def _check_start(document: Document) -> None:
    """Refuse a run to start from that is named without its recorded hash."""
    from nncli.config.relative_paths import START_RUN

    path = START_RUN[:-1]
    start = document.at(path) if document.holds(path) else None
    if isinstance(start, dict) and start.get("run") is not None and not isinstance(start.get("sha256"), str):
        given = "it names a run to start from without the SHA-256 that every run records, so it is not opened"
        raise UserError(given, where=document.where(path), code=ExitCode.CORRUPT)


def _check_file(document: Document) -> bool:
    """Whether the task is made from a file, after checking its hash. Raises: see `resolve_recorded`."""
    from nncli.tasks import tasks
    from nncli.tasks.data_files import check_recorded

    found = _file_options(document)
    if found is None:
        return False
    name, options = found
    if not isinstance(options.get("sha256"), str):
        given = "it names a file without the SHA-256 that every run records, so it is not opened"
        raise UserError(given, where=document.where(("task",)), code=ExitCode.CORRUPT)
    if "\0" not in options["file"]:
        kind: Any = tasks.get(name)
        check_recorded(options["file"], options["sha256"], kind.MAX_BYTES)
    return True
