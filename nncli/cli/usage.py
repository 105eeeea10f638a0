"""Messages for unknown commands and options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nncli.errors import Edit, Suggestion, UserError, dotted
from nncli.registry import closest

if TYPE_CHECKING:
    from typer import Context

COMMAND_HINTS = {
    "undo": "nncli rm --restore brings back what was moved to the trash",
    "help": "Run nncli --help, or nncli train --help for one command",
    "version": "Run nncli --version",
    "test": "nncli evaluate measures a run, and nncli check examines a config",
    "describe": "nncli show describes a run, and nncli check a config",
    "config": "nncli new writes a config, and nncli check examines one",
}
"""What to use instead of commands that do not exist, by their names."""

ALIASES = {
    **dict.fromkeys(("fit", "run", "learn", "start", "experiment"), "train"),
    **dict.fromkeys(("ls", "list_runs"), "runs"),
    **dict.fromkeys(("continue", "restart"), "resume"),
    **dict.fromkeys(("validate", "lint", "summary"), "check"),
    **dict.fromkeys(("init", "create"), "new"),
    **dict.fromkeys(("infer", "inference", "apply"), "predict"),
    **dict.fromkeys(("eval", "score"), "evaluate"),
    **dict.fromkeys(("grid", "search", "tune", "hpo"), "sweep"),
    **dict.fromkeys(("ab", "versus"), "compare"),
    **dict.fromkeys(("info", "inspect", "view", "cat"), "show"),
    **dict.fromkeys(("delete", "remove", "del", "trash", "clean"), "rm"),
    **dict.fromkeys(("label", "mark"), "tag"),
    **dict.fromkeys(("comment", "annotate", "memo"), "note"),
    **dict.fromkeys(("graph", "draw", "figure"), "plot"),
    **dict.fromkeys(("debug", "why", "doctor"), "diagnose"),
    **dict.fromkeys(("rerun", "repeat", "replay"), "reproduce"),
}
"""What other programs call the commands."""


def unknown_command(name: str, commands: Sequence[str]) -> UserError:
    """The error for an unknown command."""
    meant = closest(name, commands, ALIASES)
    known = f"Known: {', '.join(commands)}"
    hint = COMMAND_HINTS.get(name.casefold().lstrip("-"), "") or (f"Did you mean '{meant}'?" if meant else "")
    return UserError(f"No such command '{name}'", hint=hint, allowed="" if hint else known)


def wrong_usage(message: str, ctx: Context | None) -> UserError:
    """The error for arguments that do not fit the command, from typer's message and context."""
    command = ctx.command if ctx is not None else None
    example = re.search(r"Example: (nncli .*(?:\n +\S.*)*)", getattr(command, "help", None) or "")
    hint = f"For example: {' '.join(example[1].split())}" if example else ""
    name = f"nncli {command.name}" if command is not None and command.name != "nncli" else "nncli"
    return UserError(message.rstrip("."), hint=hint, allowed=f"{name} --help lists all options")


def unknown_option(
    option: str, arguments: Sequence[str], options: Sequence[str], command: str, config: bool
) -> UserError:
    """The error for an unknown option; config keys are not options.

    Args:
        option: as typed, without its value.
        arguments: all arguments as typed.
        options: the command's options.
        command: name of the command.
        config: whether the command takes overrides.
    """
    word = option.lstrip("-").replace("-", "_")
    hint = _as_override(word, _value_of(option, arguments)) if config else ""
    if not hint and (meant := closest(word, [name.lstrip("-") for name in options if len(name) > 2])):
        hint = f"Did you mean '--{meant}'?"
    allowed = "" if hint else f"nncli {command} --help lists all options"
    return UserError(f"No such option: {option}", hint=hint, allowed=allowed)


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
    """The value given with an option: after its `=`, or in the next argument."""
    for argument, after in zip(arguments, [*arguments[1:], "--"], strict=True):
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
        if argument == option and not re.match("-[^0-9.]", after) and "=" not in after:
            return after
    return None


def _as_override(word: str, value: str | None) -> str:
    from nncli.config.suggestions import as_override, key_of

    if value is None:
        return f"Write it as {dotted(path)}=VALUE" if (path := key_of(word)) else ""
    if (found := as_override(word, value)) is None:
        return ""
    path, text = found
    return Suggestion(f"Write {shlex.quote(f'{dotted(path)}={text}')}", [Edit(path, text)])
