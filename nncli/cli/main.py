"""The entry point: threads are pinned, and every way to end has its exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import NoReturn

from nncli.cli.streams import prepare_streams
from nncli.errors import ExitCode, UserError, UserErrors
from nncli.threads import pin_threads

YOUNG = 50_000
"""Objects between two looks for garbage: what is imported is none, and to look at it time and again takes 30 ms."""


def main() -> NoReturn:
    """Run the command line and exit."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    lost = prepare_streams()
    pin_threads()
    gc.set_threshold(YOUNG)
    code = _run()
    sys.stdout.flush()
    if lost:  # a full disk, say
        code = code or _fail(f"the output cannot be written: {lost[0].strerror}", ExitCode.FILES)
    sys.exit(code)


def _run() -> int:
    from nncli.cli.app import app

    try:
        app()
    except UserErrors as errors:
        count = len(errors.errors)
        total = "; nothing was trained" if errors.code == ExitCode.USAGE else ""
        return _fail(f"{errors}\n{count} errors{total}." if count > 1 else str(errors), errors.code)
    except UserError as error:
        return _fail(str(error), error.code)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    return ExitCode.OK


def _fail(text: str, code: ExitCode) -> ExitCode:
    """Say what is wrong, on stderr."""
    from nncli.cli.console import lines, note

    note(lines(text))
    return code


def _end(number: int, _frame: object) -> NoReturn:
    """End at once: an import or a destructor would swallow an exception raised here, or make a traceback of it.

    What needs an orderly end, as training does, takes signals itself.
    """
    os._exit(128 + number)
