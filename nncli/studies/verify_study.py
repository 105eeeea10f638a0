"""Whether the files of a study, except its runs, are unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nncli.errors import UserError
from nncli.storage.checksums import SUMS, wrong_sums
from nncli.studies.study_directory import OWN, STUDY, is_sweep, read_study
from nncli.studies.sweep import read_sweep


def study_files(path: Path) -> tuple[str, ...]:
    """The existing files of a study, except its runs."""
    return tuple(name for name in (*OWN, SUMS) if (path / name).is_file())


def study_faults(path: Path) -> Iterator[UserError]:
    """The faults in the files of a study: hash mismatches, and whatever stops `show` from reading them.

    An unfinished sweep has no hashes yet, nor does a study from before hashes were written.
    """
    if (path / SUMS).exists():
        yield from wrong_sums(path, (STUDY,))
    try:
        read_sweep(path) if is_sweep(path) else read_study(path)
    except UserError as error:
        yield from error.errors
