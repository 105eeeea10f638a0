"""Claims in a folder of their own, for the reviewer of a paper who runs them again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nncli.claims.claim import Claim
from nncli.config.document import Data
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.storage.files import make_folder, read_if_there, write_atomically

SPECIFICATION = "https://codecheck.org.uk/spec/config/1.0/"
PAGE, CHECK = "claims.md", "codecheck.yml"


def export(claims: Sequence[Claim], folder: Path, page: str) -> list[Path]:
    """Copy claims and the configs they name into a folder, with what was measured, and `codecheck.yml`.

    The claims are in `claims/`, their configs where their paths lead from there.

    Args:
        claims: what was measured.
        folder: made if it is not there; files in it are overwritten only if they are the same.
        page: what was measured, as Markdown.

    Returns:
        The files written.

    Raises:
        UserError: if a config would lie outside of the folder, or another file is in the way.
    """
    manifest: list[Data] = [
        {"file": PAGE, "comment": "what was measured; nncli claims claims --markdown writes it again"}
    ]
    check = write_yaml({"version": SPECIFICATION, "manifest": manifest})
    files = dict(_files(claims)) | {Path(PAGE): page.encode(), Path(CHECK): check.encode()}
    for name, data in files.items():
        found = read_if_there(folder / name)
        if found is not None and found != data:
            raise UserError("file exists; not overwritten", where=str(folder / name), hint="Export to a new folder")
    for name, data in files.items():
        make_folder((folder / name).parent)
        write_atomically(folder / name, data)
    return [folder / name for name in files]


def _files(claims: Sequence[Claim]) -> Iterator[tuple[Path, bytes]]:
    """The claims and their configs, by where they go."""
    for claim in claims:
        yield Path("claims") / claim.path.name, claim.path.read_bytes()
        for measurement in claim.measure.values():
            if (config := getattr(measurement, "config", None)) is None:
                continue
            target = Path(os.path.normpath(Path("claims") / config))
            if target.is_absolute() or target.parts[0] == "..":
                hint = "Put it into the folder of the claim or the one above"
                raise UserError(f"{config} would lie outside of the folder", where=str(claim.path), hint=hint)
            yield target, (claim.path.parent / config).read_bytes()
