"""What is wrong with the files of users: the bytes, options of the task, and what the answer says, and where.

A case is {what is wrong: (bytes, options, the place after the file's name, words)}.
"""

from __future__ import annotations

from bad_data.archives import ARRAYS
from bad_data.tables import TABLES

__all__ = ["BAD_FILES"]

BAD_FILES = {
    f"{task}: {what}": (task, name, *case)
    for task, name, cases in (("table", "data.csv", TABLES), ("arrays", "data.npz", ARRAYS))
    for what, case in cases.items()
}
"""{case: (task, file name, bytes, options, place, words)}"""
