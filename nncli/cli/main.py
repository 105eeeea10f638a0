"""The entry point: threads are pinned, and every way to end has its exit code."""

from __future__ import annotations

import errno
import gc
import math
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

from nncli.cli.streams import prepare_streams
from nncli.errors import ExitCode, UserError, UserErrors
from nncli.threads import pin_threads

GC_THRESHOLD = 50_000
"""Objects between two looks for garbage: what is imported is none, and to look at it time and again takes 30 ms."""


ROOM = 160 << 20
"""Bytes of address space that Python, NumPy and BLAS take beside what there is at the start."""

NETWORK = ("this network with its seeds and rows", "Try fewer seeds, fewer units, fewer rows or a smaller batch_size")
ROWS = ("the networks of this run and these rows", "Try fewer rows at a time, or one seed with --seed")
FILES = ("what the files of these runs hold", "Free some memory, or raise its limit (ulimit -v)")
LARGE = {
    **dict.fromkeys(("train", "resume", "reproduce", "check", "compare", "sweep"), NETWORK),
    **dict.fromkeys(("predict", "evaluate"), ROWS),
    **dict.fromkeys(("show", "runs", "verify"), FILES),
}
"""What can be too large for the memory in each command, and what to do; in any other it is Python itself."""


def main() -> NoReturn:
    """Run the command line and exit."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    lost = prepare_streams()
    pin_threads()
    gc.set_threshold(GC_THRESHOLD)
    code = _run()
    sys.stdout.flush()
    if lost:  # a full disk, say
        code = code or _fail(f"the output cannot be written: {lost[0].strerror}", ExitCode.FILES)
    sys.exit(code)


def _run() -> int:
    try:
        _check_room()
        from nncli.cli.app import app

        app()
    except UserError as error:
        return _refuse(error)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else ExitCode.OK
    except (MemoryError, ImportError, OSError) as error:
        if not _is_of_memory(error):
            raise
        text = _too_large(error)
    else:
        return ExitCode.OK
    with suppress(OSError):  # now that the traceback is gone, and with it what filled the memory
        print(text, file=sys.stderr)
    return ExitCode.USAGE


def _check_room() -> None:
    """Raise `MemoryError` where NumPy could not even be loaded: BLAS would end the process without a word of ours."""
    if "numpy" not in sys.modules and {"-h", "--help", "--version"}.isdisjoint(sys.argv):
        import mmap

        try:
            mmap.mmap(-1, ROOM).close()
        except OSError as error:
            raise MemoryError from error


def _is_of_memory(error: BaseException) -> bool:
    """Whether an error says that there is too little memory; for libraries, the system's loader says it in words."""
    if isinstance(error, ImportError):
        return any(words in str(error) for words in ("failed to map segment", os.strerror(errno.ENOMEM)))
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def _too_large(error: BaseException) -> str:
    """What was too large for the memory, and what to do, in one sentence each."""
    name = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if name not in LARGE or "numpy" not in sys.modules:
        what, hint = f"nncli, which takes {ROOM >> 20} MB at least", "Free some memory, or raise its limit (ulimit -v)"
    else:
        what, hint = LARGE[name]
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if shape is not None and dtype is not None:  # NumPy says what it could not allocate
        what += f": an array of {math.prod(shape) * dtype.itemsize / 1e6:.0f} MB"
    return str(UserError(f"there is not enough memory for {what}", hint=hint))


def _refuse(error: UserError) -> ExitCode:
    """Say what the user can mend, on stderr."""
    from nncli.cli.console import note, told

    note(told(error))
    count = len(error.errors) if isinstance(error, UserErrors) else 1
    if count > 1:
        note(f"{count} errors{'; nothing was trained' if error.code == ExitCode.USAGE else ''}.")
    return error.code


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
