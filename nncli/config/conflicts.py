"""Whether values that are valid by themselves fit together; for the shapes of layers see `shapes.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nncli.analysis.metric_names import metric_names
from nncli.config.build_layers import walk
from nncli.config.document import Document, Fault
from nncli.config.experiment import OutputDesign
from nncli.config.parts import RegularizerSet, show, to_data
from nncli.config.schema import ExperimentConfig
from nncli.errors import Edit, ExitCode, KeyPath, Suggestion, UserError
from nncli.nn.activations import activations
from nncli.nn.layers import Block, layers, takes_activation
from nncli.nn.losses import losses
from nncli.nn.regularizers import added_by, regularizers
from nncli.registry import options_of
from nncli.tasks import SampleForm, TaskData, tasks
from nncli.tasks.splits import Splits

TARGETS = {"binary": "0 or 1", "classes": "classes", "regression": "numbers"}
"""The target values of each kind."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values that are valid by themselves but do not fit together.

    Attributes:
        path: where it is reported.
        error: what to report there.
        needs: other paths it depends on: it is reported only if these are surely what the user wants.
    """

    path: KeyPath
    error: UserError
    needs: tuple[KeyPath, ...] = ()

    @classmethod
    def at(cls, path: KeyPath, given: str, hint: str, needs: tuple[KeyPath, ...] = ()) -> Conflict:
        """The conflict at a path, in words: what was found, and what to try."""
        return cls(path, UserError(given, hint=hint), needs)

    def fault(self, document: Document) -> Fault:
        """The conflict as an error in a document."""
        return self.path, self.error.replaced(where=document.where(self.path), code=ExitCode.USAGE)


def output_conflicts(config: ExperimentConfig, output: OutputDesign, form: SampleForm) -> Iterator[Conflict]:
    """Conflicts between the output, the loss and the targets."""
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


def layer_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
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


def training_conflicts(config: ExperimentConfig) -> Iterator[Conflict]:
    """Conflicts within the training section, whatever the task."""
    training = config.training
    if training.validation + training.test >= 1:
        given = f"validation {training.validation:g} and test {training.test:g} leave no rows to train on"
        yield Conflict.at(("training", "validation"), given, "Their sum must be below 1", (("training", "test"),))
    if (warmup := training.schedule.warmup) > training.epochs:
        given = f"warm-up takes {warmup:g} epochs, but training has {training.epochs}"
        yield Conflict.at(("training", "schedule"), given, "Shorten it", (("training", "epochs"),))


def row_conflicts(config: ExperimentConfig, data: TaskData, splits: Splits | UserError | None) -> Iterator[Conflict]:
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
