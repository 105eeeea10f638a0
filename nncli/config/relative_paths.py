"""Resolve relative paths in a config."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from nncli.config.document import Document
from nncli.errors import KeyPath
from nncli.tasks import tasks
from nncli.tasks.data_files import FromFile

START_RUN: KeyPath = ("training", "start", "run")
"""Where a config names the run that training starts from."""


def anchored(document: Document) -> Document:
    """The document with the paths of the task's file and of the run that training starts from, if any, made absolute.

    A path in a config file is relative to the folder of that file, one in an override to the working directory,
    and `~` is the home directory. So a resolved config names the same file wherever it is trained again.
    """
    document = _anchored_start(document)
    found = file_task(document)
    if found is None:
        return document
    data: Any = document.data
    name, options = found
    if isinstance(options, str):
        options = _absolute(document, ("task", name), options)
    elif isinstance(options, dict) and isinstance(options.get("file"), str):
        options = {**options, "file": _absolute(document, ("task", name, "file"), options["file"])}
    return dataclasses.replace(document, data={**data, "task": {name: options}})


def _anchored_start(document: Document) -> Document:
    """The document with the path of the run that training starts from made absolute."""
    try:
        run = document.at(START_RUN)
    except LookupError:
        return document
    if not isinstance(run, str):
        return document
    data: Any = document.data
    training = data["training"]
    start = {**training["start"], "run": _absolute(document, START_RUN, run)}
    return dataclasses.replace(document, data={**data, "training": {**training, "start": start}})


def file_task(document: Document) -> tuple[str, Any] | None:
    """The name and the options of a document's task, if it is made from a file."""
    data: Any = document.data
    task = data.get("task")
    if not isinstance(task, dict) or len(task) != 1:
        return None
    ((name, options),) = task.items()
    return (name, options) if name in tasks and issubclass(tasks.get(name), FromFile) else None


def _absolute(document: Document, path: KeyPath, file: str) -> str:
    """The path of a file, which stands at a path of the document; an empty one stays as it is."""
    is_overridden = any(path[:length] in document.overrides for length in range(len(path) + 1))
    folder = "" if is_overridden else os.path.dirname(document.source)
    return os.path.abspath(os.path.join(folder, os.path.expanduser(file))) if file else file
