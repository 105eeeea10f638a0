"""A file system of which the n-th operation fails."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import Any

from nncli.storage.system import System

NEED_SPACE = ("open", "write", "mkdir", "fsync")
OPERATIONS = [name for name in vars(System) if not name.startswith("_")]


class Killed(BaseException):
    """The process ends here: nothing that comes later reaches the disk."""


class Faulty(System):
    """Counts operations, and lets the n-th fail; it does not wait for the real disk.

    Args:
        at: the number of the operation that fails, from 1 on.
        fault: `kill`: the process ends before it. `torn`: it ends in the middle of a write. `short`: half of a write is
            done, and that is said. `ENOSPC`, `EIO`: that error. `full`: ENOSPC there and in all later writes.
    """

    def __init__(self, at=0, fault=""):
        self.at, self.fault = at, fault
        self.log = []  # the names of the operations, in order
        self.files = []  # of each, the name of the file, without what makes a temporary one unique
        self.names = {}  # of open files, by descriptor
        self.hit = None  # the operation that failed
        self.dead = False

    def name_of(self, place):
        """The name of a file, by its path or its descriptor."""
        if isinstance(place, int):
            return "folder" if stat.S_ISDIR(os.fstat(place).st_mode) else self.names[place]
        return re.sub(r"^\.(.*)\.[0-9a-f]{8}\.tmp$", r"\1", place.name)


def _faulty(name):
    usual = getattr(System, name)

    def operation(self, *arguments):
        done: Any
        if self.dead:
            raise Killed
        self.log.append(name)
        self.files.append(self.name_of(arguments[0]))
        if len(self.log) == self.at:
            self.hit = name
            if name == "write" and self.fault in ("torn", "short"):
                descriptor, data = arguments
                done = os.write(descriptor, data[: (len(data) + 1) // 2])
                if self.fault == "short":
                    return done
            if self.fault in ("kill", "torn"):
                self.dead = True
                raise Killed
            if self.fault == "EIO":
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        full = self.fault == "full" and self.at <= len(self.log) and name in NEED_SPACE
        if full or (self.fault == "ENOSPC" and len(self.log) == self.at):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = None if name == "fsync" else usual(self, *arguments)
        if name == "open":
            self.names[done] = self.name_of(arguments[0])
        return done

    return operation


for _name in OPERATIONS:
    setattr(Faulty, _name, _faulty(_name))
