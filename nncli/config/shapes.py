"""Whether each layer takes what the one before it gives, and what to try where it does not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from nncli.config.build import trace
from nncli.config.document import Document, Fault, KeyPath, dotted
from nncli.config.schema import ExperimentConfig
from nncli.errors import UserError
from nncli.nn.layers import Layer, OverBatch, ReadsData, Shape, layers
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.normalization import BatchNorm, LayerNorm
from nncli.registry import options_of
from nncli.tasks import TaskData

RANKS = {1: "a vector", 2: "a sequence (steps, features)", 3: "an image (height, width, channels)"}
"""What samples of each rank are."""

PLACES = {2: "step", 3: "pixel"}
"""What a sample of each rank has many of."""

VECTORIZERS = ("flatten", "mean_over_time", "global_average_pool")
"""The layers that make a vector of a sequence or an image."""

OTHERWISE = {1: "Try dense", 2: "Try conv or a recurrent layer", 3: "Try conv, or flatten and dense"}
"""What to try where a layer does not take samples of a rank, and vectors neither."""

BY_PLACE = (Dense, ActivationLayer, Dropout, BatchNorm, LayerNorm)
"""The layers that do the same at every step or pixel, so that a vectorizer may as well stand before them."""

MAX_LAYERS = 20_000
"""More than that is a mistake in `repeat`."""

MAX_NUMBERS = 1 << 52
"""NumPy has no words for arrays that cannot be addressed: 2^63 bytes, with room for what this reckoning leaves out."""


_KNOWN: dict[tuple[type, type], bool] = {}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Values that are right by themselves, but do not fit together.

    Attributes:
        path: where it is told.
        given: what is wrong.
        hint: what to try.
        needs: what else it speaks of: it is told only if that is what the user wants.
    """

    path: KeyPath
    given: str
    hint: str
    needs: tuple[KeyPath, ...] = ()

    def fault(self, document: Document) -> Fault:
        """The same as an error of a document."""
        return self.path, UserError(self.given, where=document.where(self.path), hint=self.hint)


@dataclass(frozen=True, slots=True)
class Traced:
    """A layer of the network: where it is written, and the shape of its input."""

    path: KeyPath
    layer: Layer
    shape: Shape

    @property
    def name(self) -> str:
        """What the layer is called in a config."""
        return layers.name_of(self.layer)


def shape_conflicts(
    config: ExperimentConfig, data: TaskData, smallest_batch: Callable[[], int | None]
) -> Iterator[Conflict]:
    """The first layer that does not take what the one before it gives, the first of them the inputs of the task.

    Args:
        config: with every option of the layers filled in.
        data: of the task.
        smallest_batch: says how many rows the smallest batch of an epoch has, if that is known.
    """
    out: Shape = tuple(data.inputs.shape[1:])
    passed: list[Traced] = []
    numbers = 0
    path: KeyPath = ("architecture",)
    for path, layer, shape in trace(config.architecture, out, path):  # noqa: B020
        if len(passed) >= MAX_LAYERS:
            yield Conflict(path, f"there are more than {MAX_LAYERS} layers", "")
            return
        step = Traced(path, layer, shape)
        try:
            if _is_a(layer, ReadsData):
                conflict = _reading_conflict(config, data, step, cast("ReadsData", layer), len(passed))
            else:
                conflict = _rank_conflict(step, passed)
            if _is_a(layer, OverBatch) and conflict is None:
                conflict = _batch_conflict(step, cast("OverBatch", layer).least_rows(shape), smallest_batch())
            if conflict is None:
                out = layer.output_shape(shape)
                numbers += len(config.seed_list) * _numbers(step, len(data.inputs))
                conflict = _size_conflict(step, numbers)
        except UserError as error:
            hint = ". ".join(filter(None, [error.hint, error.allowed]))
            conflict = Conflict(path, _in_repetition(step, passed) + error.given, hint)
        if conflict is not None:
            yield conflict
            return
        passed.append(step)
    if len(out) > 1:
        yield _end_conflict(passed, path, out)


def _is_a(layer: Layer, protocol: type) -> bool:
    """As `isinstance`, which takes its time for protocols: layers are many, and of few types."""
    key = type(layer), protocol
    if key not in _KNOWN:
        _KNOWN[key] = isinstance(layer, protocol)
    return _KNOWN[key]


def _numbers(step: Traced, rows: int) -> int:
    """How many numbers one replica has for a layer: its parameters, and what it keeps of each row."""
    of_a_row = sum(map(math.prod, step.layer.buffers(step.shape).values()))
    return sum(spec.size for spec in step.layer.parameters(step.shape)) + rows * of_a_row


def _size_conflict(step: Traced, numbers: int) -> Conflict | None:
    """Why a network cannot be as large as it is from a layer on."""
    if numbers <= MAX_NUMBERS:
        return None
    given = f"up to here the network takes {numbers:.0e} numbers, more than any computer holds"
    return Conflict(step.path, given, "Try fewer units", (("seeds",),))


def _reading_conflict(
    config: ExperimentConfig, data: TaskData, step: Traced, layer: ReadsData, number: int
) -> Conflict | None:
    """Why a layer cannot read the data: they are not what it reads, or it is not the first one."""
    shape = data.inputs.shape[1:]
    if len(shape) not in step.layer.ranks:
        given = f"{step.name} reads {layer.reads}, and the task gives {_in_words(shape)}"
        return Conflict(step.path, given, OTHERWISE[len(shape)])
    if number > 0:
        given = f"{step.name} reads the data itself, so no layer can stand before it"
        return Conflict(step.path, given, "Put it first")
    if config.training.standardize:
        given = f"standardized inputs are nothing that {step.name} can read"
        return Conflict(("training", "standardize"), given, "Remove it", (step.path,))
    layer.check(data.inputs)
    return None


def _rank_conflict(step: Traced, passed: Sequence[Traced]) -> Conflict | None:
    """Why a layer cannot have samples of a shape as its input: it takes others."""
    if len(step.shape) in step.layer.ranks:
        return None
    takes = " or ".join(RANKS[rank] for rank in step.layer.ranks)
    given = f"{_in_repetition(step, passed)}{step.name} takes {takes} and gets {_in_words(step.shape)}"
    hint = _instead_of_a_vector(step, passed) if len(step.shape) == 1 else OTHERWISE[len(step.shape)]
    return Conflict(step.path, given, hint)


def _instead_of_a_vector(step: Traced, passed: Sequence[Traced]) -> str:
    """What to try where a layer gets a vector and takes none: the layer that made it may be the one to change."""
    maker = next((before for before in reversed(passed) if len(before.shape) > 1), None)
    otherwise = "Leave it out" if step.name in VECTORIZERS else OTHERWISE[1]
    if maker is None or len(maker.shape) not in step.layer.ranks:
        return otherwise
    if "return_sequence" in options_of(type(maker.layer)):
        return f"Set return_sequence: true in {dotted(maker.path)}"
    return otherwise if step.name in VECTORIZERS else f"Put it before {maker.name} ({dotted(maker.path)})"


def _in_repetition(step: Traced, passed: Sequence[Traced]) -> str:
    """Which time it is that a layer inside `repeat` is passed, if not the first."""
    before = sum(other.path == step.path and other.layer == step.layer for other in passed)
    return f"in repetition {before + 1}, " if before else ""


def _batch_conflict(step: Traced, least: int, rows: int | None) -> Conflict | None:
    """Why a layer cannot train on the smallest batch of an epoch."""
    if rows is None or rows >= least:
        return None
    given = f"{step.name} needs {least} rows in every batch, and the last of an epoch has {rows}"
    hint = "Try another number of rows, or layer normalization"
    return Conflict(("training", "batch_size"), given, hint, (step.path, ("training",)))


def _end_conflict(passed: Sequence[Traced], last: KeyPath, out: Shape) -> Conflict:
    """That the hidden layers do not end with a vector; told of the dense layer that was perhaps to make it."""
    given = f"the output layer takes a vector and gets {_in_words(out)}"
    makers: list[tuple[str, Any]] = [(name, layers.get(name)) for name in VECTORIZERS]
    *ways, way = [name for name, maker in makers if len(out) in maker.ranks]
    vectorizer = f"{', '.join(ways)} or {way}"
    tail = itertools.takewhile(lambda step: len(step.path) == 2 and isinstance(step.layer, BY_PLACE), reversed(passed))
    if dense := [step for step in tail if isinstance(step.layer, Dense)]:
        hint = f"dense works on each {PLACES[len(out)]} by itself: put {vectorizer} before it"
        return Conflict(dense[-1].path, given, hint)
    return Conflict(last[:2], given, f"Put {vectorizer} before the end")


def _in_words(shape: Shape) -> str:
    return f"{RANKS[len(shape)].split(' (')[0]} of {' × '.join(map(str, shape))}"
