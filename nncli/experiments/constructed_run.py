"""A constructed network as a run that every other command accepts."""

from __future__ import annotations

from pathlib import Path

from nncli.config.document import Document
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.errors import UserError
from nncli.experiments.construction import Construction, construct
from nncli.experiments.train import Finished, run_stack
from nncli.storage.names import RUNS
from nncli.tasks import tasks


def construct_run(
    task: str, tolerance: float, *, name: str | None = None, runs_dir: Path = RUNS
) -> tuple[Construction, Finished]:
    """Construct a network for a task, and write it as a run that was trained for 0 epochs.

    Args:
        task: as in a config: `sine`, or `{function: {expression: "sin(3*x)"}}`.
        tolerance: the largest error that is allowed, above 0.
        name: of the run; default: that of the task.

    Raises:
        UserError: for anything but a function that can be constructed; see `construct`.
    """
    base = override(Document("construct", {"name": "constructed", "task": "sine"}), [f"task={task}"])
    experiment = resolve(base)
    try:
        found = construct(experiment.task, tolerance)
    except UserError as error:
        raise error.replaced(where=f"task={task}") from error
    chosen = [
        f"name={name or tasks.name_of(experiment.task)}",
        f"architecture=[{found.units.count}]",
        "activation=relu",
        "dtype=float64",
        "training.epochs=0",
        f"training.start.constructed={tolerance!r}",
    ]
    (finished,) = run_stack([resolve(override(base, chosen))], runs_dir=runs_dir)
    return found, finished
