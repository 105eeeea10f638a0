"""The classes whose separability is asked for: rows of a task, or what a run's hidden layer makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.separation import Answer
from nncli.config.load import examine, load_document, override, raise_all
from nncli.config.recorded_config import recorded_experiment
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.separability import separate
from nncli.errors import UserError
from nncli.experiments.hidden_rows import after_layers
from nncli.experiments.predict import reopen
from nncli.runs.directory import RunDirectory
from nncli.tasks import Task, TaskData

REST = "the others"
"""The name of all classes but one."""


@dataclass(frozen=True, slots=True)
class TwoClasses:
    """Rows of two classes.

    Attributes:
        title: where they are from.
        inputs: (N, n).
        positive: (N,), which are of the first class.
        names: of the inputs.
        classes: the names of the first class and of the other.
    """

    title: str
    inputs: NDArray[np.float64]
    positive: NDArray[np.bool_]
    names: tuple[str, ...]
    classes: tuple[str, str]

    def separated(self) -> Answer:
        """A hyperplane between them, or a certificate that there is none."""
        first = int(self.positive.sum())
        return Answer(self.classes, (first, len(self.positive) - first), separate(self.inputs, self.positive))


def of_task(text: str) -> tuple[TwoClasses, ...]:
    """The rows of a task, given as in a config or by the config's file, as `of_layer` divides them.

    Raises:
        UserError: for a mistake in the task or a regression.
    """
    is_file = Path(text).suffix in (".yaml", ".yml")
    if is_file:
        document = load_document(Path(text))
    else:
        document = override(read_yaml("task: xor\n", "separable"), [f"task={text}"])
    examined = examine(document)
    raise_all(examined.document, [fault for fault in examined.faults if fault[0][:1] == ("task",)])
    task: Task = examined.config.task
    data = task.data()
    inputs = data.inputs.reshape(len(data.inputs), -1)
    names = data.input_names if len(data.input_names) == inputs.shape[1] else _numbered("x", inputs.shape[1])
    return _divided(str(examined.config.name) if is_file else text, data, inputs, names)


def of_layer(run: RunDirectory, layer: int | None, seed: int | None) -> tuple[TwoClasses, ...]:
    """The training rows of a run as they are after one of its layers, at its final weights.

    Of two classes there is one division; of more, one of each class from all others.

    Args:
        run: finished.
        layer: counted from 1 along all layers; None for the last one before the output.
        seed: None if the run has only one.

    Raises:
        UserError: for a layer or seed that it does not have, and see `reopen`.
    """
    experiment = recorded_experiment(run)
    most = len(experiment.placed_layers) - 1
    if layer is not None and not 0 <= layer <= most:
        allowed = f"Layers before the output: 0, the inputs, to {most}"
        raise UserError(f"the network has no hidden layer {layer}", where="--layer", allowed=allowed)
    if seed is None and len(experiment.seeds) > 1:
        raise UserError(
            "the run has several seeds", where="--seed", hint=f"Choose one, as in --seed {experiment.seeds[0]}"
        )
    chosen = most if layer is None else layer
    data = experiment.splits.train
    with reopen(run, seed) as trained:
        (network,) = trained.networks()
        hidden = after_layers(network, chosen, data.inputs)
    title = f"{run.folder}   after layer {chosen} of {most + 1}   seed {network.seeds[0]}"
    return _divided(title, data, hidden, _numbered("a", hidden.shape[1]))


def _divided(title: str, data: TaskData, inputs: NDArray[np.float64], names: tuple[str, ...]) -> tuple[TwoClasses, ...]:
    if data.kind == "regression":
        raise UserError("a hyperplane separates classes, but this task is a regression")
    sides = list(data.targets.T > 0.5)
    classes = [(name, REST) for name in data.class_names]
    if data.kind == "binary" or len(sides) == 2:
        zero, one = data.class_names or ("0", "1")
        sides, classes = sides[-1:], [(one, zero)]
    return tuple(TwoClasses(title, inputs, side, names, own) for side, own in zip(sides, classes, strict=True))


def _numbered(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i}" for i in range(1, count + 1))
