"""Opens files with the viewer of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PATIENCE = 2.0
"""Seconds for a viewer to say that it cannot open a file; one that is still there by then shows it."""


def show(paths: Sequence[Path]) -> bool:
    """Open files with the viewer that the system has for them; False if there is none, or it fails."""
    if sys.platform == "win32":
        return all(_starts(path) for path in paths)
    command = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(command) is None or not (command == "open" or _has_screen()):
        return False
    quiet = subprocess.DEVNULL
    started = [
        subprocess.Popen(  # noqa: S603 (the viewer of the system, with our own file)
            [command, str(path.resolve())], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        for path in paths
    ]
    return all(_opens(own) for own in started)


def _has_screen() -> bool:
    """Whether there is a screen; without one, `xdg-open` may start a browser inside the terminal."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _opens(viewer: subprocess.Popen[bytes]) -> bool:
    try:
        return viewer.wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return True


def _starts(path: Path) -> bool:
    try:
        os.startfile(path.resolve())  # type: ignore[attr-defined,unused-ignore]  # noqa: S606 (likewise)
    except OSError:
        return False
    return True
