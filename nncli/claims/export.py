"""Claims in a folder of their own, for the reviewer of a paper who runs them again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from nncli.claims.claim import Claim
from nncli.config.document import Data
from nncli.config.load import load_document
from nncli.config.relative_paths import START_RUN, anchored, file_task
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.storage.files import make_folder, read_if_there, write_atomically

SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"
PAGE, CHECK = "claims.md", "codecheck.yml"


def copies_of(claims: Sequence[Claim], folder: Path) -> dict[Path, bytes]:
    """What an export copies, by where it goes: the claims, their configs, and the files of rows that these name.

    It is known before anything is measured.

    Raises:
        UserError: if a file would lie outside of the folder, or another one is in the way; for a config that starts
            from a run, which is not copied.
    """
    files = dict(_files(claims))
    for name, data in files.items():
        found = read_if_there(folder / name)
        if found is not None and found != data:
            raise UserError("file exists; not overwritten", where=str(folder / name), hint="Export to a new folder")
    return files


def export(copies: Mapping[Path, bytes], folder: Path, page: str) -> list[Path]:
    """Write copies of claims into a folder, with what was measured, and `codecheck.yml`.

    The claims are in `claims/`, their configs where their paths lead from there. The page of an earlier export is
    replaced, as its claims are the same.

    Args:
        copies: from `copies_of`.
        folder: made if it is not there.
        page: what was measured, as Markdown.

    Returns:
        The files written.
    """
    manifest: list[Data] = [
        {"file": PAGE, "comment": "what was measured; nncli claims claims --markdown writes it again"}
    ]
    check = write_yaml({"version": SPECIFICATION, "manifest": manifest})
    files = {**copies, Path(PAGE): page.encode(), Path(CHECK): check.encode()}
    for name, data in files.items():
        make_folder((folder / name).parent)
        write_atomically(folder / name, data)
    return [folder / name for name in files]


def _files(claims: Sequence[Claim]) -> Iterator[tuple[Path, bytes]]:
    """The claims, their configs and the files that these name, by where they go."""
    for claim in claims:
        yield Path("claims") / claim.path.name, claim.path.read_bytes()
        for measurement in claim.measure.values():
            if (config := getattr(measurement, "config", None)) is None:
                continue
            path = claim.path.parent / config
            for file in (path, *_named_by(path, getattr(measurement, "overrides", ()))):
                yield _target(claim, file), file.read_bytes()


def _named_by(config: Path, overrides: Sequence[str]) -> Iterator[Path]:
    """The file of rows that a config names."""
    document = anchored(load_document(config, overrides))
    if document.holds(START_RUN) and document.at(START_RUN) is not None:
        raise UserError("it starts from a run, which an export does not copy", where=str(config))
    if (found := file_task(document)) is not None:
        _, options = found
        yield Path(options["file"] if isinstance(options, dict) else options)


def _target(claim: Claim, file: Path) -> Path:
    """Where a file goes that a claim leads to."""
    way = os.path.relpath(os.path.abspath(file), os.path.abspath(claim.path.parent))
    target = Path(os.path.normpath(Path("claims") / way))
    if target.is_absolute() or target.parts[0] == "..":
        hint = "Put it into the folder of the claim or the one above"
        raise UserError(f"{file} would lie outside of the folder", where=str(claim.path), hint=hint)
    return target
