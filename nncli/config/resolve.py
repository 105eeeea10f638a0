"""Fill in everything that follows from the task and the defaults, and check that it fits together."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncli.analysis.metric_names import Kind, default_log_every, metric_names
from nncli.config.build_layers import PlacedLayer, walk
from nncli.config.document import Document
from nncli.config.experiment import (
    Checkpointing,
    Design,
    Experiment,
    LayerDefaults,
    OutputDesign,
    Splitting,
    is_perceptron_rule,
)
from nncli.config.load import examine, raise_all
from nncli.config.number_range import range_conflicts, weight_conflicts
from nncli.config.parts import RegularizerSet, show, to_data
from nncli.config.schema import ExperimentConfig, OutputConfig, TrainingConfig
from nncli.config.shapes import Conflict, place_layers
from nncli.errors import Edit, KeyPath, Suggestion, UserError
from nncli.nn.activations import Activation, activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import Block, Layer, layers, takes_activation
from nncli.nn.losses import Loss, losses
from nncli.nn.regularizers import added_by, penalties_of, regularizers
from nncli.nn.schedules import is_constant
from nncli.registry import changed, options_of
from nncli.tasks import SampleForm, Task, TaskData, tasks
from nncli.tasks.data_files import pinned
from nncli.tasks.splits import Splits, split, standardize
from nncli.training.settings import Settings, Stop, piece_sizes, rows_per_step

OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "linear"}
"""The output activation that goes with each kind of target."""

LOSSES = {"sigmoid": "binary_cross_entropy", "softmax": "softmax_cross_entropy", "step": "perceptron"}
"""The loss that goes with an output activation, where it is made for the targets; else `mean_squared_error`."""

TARGETS = {"binary": "0 or 1", "classes": "classes", "regression": "numbers"}
"""The target values of each kind."""


def resolve(document: Document) -> Experiment:
    """Validate a document, make its data, fill in every default, and check that everything fits together.

    Raises:
        UserErrors: one for each error.
        UserError: if its rows do not fit in memory.
    """
    try:
        return _resolve(document)
    except MemoryError:
        where, given = document.where(("task",)), "not enough memory for the rows of this task"
        raise UserError(given, where=where, hint="Try fewer rows") from None


def _resolve(document: Document) -> Experiment:
    examined = examine(document)
    faults = list(examined.faults)
    conflicts = [*_layer_conflicts(examined.config), *_training_conflicts(examined.config)]
    config = _with_layers(examined.config)
    data: TaskData | None = None
    output: OutputDesign | None = None
    hidden: tuple[PlacedLayer, ...] = ()
    splits: Splits | UserError | None = None
    if examined.is_sure_of(("task",)):
        try:
            config = config.model_copy(update={"task": pinned(config.task)})
            data = _finite_rows(config.task)
        except UserError as error:
            path = _path_to_blame(document)
            faults.append((path, error.replaced(where=dataclasses.replace(document.where(path), inner=error.where))))
    if data is not None:
        output, splits = _output_design(config, data.kind), _split(config, data)
        conflicts += [*_output_conflicts(config, output, data.form), *_row_conflicts(config, data, splits)]
        hidden, misfit = place_layers(config, data.form.shape, data.inputs, _smallest_batch(config, splits))
        conflicts += misfit
    certain = (conflict for conflict in conflicts if all(map(examined.is_sure_of, (conflict.path, *conflict.needs))))
    raise_all(document, [*faults, *(conflict.fault(document) for conflict in certain)])
    if output is None or not isinstance(splits, Splits):
        raise ValueError("a config without errors has rows and an output")
    splits = standardize(splits) if config.training.standardize else splits
    experiment = Experiment.of(_design(config, output, splits.train.form, hidden), splits)
    beyond = (*range_conflicts(experiment), *weight_conflicts(experiment))
    raise_all(document, [conflict.fault(document) for conflict in beyond])
    return experiment


def _finite_rows(task: Task) -> TaskData:
    """The rows of a task. Raises: `UserError`, also for numbers beyond the range of float64."""
    with np.errstate(all="ignore"):  # overflow is detected below
        data = task.data()
    if not (np.isfinite(data.inputs).all() and np.isfinite(data.targets).all()):
        raise UserError("it generates numbers beyond the range of float64", hint="Try smaller ones, or less noise")
    return data


def _path_to_blame(document: Document) -> KeyPath:
    """The place to name if the task makes no data: an override of its file, else its last override, else the task.

    Its seed is never the cause.
    """
    changed = [path for path in document.overrides if path[:1] == ("task",) and path[-1] != "seed"]
    return next((path for path in changed if path[-1] == "file"), changed[-1] if changed else ("task",))


def resolve_design(document: Document, form: SampleForm) -> Design:
    """The design that a document describes, for rows of a known form, without making the task's data.

    Raises:
        UserErrors: one for each error.
    """
    examined = examine(document, form.kind)
    raise_all(document, examined.faults)
    config = _with_layers(examined.config)
    output = _output_design(config, form.kind)
    hidden, misfit = place_layers(config, form.shape, None, None)  # batches need rows, and there are none here
    conflicts = [*_layer_conflicts(config), *_output_conflicts(config, output, form), *misfit]
    raise_all(document, [conflict.fault(document) for conflict in conflicts])
    return _design(config, output, form, hidden)


def _design(
    config: ExperimentConfig, output: OutputDesign, form: SampleForm, hidden: tuple[PlacedLayer, ...]
) -> Design:
    """The design of a config whose layers are filled in."""
    training = config.training
    return Design(
        name=str(config.name),
        task=config.task,
        form=form,
        architecture=tuple(config.architecture),
        hidden=hidden,
        defaults=LayerDefaults(config.activation, config.initializer, config.regularizer),
        output=output,
        training=_settings(config, output.loss),
        splitting=Splitting(training.validation, training.test, training.standardize),
        checkpoint=Checkpointing(training.checkpoint.every, training.checkpoint.keep),
        written_seeds=config.seeds,
        dtype=np.dtype(config.dtype),
        threads=config.threads,
    )


def _settings(config: ExperimentConfig, loss: Loss) -> Settings:
    """How to train, from the section of a config."""
    training, stop = config.training, config.training.stop
    return Settings(
        optimizer=training.optimizer,
        schedule=training.schedule,
        learning_rate=training.learning_rate,
        epochs=training.epochs,
        batch_size=_batch_size(training),
        shuffle=training.shuffle,
        clip_norm=training.clip_norm,
        log_every=training.log_every or default_log_every(training.epochs, len(config.seed_list)),
        stop=Stop(
            solved=stop.solved,
            tolerance=stop.tolerance,
            patience=stop.patience,
            min_delta=stop.min_delta,
            target=stop.target,
        ),
        watch_cycles=is_constant(training.schedule)
        and is_perceptron_rule(loss, training.optimizer, config.architecture),
    )


def _batch_size(training: TrainingConfig) -> int | None:
    """The rows per step; None for all."""
    return training.batch_size if isinstance(training.batch_size, int) else None


def _split(config: ExperimentConfig, data: TaskData) -> Splits | UserError | None:
    """The splits of the data, or the error if there are too few rows; None if the fractions leave no training rows."""
    training = config.training
    if training.validation + training.test >= 1:
        return None
    try:
        return split(data, training.validation, training.test, getattr(config.task, "seed", 0))
    except UserError as error:
        return error


def _with_layers(config: ExperimentConfig) -> ExperimentConfig:
    """The config with every option of the hidden layers filled in."""
    defaults = {
        "activation": config.activation,
        "initializer": config.initializer,
        "bias_initializer": initializers.get("zeros")(),
        "recurrent_initializer": initializers.get("orthogonal")(),
        "regularizer": config.regularizer,
    }
    return config.model_copy(
        update={"architecture": [_with_defaults(layer, defaults) for layer in config.architecture]}
    )


def _output_design(config: ExperimentConfig, kind: Kind) -> OutputDesign:
    """The output layer and the loss, for targets of a kind."""
    output = config.output
    activation, loss = _output_parts(output, kind)
    return OutputDesign(
        activation=activation,
        loss=loss,
        initializer=output.initializer or config.initializer,
        bias_initializer=output.bias_initializer or initializers.get("zeros")(),
        regularizer=output.regularizer,
        bias=output.bias,
    )


def _with_defaults(layer: Layer | Block, defaults: dict[str, Any]) -> Layer | Block:
    """The layer and those inside it, with missing options taken from the config; a block takes only penalties."""
    filled: dict[str, object] = {}
    if isinstance(layer, Block):
        filled["layers"] = tuple(_with_defaults(inner, defaults) for inner in layer.layers)
        defaults = defaults | {"regularizer": penalties_of(defaults["regularizer"])}
    names = [name for name in options_of(type(layer)) if name in defaults and getattr(layer, name) is None]
    return changed(layer, **filled, **{name: defaults[name] for name in names})


def _output_parts(output: OutputConfig, kind: Kind) -> tuple[Activation, Loss]:
    """The output activation and the loss: each follows from the other if only one is given."""
    activation, loss = output.activation, output.loss
    if activation is None:
        included = "linear" if loss is None else loss.link
        activation = activations.get(OUTPUTS[kind] if included == "linear" else included)()
    if loss is None:
        name = LOSSES.get(activations.name_of(activation), "mean_squared_error")
        loss = losses.get(name if kind in losses.get(name).kinds else "mean_squared_error")()
    return activation, loss


def _output_conflicts(config: ExperimentConfig, output: OutputDesign, form: SampleForm) -> Iterator[Conflict]:
    loss, activation = losses.name_of(output.loss), activations.name_of(output.activation)
    function = output.activation
    task = tasks.name_of(config.task)
    at_loss, at_activation = ("output", "loss"), ("output", "activation")
    if form.kind not in output.loss.kinds:
        fitting = [name for name in losses if form.kind in losses.get(name).kinds]
        given = f"{loss} does not fit the task {task}, whose targets are {TARGETS[form.kind]}"
        yield Conflict.at(at_loss, given, _put(f"Try {', '.join(fitting)}", at_loss, *fitting))
    elif function.couples_units and form.outputs == 1:
        given = f"{activation} over one unit is always 1"
        yield Conflict.at(at_activation, given, _put("Try sigmoid", at_activation, "sigmoid"))
    elif output.loss.link not in ("linear", activation):
        given = f"{loss} applies {output.loss.link} itself, so the output activation cannot be {activation}"
        hint = f"Try activation: {output.loss.link}, or another loss"
        yield Conflict.at(at_activation, given, _put(hint, at_activation, output.loss.link), (at_loss,))
    elif function.flat and output.loss.link == "linear" and config.training.epochs > 0:
        given = f"the derivative of {activation} is 0, so {loss} cannot train anything"
        hint = _put("Try loss: perceptron", at_loss, "perceptron")
        yield Conflict.at(at_activation, given, hint, (at_loss, ("training", "epochs")))
    if unfit := added_by(output.regularizer):
        others = " or ".join(map(regularizers.name_of, unfit))
        yield Conflict.at(("output", "regularizer"), f"output units can have penalties (l1, l2), not {others}", "")


def _put(sentence: str, path: KeyPath, *texts: str) -> Suggestion:
    """A suggestion to write one of some values at a path."""
    return Suggestion(sentence, *([Edit(path, text)] for text in texts))


def _layer_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
    """Errors in the hidden layers of a config whose defaults are not filled in yet."""
    written = list(walk(config.architecture, ("architecture",)))
    for path, layer in written:
        own = getattr(layer, "activation", None)
        function = own or config.activation
        if takes_activation(layer) and getattr(layer, "units", 0) == 1 and function.couples_units:
            needs = () if own else (("activation",),)
            given, hint = f"{activations.name_of(function)} over one unit is always 1", "Try more units, or sigmoid"
            yield Conflict.at(path, given, hint, needs)
        regularizer = getattr(layer, "regularizer", None) or ()
        if isinstance(layer, Block) and added_by(regularizer):
            given, hint = "the projection of a block can have penalties (l1, l2)", "Put the others on its layers"
            yield Conflict.at((*path, layers.name_of(layer), "regularizer"), given, hint)
    plain = [layer for _, layer in written if not isinstance(layer, Block)]
    if config.regularizer and not any("regularizer" in options_of(type(layer)) for layer in plain):
        names = ", ".join(regularizers.name_of(part) for part in config.regularizer)
        penalties = not added_by(config.regularizer)
        hint = _put("Set regularizer=none", ("regularizer",), "none")
        if penalties:
            from nncli.config.suggestions import flow

            moved = Edit(("output", "regularizer"), flow(to_data(config.regularizer, RegularizerSet(regularizers))))
            hint = Suggestion("Write it under output.regularizer", [Edit(("regularizer",), None), moved])
        given = f"no hidden layer for {names}"
        yield Conflict.at(("regularizer",), given, hint, (("architecture",),))


def _smallest_batch(config: ExperimentConfig, splits: Splits | UserError | None) -> int | None:
    """The rows of the smallest batch of an epoch, if there are epochs and the rows can be split."""
    if config.training.epochs == 0 or not isinstance(splits, Splits):
        return None
    rows = len(splits.train.inputs)
    return min(piece_sizes(rows, rows_per_step(_batch_size(config.training), rows)))


def _training_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
    """Conflicts within the training section, whatever the task."""
    training = config.training
    if training.validation + training.test >= 1:
        given = f"validation {training.validation:g} and test {training.test:g} leave no rows to train on"
        yield Conflict.at(("training", "validation"), given, "Their sum must be below 1", (("training", "test"),))
    if (warmup := training.schedule.warmup) > training.epochs:
        given = f"warm-up takes {warmup:g} epochs, but training has {training.epochs}"
        yield Conflict.at(("training", "schedule"), given, "Shorten it", (("training", "epochs"),))


def _row_conflicts(config: ExperimentConfig, data: TaskData, splits: Splits | UserError | None) -> Iterator[Conflict]:
    """Conflicts between the training section and the rows of the task, or their splits."""
    training, rows = config.training, len(data.inputs)
    at_target, at_validation = ("training", "stop", "target"), ("training", "validation")
    if (target := training.stop.target) is not None:
        known = metric_names(data.kind, training.validation > 0, test=False)
        if target.metric in metric_names(data.kind, validation=True, test=False) and target.metric not in known:
            given, hint = (
                f"{target.metric} needs validation rows",
                _put("Try training.validation: 0.2", at_validation, "0.2"),
            )
            yield Conflict.at(at_target, given, hint, (at_validation,))
        else:
            try:
                target.require(known)
            except UserError as error:
                yield Conflict(at_target, error)
    if isinstance(training.batch_size, int) and training.batch_size > rows:
        given = f"{show(training.batch_size)} is more than the {rows} rows available"
        yield Conflict.at(("training", "batch_size"), given, _put("Try all", ("training", "batch_size"), "all"))
    if isinstance(splits, UserError):
        yield Conflict(at_validation, splits, (("training", "test"),))
