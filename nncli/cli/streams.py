"""The standard streams, made safe first: whatever happens to them, the work and its exit code are unaffected."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def prepare_streams() -> list[OSError]:
    """Open closed streams on the null device; afterwards, writing to stdout or stderr raises no `OSError`.

    Returns: a list that collects the reasons why output was lost. A pipe whose reader has closed does not count: it
    was read as far as anyone wanted.
    """
    for name, mode in STREAMS:  # in descriptor order: an opened file gets the lowest free one
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 (open for the life of the process)
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
    lost: list[OSError] = []
    sys.stdout, sys.stderr = _safe(sys.stdout, lost), _safe(sys.stderr, [])
    return lost


class _Output(io.FileIO):
    """A file that drops output it cannot write."""

    lost: list[OSError]

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.lost.append(error)
        return memoryview(data).nbytes


def _safe(stream: Any, lost: list[OSError]) -> Any:
    """A stream to the same file that drops output it cannot write; an in-memory stream is returned unchanged."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.FileIO):
        return stream
    output = _Output(raw.fileno(), "w", closefd=False)
    output.lost = lost
    return io.TextIOWrapper(
        output if buffer is raw else io.BufferedWriter(output),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
