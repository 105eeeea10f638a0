"""The config that a run has recorded: what is wrong with it is a damaged run, and no mistake of whoever looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nncli.config.document import Document
from nncli.config.yaml_reader import read_yaml
from nncli.errors import ExitCode, UserError
from nncli.runs.directory import CONFIG, RunDirectory

if TYPE_CHECKING:
    from nncli.config.resolve import Experiment


@contextmanager
def recorded() -> Iterator[None]:
    """Give errors in a config (code USAGE) the code CORRUPT."""
    try:
        yield
    except UserError as error:
        if error.code == ExitCode.USAGE:
            error.code = ExitCode.CORRUPT
        raise


def recorded_document(run: RunDirectory) -> Document:
    """The data of a run's `config.yaml`. Errors: `UserError` (code FILES or CORRUPT)."""
    with recorded():
        return read_yaml(run.read_config(), str(run.path / CONFIG))


def recorded_experiment(run: RunDirectory) -> Experiment:
    """What a run was made of. Errors: as `recorded_document`; (code DATA) for data that are gone or have changed."""
    from nncli.config.resolve import resolve

    with recorded():
        return resolve(recorded_document(run))
