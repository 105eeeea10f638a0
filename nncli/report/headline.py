"""An experiment in a line or a table: its network, its learning rule, its classes."""

from __future__ import annotations

from nncli.config.experiment import Experiment
from nncli.nn.activations import activations
from nncli.nn.optimizers import optimizers
from nncli.nn.schedules import schedules
from nncli.report.classes_text import classes_text
from nncli.report.network_text import LayerRow, chain, layer_rows, part_text
from nncli.report.numbers import count, seeds_text
from nncli.tasks import tasks
from nncli.tasks.classes import class_rows


def headline(experiment: Experiment) -> str:
    """What is trained: `xor   2 → 4 tanh → 1 sigmoid   17 parameters   adam 0.05   seed 0`."""
    config = experiment.config
    name = str(config.name) if config.name == tasks.name_of(config.task) else f"{config.name} ({task_text(experiment)})"
    return "   ".join(
        [
            name,
            network_text(experiment),
            count(experiment.parameter_count, "parameter"),
            rule(experiment),
            seeds_text(config.seed_list),
        ]
    )


def network_text(experiment: Experiment) -> str:
    """The network in one line."""
    output = f"{experiment.outputs} {output_activation(experiment)}"
    return chain(experiment.input_shape, experiment.hidden_layers, output)


def output_activation(experiment: Experiment) -> str:
    """The output activation, whether the layer or the loss applies it."""
    return part_text(activations, experiment.config.output.activation)


def task_text(experiment: Experiment) -> str:
    """The name of the task."""
    return tasks.name_of(experiment.config.task)


def rule(experiment: Experiment) -> str:
    """How it learns: `adam 0.05`, `perceptron rule 0.1`."""
    training = experiment.config.training
    if training.epochs == 0:
        return "no training"
    name, *options = part_text(optimizers, training.optimizer).split(" ", 1)
    if name == "sgd" and output_activation(experiment) == "step" and not experiment.config.architecture:
        name = "perceptron rule"
    schedule = part_text(schedules, training.schedule)
    details = [*options, *([] if schedule == "constant" else [schedule])]
    return f"{name} {training.learning_rate:g}" + (f" ({', '.join(details)})" if details else "")


def classes(experiment: Experiment) -> str:
    """The classes with their rows: `classes   cat (30)   dog (50)`. Empty if rows have no class."""
    return classes_text({name: sum(rows.values()) for name, rows in class_rows(experiment.splits).items()})


def table(experiment: Experiment) -> list[LayerRow]:
    """The layers with their shapes and parameters."""
    nested = [*experiment.hidden_layers, experiment.output_layer]
    return layer_rows(nested, experiment.input_shape, output_activation(experiment))
