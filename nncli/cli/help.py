"""Help pages, drawn by typer with as little of Rich as they need."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

from typer.core import TyperCommand, TyperGroup

NOT_NEEDED = ("rich.markdown", "rich.traceback")
"""What typer loads for help in Markdown and colored tracebacks: nncli has neither, and they double the time of help."""


class _Empty(ModuleType):
    """Stands for a module that is not needed: whatever is imported from it is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def load_rich() -> None:
    """Load what typer draws help with, unless it is loaded."""
    if "typer.rich_utils" in sys.modules:
        return
    absent = [name for name in NOT_NEEDED if name not in sys.modules]
    sys.modules.update({name: _Empty(name) for name in absent})
    try:
        importlib.import_module("typer.rich_utils")
    finally:
        for name in absent:
            del sys.modules[name]  # whoever needs it loads it


class Command(TyperCommand):
    """A command with its help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        load_rich()
        super().format_help(ctx, formatter)


class Group(TyperGroup):
    """A group of commands with its help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        load_rich()
        super().format_help(ctx, formatter)
