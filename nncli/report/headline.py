"""An experiment in a line or a table: its network, its learning rule, its classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nncli.config.experiment import Design, Experiment
from nncli.nn.activations import activations
from nncli.nn.optimizers import optimizers
from nncli.nn.schedules import schedules
from nncli.report.classes_text import classes_text
from nncli.report.network_text import LayerRow, chain, layer_rows, part_text
from nncli.report.numbers import count, seeds_text
from nncli.tasks import tasks
from nncli.tasks.classes import class_rows


def headline(design: Design) -> str:
    """What is trained: `xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.05   seed 0`."""
    task = task_text(design)
    name = design.name if design.name == task else f"{design.name} ({task})"
    return "   ".join(
        [
            name,
            network_text(design),
            count(design.parameter_count, "parameter"),
            rule(design),
            *start(design),
            seeds_text(design.seeds),
        ]
    )


def network_text(design: Design) -> str:
    """The network in one line."""
    output = f"{design.outputs} {output_activation(design)}"
    return chain(design.input_shape, design.hidden_layers, output)


def output_activation(design: Design) -> str:
    """The output activation, whether the layer or the loss applies it."""
    return part_text(activations, design.output.activation)


def task_text(design: Design) -> str:
    """The name of the task."""
    return tasks.name_of(design.task)


def rule(design: Design) -> str:
    """How it learns: `adam 0.05`, `perceptron rule 0.1`."""
    training = design.training
    if training.epochs == 0:
        return "no training"
    name, *options = part_text(optimizers, training.optimizer).split(" ", 1)
    if design.is_perceptron_rule:
        name = "perceptron rule"
    schedule = part_text(schedules, training.schedule)
    details = [*options, *([] if schedule == "constant" else [schedule])]
    return f"{name} {training.learning_rate:g}" + (f" ({', '.join(details)})" if details else "")


def start(design: Design) -> Iterator[str]:
    """Where its weights come from, if they are not drawn: `from sine-20261129T015713Z-0d3aa9`."""
    if design.start.run is not None:
        seed = "" if design.start.seed is None else f" seed {design.start.seed}"
        yield f"from {Path(design.start.run).name}{seed}"
    elif design.start.constructed is not None:
        yield f"constructed within {design.start.constructed:g}"


def classes(experiment: Experiment) -> str:
    """The classes with their rows: `classes   cat (30)   dog (50)`. Empty if rows have no class."""
    return classes_text({name: sum(rows.values()) for name, rows in class_rows(experiment.splits).items()})


def table(design: Design) -> list[LayerRow]:
    """The layers with their shapes and parameters."""
    nested = [*design.hidden_layers, design.output_layer]
    return layer_rows(nested, design.placed_layers, output_activation(design))
