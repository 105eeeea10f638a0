"""From a document to a complete `Experiment`: fill in what follows from the task and the defaults, and check it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from nncli.analysis.metric_names import Kind, default_log_every
from nncli.config.build_layers import PlacedLayer
from nncli.config.conflicts import layer_conflicts, output_conflicts, row_conflicts, training_conflicts
from nncli.config.disk_space import history_conflicts
from nncli.config.document import Document
from nncli.config.experiment import (
    Checkpointing,
    Design,
    Experiment,
    LayerDefaults,
    OutputDesign,
    Splitting,
    StartingPoint,
    is_perceptron_rule,
)
from nncli.config.load import examine, raise_all
from nncli.config.number_range import range_conflicts, weight_conflicts
from nncli.config.relative_paths import START_RUN
from nncli.config.schema import ExperimentConfig, OutputConfig, TrainingConfig
from nncli.config.shapes import place_layers
from nncli.config.starting_run import start_conflicts, with_pinned_start
from nncli.errors import KeyPath, UserError
from nncli.nn.activations import Activation, activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import Block, Layer
from nncli.nn.losses import Loss, losses
from nncli.nn.regularizers import penalties_of
from nncli.nn.schedules import is_constant
from nncli.registry import changed, options_of
from nncli.tasks import SampleForm, Task, TaskData
from nncli.tasks.data_files import pinned
from nncli.tasks.splits import Splits, split, standardize
from nncli.training.settings import Settings, Stop, piece_sizes, rows_per_step

OUTPUTS = {"binary": "sigmoid", "classes": "softmax", "regression": "linear"}
"""The output activation that goes with each kind of target."""

LOSSES = {"sigmoid": "binary_cross_entropy", "softmax": "softmax_cross_entropy", "step": "perceptron"}
"""The loss that goes with an output activation, where it is made for the targets; else `mean_squared_error`."""


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
    conflicts = [
        *layer_conflicts(examined.config),
        *training_conflicts(examined.config),
        *start_conflicts(examined.config),
    ]
    config = _with_layers(examined.config)
    if examined.is_sure_of(START_RUN):
        try:
            config = with_pinned_start(config)
        except UserError as error:
            where = dataclasses.replace(document.where(START_RUN), inner=error.where)
            faults.append((START_RUN, error.replaced(where=where)))
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
        conflicts += [*output_conflicts(config, output, data.form), *row_conflicts(config, data, splits)]
        hidden, misfit = place_layers(config, data.form.shape, data.inputs, _smallest_batch(config, splits))
        conflicts += misfit
    certain = (conflict for conflict in conflicts if all(map(examined.is_sure_of, (conflict.path, *conflict.needs))))
    raise_all(document, [*faults, *(conflict.fault(document) for conflict in certain)])
    if output is None or not isinstance(splits, Splits):
        raise ValueError("a config without errors has rows and an output")
    splits = standardize(splits) if config.training.standardize else splits
    experiment = Experiment.of(_design(config, output, splits.train.form, hidden), splits)
    beyond = (*range_conflicts(experiment), *weight_conflicts(experiment), *history_conflicts(experiment))
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
    conflicts = [*layer_conflicts(config), *output_conflicts(config, output, form), *misfit]
    raise_all(document, [conflict.fault(document) for conflict in conflicts])
    return _design(config, output, form, hidden)


def _design(
    config: ExperimentConfig, output: OutputDesign, form: SampleForm, hidden: tuple[PlacedLayer, ...]
) -> Design:
    """The design of a config whose layers are filled in."""
    training, start = config.training, config.training.start
    return Design(
        name=str(config.name),
        task=config.task,
        form=form,
        architecture=tuple(config.architecture),
        hidden=hidden,
        defaults=LayerDefaults(config.activation, config.initializer, config.regularizer),
        output=output,
        training=_settings(config, output.loss),
        start=StartingPoint(start.run, start.seed, start.sha256, start.constructed),
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
        record=tuple(training.record),
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


def _smallest_batch(config: ExperimentConfig, splits: Splits | UserError | None) -> int | None:
    """The rows of the smallest batch of an epoch, if there is any training pass and the rows can be split."""
    if (config.training.epochs == 0 and "flow" not in config.training.record) or not isinstance(splits, Splits):
        return None
    rows = len(splits.train.inputs)
    return min(piece_sizes(rows, rows_per_step(_batch_size(config.training), rows)))
