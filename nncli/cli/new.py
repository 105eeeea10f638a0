"""`nncli new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the file, NAME.yaml.")],
    task: Annotated[
        str | None, typer.Option("--task", metavar="TASK", help="Task to learn; default: xor. See nncli list tasks.")
    ] = None,
    claim: Annotated[bool, typer.Option("--claim", help="Write a claim for nncli claims.")] = False,
) -> None:
    """Write a commented starter config, or claim. Never overwrites an existing file.

    Example: nncli new my_parity --task parity
    """
    from nncli.claims.starter import write_starter_claim
    from nncli.cli.console import out
    from nncli.config.starter import write_starter
    from nncli.errors import UserError

    file = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if claim and task is not None:
        raise UserError("a claim has no task of its own", where="--task", hint="Omit the option")
    path = write_starter_claim(file) if claim else write_starter(file, task or "xor")
    out(str(path))
    out(f"next: nncli {'claims' if claim else 'train'} {shlex.quote(str(path))}")
