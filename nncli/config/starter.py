"""Write a commented starter config."""

from __future__ import annotations

import os
import shlex
import textwrap
from pathlib import Path
from typing import Any

from nncli.config.parts import PartOf, to_data
from nncli.config.schema import ExperimentConfig, StopConfig, TrainingConfig
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.registry import doc_of, options_of
from nncli.storage.files import write_atomically
from nncli.storage.names import check_name
from nncli.tasks import Task, TaskData, tasks
from nncli.tasks.input_scale import InputScale

SAMPLES: dict[str, Any] = {
    "boolean": {"table": "0110"},
    "function": {"expression": "sin(3*x)"},
    "table": {"file": "data.csv", "target": "y"},
    "arrays": {"file": "data.npz"},
}
"""Values for options that a task requires."""


WIDTH = 80
"""The width of a standard terminal."""


def write_starter(path: Path, task: str) -> Path:
    """Write a starter config for a task to a new file.

    Raises:
        UserError: for an unknown task, a bad name, or a file that already exists.
    """
    check_name(path.stem)
    text = starter(task, path)
    if os.path.lexists(path):
        raise UserError("file exists; not overwritten", where=str(path))
    write_atomically(path, text)
    return path


def starter(task: str, path: Path) -> str:
    """The text of a starter config for a task, to be written to a path."""
    part = tasks.get(task)(**SAMPLES.get(task, {}))
    data = _data(part)
    scale = None if data is None else InputScale.of(data.inputs)
    regression = data is not None and data.kind == "regression"
    flatten = ["flatten"] if data is not None and data.inputs.ndim > 2 else []
    keys: list[tuple[str, Any]] = [
        ("architecture", [*flatten, *([16, 16] if regression else [8])]),
        ("activation", "tanh"),
        ("initializer", "xavier_uniform"),
        ("regularizer", "none"),
    ]
    training: list[tuple[str, Any]] = [
        ("optimizer", "adam"),
        ("learning_rate", 0.01 if regression else 0.05),
        ("epochs", 2000 if regression else 1000),
        ("batch_size", 32 if regression else "all"),
        ("validation", 0.2 if regression else 0.0),
        *([("standardize", True)] if scale is not None and scale.is_off else []),
    ]
    lines = [
        *_comment(doc_of(type(part)).splitlines()[0], 0),
        f"# Train it:        nncli train {shlex.quote(str(path))}   (on many seeds: --seeds 50)",
        "# List the parts:  nncli list tasks, nncli list activations, ...",
        "",
    ]
    lines += _task(task, part)
    for key, entry in keys:
        lines += _entry(key, entry, str(ExperimentConfig.model_fields[key].description), 0)
    lines.append("training:")
    for key, entry in training:
        lines += _entry(key, entry, str(TrainingConfig.model_fields[key].description), 2)
    lines += ["  # when a seed stops before its last epoch", "  stop:"]
    lines += _entry("solved", True, str(StopConfig.model_fields["solved"].description), 4)
    lines += _entry("seeds", 1, str(ExperimentConfig.model_fields["seeds"].description), 0)
    return "\n".join(lines) + "\n"


def _data(task: Task) -> TaskData | None:
    """The data of a task, if available: a file of the user's may not exist yet."""
    try:
        return task.data()
    except UserError:
        return None


def _task(name: str, task: Any) -> list[str]:
    """The task with each of its options, ready to be changed."""
    lines = _comment(str(ExperimentConfig.model_fields["task"].description), 0)
    data = to_data(task, PartOf(tasks))
    if data == name:
        return [*lines, f"task: {name}"]
    lines += ["task:", f"  {name}:"]
    for key, option in options_of(type(task)).items():
        lines += _entry(key, data[name][key], option.help, 4)
    return lines


def _entry(key: str, value: Any, comment: str, indent: int) -> list[str]:
    """A key with its comment above, so that lines stay short."""
    text = write_yaml({key: value}).rstrip("\n")
    return [*_comment(comment, indent), *(" " * indent + line for line in text.splitlines())]


def _comment(text: str, indent: int) -> list[str]:
    """A comment in as many lines as it takes."""
    start = " " * indent + "# "
    unbroken: Any = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=start, **unbroken)
