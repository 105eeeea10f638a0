"""One training step of a small network in numbers: forward, loss, backward, update, as the engine computes them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from itertools import takewhile

import numpy as np

from nncli.config.document import Document
from nncli.config.experiment import Design, Experiment
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.errors import ExitCode, Place, UserError
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.experiments.start import write_start
from nncli.nn.activations import activations, learned_parameters
from nncli.nn.arrays import AnyArray, Array
from nncli.nn.descent import Descent
from nncli.nn.layers import config_name
from nncli.nn.layers.dense import Dense
from nncli.nn.losses import losses
from nncli.nn.network import Network
from nncli.nn.optimizers import optimizers
from nncli.nn.optimizers.adam import Adam
from nncli.nn.passes import Output
from nncli.nn.regularizers import Penalty, regularizers
from nncli.nn.schedules import factor_at
from nncli.registry import options_of
from nncli.report.headline import output_activation
from nncli.report.network_text import layer_text, part_text
from nncli.report.numbers import count, grouped
from nncli.report.step_record import LayerStep, LossStep, Numbers, ParameterStep, UpdateStep, WorkedStep
from nncli.threads import limited_threads
from nncli.training.stack import Stack
from nncli.training.unit_use import derivative

MOST_UNITS = 6
"""The most inputs or units of a layer: a matrix with so many columns fits in 80 columns of text."""

MOST_PARAMETERS = 100
"""The most parameters: each has a row in the table of the update."""

SMALLER = (
    ["regularizer=none"],
    ["architecture=[2]"],
    ["architecture=[2]", "regularizer=none"],
    ["task=xor", "architecture=[2]"],
)
"""Overrides that make the network of many configs small enough, the gentlest first."""


def check_small(experiment: Experiment, document: Document) -> None:
    """Refuse a network that does not fit on a page, with overrides that make it fit.

    Raises:
        UserError: if a layer is not dense, or there are too many inputs, units or parameters.
    """
    if (given := _too_large(experiment)) is None:
        return
    for overrides in SMALLER:
        try:
            fits = _too_large(resolve(override(document, overrides))) is None
        except UserError:
            continue
        if fits:
            texts = " ".join(f"'{text}'" if "[" in text else text for text in overrides)
            raise UserError(given, hint=f"Try {texts}")
    raise UserError(given, hint="Try a config with a few dense layers and inputs, such as configs/xor.yaml")


def _too_large(design: Design) -> str | None:
    """Why the step of a network cannot be shown; None if it can."""
    for number, placed in enumerate(design.placed_layers, 1):
        where = "the output layer" if number == len(design.placed_layers) else f"layer {number}"
        name = config_name(placed.layer)
        if not isinstance(placed.layer, Dense):
            return f"{where}, {name}, cannot be shown: a step is explained for dense layers only"
        if len(placed.input_shape) > 1:
            return f"{where} gets a sequence or an image: a step is explained for vectors only"
        for size, noun in ((placed.input_shape[0], "input"), (placed.layer.units, "unit")):
            if size > MOST_UNITS:
                return f"{where} has {count(size, noun)}: a step is explained for at most {MOST_UNITS} in a layer"
    if design.parameter_count > MOST_PARAMETERS:
        given = count(design.parameter_count, "parameter")
        return f"the network has {given}: a step is explained for at most {grouped(MOST_PARAMETERS)}"
    return None


def worked_step(experiment: Experiment, row: int = 1, seed: int | None = None) -> WorkedStep:
    """The first training step of one seed, with one training row as the batch.

        z  = a_prev W + b          a  = f(z)
        dz = da * f'(z)            dW = a_prevᵀ dz,   db = dz,   da_prev = dz Wᵀ

    All numbers are those of the program that trains (`Network.program`) and of the optimizer's own; only f'(z) is
    asked for separately, from the same activation.

    Args:
        experiment: accepted by `check_small`.
        row: the number of the row, from 1, among the training rows in their own order.
        seed: gives the weights, the initial ones or those of `training.start`; default: the first of the config.

    Raises:
        UserError: if there is no such row, no such start, or the loss, the gradient or the update is not finite.
    """
    alone = experiment.with_seeds([experiment.seeds[0] if seed is None else seed])
    rows = len(alone.splits.train.inputs)
    if not 1 <= row <= rows:
        allowed = "there is only row 1" if rows == 1 else f"the training rows are 1 to {grouped(rows)}"
        raise UserError(f"there is no training row {row}", where=Place("--row"), hint=allowed.capitalize())
    with limited_threads(alone.threads), np.errstate(all="ignore"):
        return _measured(alone, row)


def _measured(alone: Experiment, row: int) -> WorkedStep:
    network = build_network([alone])
    write_start([alone], network)
    splits = build_rows(alone, network)
    descent = Stack(network, splits, build_settings([alone])).descent
    train = splits["train"]
    x, y = (np.ascontiguousarray(array[:, row - 1 : row]) for array in (train.x, train.y))
    program, arrays = network.program(x, y)
    penalties_at = next(section.start for section in program.sections if section.phase == "penalties")
    for function, arguments in program.calls[:penalties_at]:
        function(*arguments)
    of_loss = network.grad.copy()
    output = network.gradient(x, y)
    _check_finite(output, row)
    of_objective, before, penalty = network.grad.copy(), network.theta.copy(), float(network.penalties()[0])
    layers = tuple(_layer(network, alone, index, arrays, of_loss) for index in range(len(network.layers)))
    loss = _loss(alone, output)
    training = alone.training
    factor = factor_at(training.schedule, 1, alone.steps_per_epoch, max(1, training.epochs))
    norms = descent.exact(output.squared_norms)
    norm = float(np.sqrt(float(norms[0])))
    descent.step(1, factor, norms)
    if not np.isfinite(network.theta).all():
        raise _diverged("update", row)
    parameters = _parameters(network, descent, before, of_loss, of_objective)
    after = network.measure(x, y)
    return WorkedStep(
        seed=network.seeds[0],
        row=row,
        rows=len(train),
        dtype=network.theta.dtype.name,
        standardized=alone.splits.mean is not None,
        x=_wide(x[0, 0, : alone.input_shape[0]]),
        layers=layers,
        loss=loss,
        penalty=penalty,
        update=UpdateStep(
            optimizer=optimizers.name_of(training.optimizer),
            formula=formula(training.optimizer),
            options=_numbers(training.optimizer),
            penalty_formula=tuple(line for penalty in _penalties(network) for line in formula(penalty)),
            learning_rate=float(np.max(training.learning_rate)),
            factor=factor,
            norm=norm,
            clip_norm=None if training.clip_norm is None else float(np.max(training.clip_norm)),
            parameters=parameters,
        ),
        loss_after=float(after.loss[0]),
        p_after=_wide(after.p[0, 0]),
        penalty_after=float(network.penalties()[0]),
    )


def _penalties(network: Network) -> list[Penalty]:
    """One penalty of each kind."""
    kinds = {type(penalty): penalty for segment in network.segments for penalty in segment.spec.penalties}
    return list(kinds.values())


def _check_finite(output: Output, row: int) -> None:
    if not output.is_finite():
        raise _diverged("gradient" if np.isfinite(output.loss).all() else "loss", row)


def _diverged(what: str, row: int) -> UserError:
    given = f"the {what} of row {row} is not finite in the first step"
    return UserError(given, hint="Try a smaller learning rate or smaller initial weights", code=ExitCode.DIVERGED)


def _layer(network: Network, design: Design, index: int, arrays: Mapping[str, AnyArray], of_loss: Array) -> LayerStep:
    """A layer before the update; `of_loss` is the gradient without penalties (1, P)."""
    layer = network.layers[index]
    if not isinstance(layer, Dense):
        raise TypeError(f"{config_name(layer)} is not dense")
    own = {s.spec.name: s for s in network.segments if s.layer == index}
    is_last, f, n_out = index == len(network.layers) - 1, layer.activation, layer.units
    n_in = network.shapes[index][0]
    given = _front(arrays["dz"] if is_last else arrays[f"da_prev{index + 1}"], n_out)
    linked = is_last and design.output.loss.link != "linear"
    z = _front(arrays[f"z{index}"], n_out)
    a = z if f.linear else _front(arrays[f"a{index}"], n_out)
    dz = given if f.linear else _front(arrays[f"dz{index}"], n_out)
    values = [own[spec.name].view(network.theta)[:, None, :] for spec in learned_parameters(f, n_out)]
    slope = None if f.linear or f.couples_units else derivative(f, z, a, *values)
    return LayerStep(
        number=index + 1,
        text=f"{n_out} {output_activation(design)}" if is_last else layer_text(layer),
        function=activations.name_of(f),
        formula=formula(f),
        a_prev=_wide(_front(_input(index, arrays), n_in)[0, 0]),
        W=_wide(own["W"].view(network.theta)[0]),
        b=_wide(own["b"].view(network.theta)[0]) if layer.bias else None,
        z=_wide(z[0, 0]),
        a=_wide(a[0, 0]),
        da=None if linked else _wide(given[0, 0]),
        slope=None if slope is None else _wide(slope[0, 0]),
        dz=_wide(dz[0, 0]),
        dW=_wide(own["W"].view(of_loss)[0]),
        db=_wide(own["b"].view(of_loss)[0]) if layer.bias else None,
        da_prev=_wide(_front(arrays[f"da_prev{index}"], n_in)[0, 0]) if index > 0 else None,
    )


def _input(index: int, arrays: Mapping[str, AnyArray]) -> AnyArray:
    """The array whose first numbers are the input of a layer."""
    if index == 0:
        return arrays["x"]
    name = f"a{index - 1}"
    return arrays[name] if name in arrays else arrays[f"z{index - 1}"]  # a linear layer has no a of its own


def _front(array: AnyArray, n: int) -> Array:
    """The first n numbers, where a buffer holds those of a batch of one row: (1, 1, n)."""
    return array.reshape(-1)[:n].reshape(1, 1, n)


def _loss(design: Design, output: Output) -> LossStep:
    loss = design.output.loss
    return LossStep(
        name=losses.name_of(loss),
        link=loss.link,
        formula=formula(loss),
        options=_numbers(loss),
        z=_wide(output.z[0, 0]),
        p=_wide(output.p[0, 0]),
        y=_wide(output.y[0, 0]),
        gradient=_wide(output.dz[0, 0]),
        value=float(output.loss[0]),
    )


def _parameters(
    network: Network, descent: Descent, before: Array, of_loss: Array, of_objective: Array
) -> tuple[ParameterStep, ...]:
    """All parameters after the step, whose gradient is still in `grad`."""
    found = []
    for segment in network.segments:
        of_loss_here, whole = segment.view(of_loss)[0], segment.view(of_objective)[0]
        memory = {name: _wide(segment.view(slot)[0]) for name, slot in _memory(descent).items()}
        found.append(
            ParameterStep(
                name=f"{segment.spec.name}{segment.layer + 1}",
                before=_wide(segment.view(before)[0]),
                after=_wide(segment.view(network.theta)[0]),
                of_loss=_wide(of_loss_here),
                of_penalties=_wide(whole - of_loss_here),
                gradient=_wide(segment.view(network.grad)[0]),
                memory=memory,
                penalties=tuple(part_text(regularizers, penalty) for penalty in segment.spec.penalties),
                decays=segment.spec.decay and hasattr(descent.optimizer, "weight_decay"),
            )
        )
    return tuple(found)


def _memory(descent: Descent) -> dict[str, Array]:
    """The optimizer's slots after the first step; those of adam as the textbook's m̂ and v̂, in float64."""
    optimizer, slots = descent.optimizer, descent.slots
    if isinstance(optimizer, Adam):  # 1 - beta^t cancels the factor of the scaled moments at t = 1
        M, V = (slot.astype(np.float64) for slot in slots)
        return {"m̂": M, "v̂": V}
    return dict(zip(optimizer.slots, slots, strict=True))


def _numbers(part: object) -> dict[str, float]:
    """The numeric options of a part."""
    named = {name: getattr(part, name) for name in options_of(type(part))}
    return {name: float(value) for name, value in named.items() if isinstance(value, (int, float, np.ndarray))}


def formula(part: object) -> tuple[str, ...]:
    """The lines of a part's formula: the first indented block of its docstring; with `approximate`, the last."""
    lines = inspect.cleandoc(type(part).__doc__ or "").splitlines()
    starts = [n for n, line in enumerate(lines) if line.startswith("    ") and not lines[n - 1].startswith("    ")]
    if not starts:
        return ()
    start = starts[-1 if getattr(part, "approximate", False) else 0]
    return tuple(line[4:] for line in takewhile(lambda line: line.startswith("    "), lines[start:]))


def _wide(array: AnyArray) -> Numbers:
    """A copy in float64, which prints the number that it is."""
    return np.array(array, np.float64)
