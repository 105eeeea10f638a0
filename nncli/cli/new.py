"""`nncli new`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the config, written to NAME.yaml.")],
    task: Annotated[str, typer.Option("--task", metavar="TASK", help="Task to learn; see nncli list tasks.")] = "xor",
) -> None:
    """Write a commented starter config. Never overwrites an existing file.

    Example: nncli new my_parity --task parity
    """
    from nncli.cli.console import out
    from nncli.config.starter import write_starter

    path = write_starter(Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml"), task)
    out(str(path))
    out(f"next: nncli train {shlex.quote(str(path))}")
