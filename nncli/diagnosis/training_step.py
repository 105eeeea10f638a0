"""The training step of a config as the calls that it makes: what is computed, in which order, on which arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping

import numpy as np

from nncli.config.experiment import Experiment
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.nn.arrays import AnyArray
from nncli.nn.layers import config_name
from nncli.nn.network import Network
from nncli.nn.program import Call, Program
from nncli.report.training_step_text import StepCall
from nncli.training.stack import Stack

WORDS = {"copyto": "copy", "vecdot": "dot", "at": "add at"}
"""What is done by calls whose name does not say it."""


def training_step(experiment: Experiment) -> list[StepCall]:
    """The calls of a training step of the first seed, in order: forward, loss, backward, penalties, norms, update.

    Python functions that stand for a formula, such as a block of GELU, are one call.
    """
    alone = experiment.with_seeds(experiment.seeds[:1])
    network = build_network([alone])
    stack = Stack(network, build_rows(alone, network), build_settings([alone]))
    network.begin_epoch(1)
    x, y = next(iter(stack.batches.epoch(1)))
    program, arrays = network.program(x, y)
    own = dict(zip(stack.descent.optimizer.slots, stack.descent.slots, strict=True))
    own |= {f"rate{number}": rate for number, rate in enumerate(stack.descent.rates, 1)}
    names = _Names(network, arrays, own)
    found = [_described(part, call, names) for part, call in _parts(network, program)]
    return found + [_described("update", call, names) for call in stack.descent.program.calls]


def _parts(network: Network, program: Program) -> Iterator[tuple[str, Call]]:
    """Each call with what it belongs to: the phase, and the number and name of the layer."""
    starts = {section.start: section for section in program.sections}
    part = ""
    for place, call in enumerate(program.calls):
        if (section := starts.get(place)) is not None:
            part = section.phase
            if section.layer is not None:
                part += f" {section.layer + 1} {config_name(network.layers[section.layer])}"
        yield part, call


def _described(part: str, call: Call, names: _Names) -> StepCall:
    """A call in words: the last array is what it writes."""
    function, arguments = call
    if isinstance(function, functools.partial):
        given = (*function.args, *arguments, *function.keywords.values())
        function = function.func
    else:
        given = arguments
    owner = getattr(function, "__self__", None)
    given = tuple(value for value in given if isinstance(value, np.ndarray))
    name = getattr(function, "__name__", str(function)).strip("_")
    if isinstance(owner, np.ndarray):  # a method of what it writes
        given = (*given, owner)
    elif owner is not None:  # `np.maximum.reduce`, or a formula of a layer or an activation
        kind = owner.__name__ if isinstance(owner, np.ufunc) else type(owner).__name__.lower()
        name = f"{kind.removeprefix('bound')} {name}"
    elif name == "copyto":
        given = given[::-1]
    elif name == "take":
        given = (given[0], given[1], given[2])
    *inputs, output = given
    product = name == "matmul"
    return StepCall(
        part,
        WORDS.get(name, name.replace("_", " ")),
        tuple(names.of(array) + "ᵀ" * (product and _is_turned(array)) for array in inputs),
        names.of(output),
        tuple(map(_shape, inputs)),
        _shape(output),
        math.prod(output.shape) * inputs[0].shape[-1] if product else 0,
        sum(array.nbytes for array in given),
    )


def _is_turned(array: AnyArray) -> bool:
    """Whether the matrix is the transpose of one in memory."""
    return min(array.shape[-2:]) > 1 and array.strides[-2] < array.strides[-1]


def _shape(array: AnyArray) -> tuple[int, ...]:
    """Without the axis of the only replica."""
    return array.shape[1:] if array.ndim > 1 and array.shape[0] == 1 else array.shape


class _Names:
    """The names of arrays and of their parts."""

    def __init__(self, network: Network, arrays: Mapping[str, AnyArray], others: Mapping[str, AnyArray]) -> None:
        self._numbers = {array: _numbered(network, array) for array in arrays}
        self._wholes = {_root_id(array): name for name, array in {**arrays, **others}.items()}
        self._parameters = [(s.start, s.stop, f"{s.spec.name}{s.layer + 1}") for s in network.segments]
        numbers = arrays["loss"].base
        self._norms = id(numbers) if numbers is not None else 0
        self._size = network.theta.shape[1]

    def of(self, array: AnyArray) -> str:
        """The name of an array, or of the array that it is a part of."""
        whole = self._wholes.get(_root_id(array))
        if whole is None and array.size == 1 and array.base is None:
            return f"{array.item():.6g}"
        if _root_id(array) == self._norms:
            return ("loss", "‖g‖²", "‖theta‖²")[_start(array)]
        if whole is None:
            return "constants" if array.base is None else "scratch"
        if whole in ("theta", "grad"):
            return self._of_parameters(array, "d" if whole == "grad" else "") or whole
        return self._numbers.get(whole, whole)

    def _of_parameters(self, array: AnyArray, prefix: str) -> str:
        """The parameters that a view of a row shows."""
        start = _start(array)
        stop = start + array.size
        own = [name for first, last, name in self._parameters if first < stop and start < last]
        return "" if array.size >= self._size else " ".join(prefix + name for name in own)


def _numbered(network: Network, name: str) -> str:
    """The name of a buffer with the number of its layer, counted from 1: `z1` for `z0`."""
    stem, digits = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    return f"{stem}{int(digits) + 1}" if digits and int(digits) < len(network.layers) else name


def _root(array: AnyArray) -> AnyArray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _root_id(array: AnyArray) -> int:
    return id(_root(array))


def _start(array: AnyArray) -> int:
    """The index of the first number of a view in the array that it is a part of."""
    root = _root(array)
    return int(array.ctypes.data - root.ctypes.data) // root.itemsize
