"""Whether the files of a study, its runs apart, are what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nncli.errors import UserError, UserErrors
from nncli.storage.sums import SUMS, wrong_sums
from nncli.studies.study_directory import OWN, STUDY, is_sweep, read_study
from nncli.studies.sweep import read_sweep


def study_files(path: Path) -> tuple[str, ...]:
    """The files of a study that there are, its runs apart."""
    return tuple(name for name in (*OWN, SUMS) if (path / name).is_file())


def study_faults(path: Path) -> Iterator[UserError]:
    """What is wrong with the files of a study: with each by its hash, and with what `show` makes of them.

    A sweep that was never finished has no hashes yet, nor has a study of before they were noted.
    """
    if (path / SUMS).exists():
        yield from wrong_sums(path, (STUDY,))
    try:
        read_sweep(path) if is_sweep(path) else read_study(path)
    except UserErrors as errors:
        yield from errors.errors
    except UserError as error:
        yield error
