"""All commands in one place."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from typing import Any

import typer

from nncli.cli.help import Command, Group
from nncli.cli.usage import unknown_command, unknown_option, wrong_usage
from nncli.errors import ExitCode, UserError

COMMANDS = {
    **dict.fromkeys(("train", "resume", "compare", "sweep", "atlas"), "Experiments"),
    **dict.fromkeys(("new", "check", "list", "schema"), "Configs"),
    **dict.fromkeys(("runs", "show", "plot", "report", "evaluate", "predict", "verify", "reproduce"), "Runs"),
    **dict.fromkeys(("diff", "tag", "note", "rm"), "Housekeeping"),
    **dict.fromkeys(
        ("claims", "diagnose", "lr-find", "separable", "regions", "flow", "construct", "step", "forecast"), "Diagnosis"
    ),
}
"""The commands in the order of the help, and the group of each. `train` is the function `train` in `train.py`."""

FUNCTIONS = {"list": "list_parts", "lr-find": "lr_find"}
"""The function, and its module, of a command that has another name than they."""

TYPED = "nncli.typed"
"""Key under which a context keeps the arguments as typed."""


@contextmanager
def _in_a_sentence() -> Iterator[None]:
    """Turn typer's usage errors, whose classes are private, into ours."""
    try:
        yield
    except Exception as error:
        message = error.format_message() if hasattr(error, "format_message") else ""
        if message and getattr(error, "exit_code", 0) == ExitCode.USAGE:  # empty if help was printed
            raise wrong_usage(message, getattr(error, "ctx", None)) from None
        raise


def _function(name: str) -> Callable[..., None]:
    function = FUNCTIONS.get(name, name)
    found: Callable[..., None] = getattr(importlib.import_module(f"nncli.cli.{function}"), function)
    return found


@functools.cache
def _command(name: str) -> Any:
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    alone.command(name, cls=Command, rich_help_panel=COMMANDS[name])(_function(name))
    return typer.main.get_command(alone)


def _titled(name: str) -> Command:
    """A command without its options, which the help of all commands does not list."""
    return Command(name, help=inspect.getdoc(_function(name)), rich_help_panel=COMMANDS[name])


class CommandsByName(Mapping[str, Any]):
    """The commands by name; each is imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Commands(Group):
    """The commands, and the messages for wrong arguments."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands: Any = CommandsByName()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        listed = copy(self)
        listed.commands = {name: _titled(name) for name in COMMANDS}
        super(Commands, listed).format_help(ctx, formatter)

    def make_context(self, info_name: Any, args: list[str], *more: Any, **options: Any) -> Any:
        typed = list(args)  # parsing consumes them
        with _in_a_sentence():
            ctx = super().make_context(info_name, args, *more, **options)
        ctx.meta[TYPED] = typed
        return ctx

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            raise unknown_command(args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with _in_a_sentence():
            try:
                return super().invoke(ctx)
            except Exception as error:
                if (option := getattr(error, "option_name", None)) and hasattr(error, "possibilities"):
                    raise _unknown_option(option, ctx.meta[TYPED], getattr(error, "ctx", None)) from None
                raise


def _unknown_option(option: str, typed: list[str], ctx: Any) -> UserError:
    params = ctx.command.params
    names = [name for param in params for name in param.opts if name.startswith("-")]
    takes_overrides = any(str(param.metavar).startswith("KEY=VALUE") for param in params)
    return unknown_option(option, typed, names, ctx.command.name, takes_overrides)


app = typer.Typer(
    name="nncli",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from nncli import __version__

        typer.echo(f"nncli {__version__}")
        raise typer.Exit


@app.callback()
def nncli(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """A laboratory bench for neural networks: describe one in YAML, train it on many seeds,
    and see how certain the result is.

    Example: nncli train configs/xor.yaml seeds=50
    """
