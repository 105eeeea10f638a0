"""The weights before the first step, where a config asks for those of a run, or for constructed ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nncli.config.experiment import Design, Experiment
from nncli.config.starting_run import weights_to_start_from
from nncli.errors import Edit, ExitCode, KeyPath, Suggestion, UserError
from nncli.experiments.result import parameter_names
from nncli.nn.activations import activations
from nncli.nn.arrays import Array
from nncli.nn.layers.dropout import Dropout
from nncli.nn.network import Network
from nncli.nn.parameters import Segment
from nncli.registry import changed, options_of
from nncli.report.network_text import layer_text, part_text
from nncli.runs.directory import RunDirectory

BEFORE_TRAINING = ("initializer", "bias_initializer", "recurrent_initializer", "regularizer")
"""Options of a layer that do not change what it computes."""

AT: KeyPath = ("training", "start")


def write_start(experiments: Sequence[Experiment], network: Network) -> None:
    """Overwrite the drawn weights of the experiments of a stack that start from others.

    Raises:
        UserError: (code DATA) if the run is missing or its weights have changed; (code USAGE) if it has other layers,
            another dtype or other seeds, or the network is not the constructed one.
    """
    row = 0
    for experiment in experiments:
        theta = network.theta[row : (row := row + len(experiment.seeds))]
        write_start_of(experiment, experiment.seeds, network.segments, theta)


def write_start_of(design: Design, seeds: Sequence[int], segments: Sequence[Segment], theta: Array) -> None:
    """The same for some seeds of one design, whose rows are not needed; theta is (R, P). Raises: as `write_start`."""
    if design.start.run is not None:
        _write_run(design, seeds, design.start.run, segments, theta)
    elif design.start.constructed is not None:
        _write_construction(design, design.start.constructed, segments, theta)


def _write_run(design: Design, seeds: Sequence[int], folder: str, segments: Sequence[Segment], theta: Array) -> None:
    """Each seed gets the weights of the chosen seed of a run, of its only one, or of the same seed."""
    from nncli.experiments.predict import describe

    if weights_to_start_from(folder) != design.start.sha256:
        given = "the weights of this run have changed: their SHA-256 is not the recorded one"
        hint = "Restore them; or, to accept these in a new run, set training.start.sha256=null"
        raise UserError(given, where=folder, hint=hint, code=ExitCode.DATA)
    run = RunDirectory.open(Path(folder))
    _check_layers(design, describe(run)[0])
    with run.open_weights() as weights:
        chosen = design.start.seed if len(weights.seeds) > 1 or design.start.seed is not None else weights.seeds[0]
        wanted = [seed if chosen is None else chosen for seed in seeds]
        if missing := [seed for seed in wanted if seed not in weights.seeds]:
            known = ", ".join(map(str, weights.seeds[:8])) + (", ..." if len(weights.seeds) > 8 else "")
            hint = Suggestion(
                f"Start all from one of them: training.start.seed={weights.seeds[0]}",
                [Edit((*AT, "seed"), str(weights.seeds[0]))],
            )
            raise _refusal(f"the run has no seed {missing[0]}", "seed", hint, f"Its seeds: {known}")
        rows = {seed: [r for r, own in enumerate(wanted) if own == seed] for seed in wanted}
        names = parameter_names(segments)
        for segment, name in zip(segments, names, strict=True):
            weights.require(name, segment.spec.shape, theta.dtype)
        for group, arrays in weights.groups(names):
            for index, seed in enumerate(group):
                for segment, array in zip(segments, arrays, strict=True):
                    segment.view(theta)[rows.get(seed, [])] = array[index]


def _check_layers(design: Design, other: Design) -> None:
    """Refuse a run whose network does not compute the same function of its weights."""
    own, theirs = _computing(design), _computing(other)
    if design.input_shape != other.input_shape:
        given = f"the inputs of the run have the shape {_shape(other)}, and those of this config {_shape(design)}"
        raise _refusal(given)
    for place, (mine, its) in enumerate(zip(own, theirs, strict=False), 1):
        if mine != its:
            given = f"layer {place} of the run is {layer_text(its)}, and here {layer_text(mine)}"
            raise _refusal(given, hint="Give both the same layers")
    if len(own) != len(theirs):
        raise _refusal(
            f"the run has {len(theirs)} layers, and this config {len(own)}", hint="Give both the same layers"
        )
    if design.output.activation != other.output.activation:
        mine, its = (part_text(activations, each.output.activation) for each in (design, other))
        raise _refusal(f"the output activation of the run is {its}, and here {mine}")
    if design.dtype != other.dtype:
        hint = Suggestion(f"Set dtype={other.dtype.name}", [Edit(("dtype",), other.dtype.name)])
        raise _refusal(f"the weights of the run are {other.dtype.name}, and those here {design.dtype.name}", hint=hint)


def _computing(design: Design) -> list[Any]:
    """The layers without the options that only matter before or during training, and without dropout."""
    layers = [placed.layer for placed in design.placed_layers if not isinstance(placed.layer, Dropout)]
    return [
        changed(layer, **{name: None for name in BEFORE_TRAINING if name in options_of(type(layer))})
        for layer in layers
    ]


def _shape(design: Design) -> str:
    return " × ".join(map(str, design.input_shape))


def _write_construction(design: Design, tolerance: float, segments: Sequence[Segment], theta: Array) -> None:
    """All seeds get the constructed weights."""
    from nncli.experiments.construction import construct

    try:
        found = construct(design.task, tolerance)
    except UserError as error:
        raise error.replaced(where="training.start.constructed") from error
    arrays = [found.units.W1, found.units.b1, found.units.W2, found.units.b2]
    fits = [segment.spec.shape for segment in segments] == [array.shape for array in arrays]
    layers = [placed.layer for placed in design.placed_layers]
    relu, linear = activations.get("relu"), activations.get("linear")
    kinds = [getattr(layer, "activation", None) for layer in layers]
    if not (fits and len(kinds) == 2 and isinstance(kinds[0], relu) and isinstance(kinds[1], linear)):
        given = (
            f"the constructed network has {found.units.count} relu units and a linear output unit, and this one has not"
        )
        ways = [Edit(("architecture",), f"[{found.units.count}]"), Edit(("activation",), "relu")]
        hint = Suggestion(f"Set architecture=[{found.units.count}] and activation=relu", ways)
        raise _refusal(given, "constructed", hint)
    if design.dtype != np.float64:
        hint = Suggestion("Set dtype=float64", [Edit(("dtype",), "float64")])
        raise _refusal(f"the bound of a construction holds in float64, not in {design.dtype.name}", "constructed", hint)
    if design.splitting.standardize:
        hint = Suggestion("Set training.standardize=false", [Edit(("training", "standardize"), "false")])
        raise _refusal("a construction is of inputs that are not standardized", "constructed", hint)
    for segment, array in zip(segments, arrays, strict=True):
        segment.view(theta)[:] = array


def _refusal(given: str, key: str = "run", hint: str = "", allowed: str = "") -> UserError:
    return UserError(given, where=f"training.start.{key}", hint=hint, allowed=allowed, code=ExitCode.USAGE)
