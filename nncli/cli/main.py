"""The entry point: pins threads and maps every outcome to an exit code."""

from __future__ import annotations

import atexit
import errno
import gc
import math
import os
import sys
from contextlib import suppress
from typing import NoReturn

from nncli.cli.signals import exit_on_signals
from nncli.cli.streams import prepare_streams
from nncli.errors import ExitCode, UserError
from nncli.threads import pin_threads

GC_THRESHOLD = 100_000
"""Allocations between garbage collections: more than there are until training starts, as imports leave no garbage."""

ROOM = 160 << 20
"""Bytes of address space that Python, NumPy and BLAS need beyond what is mapped at the start."""

NETWORK = ("this network with its seeds and rows", "Try fewer seeds, fewer units, fewer rows or a smaller batch_size")
ROWS = ("the networks of this run and these rows", "Try fewer rows at a time, or one seed with --seed")
FILES = ("what the files of these runs hold", "Free some memory, or raise its limit (ulimit -v)")
LARGE = {
    **dict.fromkeys(("train", "resume", "reproduce", "check", "compare", "sweep"), NETWORK),
    **dict.fromkeys(("predict", "evaluate"), ROWS),
    **dict.fromkeys(("show", "runs", "verify"), FILES),
}
"""What can exceed the memory in each command, and what to do; in other commands it is Python itself."""


def main() -> NoReturn:
    """Run the command line and exit."""
    exit_on_signals()
    lost = prepare_streams()
    pin_threads()
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "1"  # it would look for them in every package that is installed
    gc.set_threshold(GC_THRESHOLD)
    atexit.register(gc.freeze)  # at the end the system takes back all memory at once, so nothing need be scanned
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
    except SystemError:  # in Python 3.13.0, importing pydantic_core needs a working directory
        if _has_working_directory():
            raise
        return _fail("the working directory no longer exists", ExitCode.FILES)
    except (MemoryError, ImportError, OSError) as error:
        if not _is_of_memory(error):
            raise
        text = _too_large(error)
    else:
        return ExitCode.OK
    with suppress(OSError):  # now that the traceback is gone, and with it what filled the memory
        print(text, file=sys.stderr)
    return ExitCode.USAGE


def _has_working_directory() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def _check_room() -> None:
    """Raise `MemoryError` if NumPy could not even be loaded: BLAS would end the process without an error message."""
    if "numpy" not in sys.modules and {"-h", "--help", "--version"}.isdisjoint(sys.argv):
        import mmap

        try:
            mmap.mmap(-1, ROOM).close()
        except OSError as error:
            raise MemoryError from error


def _is_of_memory(error: BaseException) -> bool:
    """Whether an error means too little memory; for libraries, the system's loader says so in its message."""
    if isinstance(error, ImportError):
        return any(words in str(error) for words in ("failed to map segment", os.strerror(errno.ENOMEM)))
    return isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM


def _too_large(error: BaseException) -> str:
    """Say what exceeded the memory and what to do, one sentence each."""
    name = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    if name not in LARGE or "numpy" not in sys.modules:
        what, hint = f"nncli, which needs at least {ROOM >> 20} MB", "Free some memory, or raise its limit (ulimit -v)"
    else:
        what, hint = LARGE[name]
    shape, dtype = getattr(error, "shape", None), getattr(error, "dtype", None)
    if shape is not None and dtype is not None:  # NumPy reports what it could not allocate
        what += f": an array of {math.prod(shape) * dtype.itemsize / 1e6:.0f} MB"
    return str(UserError(f"not enough memory for {what}", hint=hint))


def _refuse(error: UserError) -> ExitCode:
    """Report on stderr an error that the user can fix."""
    from nncli.cli.console import error_text, note

    note(error_text(error))
    count = len(error.errors)
    if count > 1:
        note(f"{count} errors{'; nothing was trained' if error.code == ExitCode.USAGE else ''}.")
    return error.code


def _fail(text: str, code: ExitCode) -> ExitCode:
    """Report an error on stderr."""
    from nncli.cli.console import lines, note

    note(lines(text))
    return code
