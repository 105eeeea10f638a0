"""Parameters: one contiguous row per replica, and the named views into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nncli.errors import Edit, Suggestion, UserError
from nncli.nn.arrays import Array
from nncli.nn.replicas import single
from nncli.seeds import Purpose, stream

if TYPE_CHECKING:
    from nncli.nn.initializers import Initializer
    from nncli.nn.regularizers import Penalty


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """A layer's declaration of one parameter.

    Attributes:
        name: unique within its layer, such as `W` or `b`.
        shape: its shape in one replica.
        initializer: gives its initial values.
        fan_in, fan_out: the numbers of inputs to an output, and of outputs from an input.
        decay: whether penalties and weight decay apply to it: to weights yes, to biases and slopes no.
        penalties: the terms that it adds to the objective.
        trained: whether it follows its gradient. If not, as for a running mean, its gradient is always 0, so
            that no optimizer moves it: its layer sets its next value instead.
    """

    name: str
    shape: tuple[int, ...]
    initializer: Initializer
    fan_in: int
    fan_out: int
    decay: bool = False
    penalties: tuple[Penalty, ...] = ()
    trained: bool = True

    @property
    def size(self) -> int:
        """The number of scalars."""
        return int(np.prod(self.shape))


@dataclass(frozen=True, slots=True)
class Segment:
    """The position of a parameter: columns `start:stop` of each row."""

    layer: int
    spec: ParameterSpec
    start: int
    stop: int

    def view(self, rows: Array) -> Array:
        """The parameter in every row of `rows` (R, P): a view (R, *shape), never a copy."""
        view = rows[:, self.start : self.stop].reshape(len(rows), *self.spec.shape)
        if not np.shares_memory(view, rows):
            raise ValueError(f"{self.spec.name}: rows that are not contiguous would be copied, not viewed")
        return view


def join(W: Segment, b: Segment) -> Segment:
    """W with b, which follows it directly, as one more row: (n_in + 1, n_out)."""
    if b.start != W.stop:
        raise ValueError(f"{b.spec.name} does not directly follow {W.spec.name}")
    n_in, n_out = W.spec.shape
    return replace(W, spec=replace(W.spec, shape=(n_in + 1, n_out)), stop=b.stop)


def trained_size(specs: Iterable[ParameterSpec]) -> int:
    """The number of trained scalars: what users call the parameters of a network."""
    return sum(spec.size for spec in specs if spec.trained)


def lay_out(layers: Sequence[Sequence[ParameterSpec]]) -> list[Segment]:
    """Segments for the parameters of all layers, one after the other."""
    segments, start = [], 0
    for index, specs in enumerate(layers):
        for spec in specs:
            segments.append(Segment(index, spec, start, start + spec.size))
            start += spec.size
    return segments


def first_trained_layer(layers: Sequence[Sequence[ParameterSpec]]) -> int:
    """The index of the first layer with trained parameters, before which no gradient flows; their number if none has.

    Each layer is given by what it declares.
    """
    return next((index for index, specs in enumerate(layers) if any(spec.trained for spec in specs)), len(layers))


def by_layer(segments: Iterable[Segment]) -> dict[int, list[Segment]]:
    """The segments of each layer that has any."""
    found: dict[int, list[Segment]] = {}
    for segment in segments:
        found.setdefault(segment.layer, []).append(segment)
    return found


def initialize(theta: Array, segments: Sequence[Segment], seeds: Sequence[int]) -> None:
    """Fill each replica's row from its own seed.

    The draws depend on the seed, on the number of layers with weights (those that decay) before this one, and on the
    parameter's position in its layer; not on the initializer, the activation, or layers without weights, such as
    normalizations. So variants are paired.

    Raises:
        UserError: if the initializer gives values outside the range of the dtype.
    """
    own = by_layer(segments)
    weights_first = sorted(own.items(), key=lambda item: (not any(s.spec.decay for s in item[1]), item[0]))
    with np.errstate(all="ignore"):  # overflow is detected below
        for layer, (_, of_layer) in enumerate(weights_first):
            for place, segment in enumerate(of_layer):
                spec = segment.spec
                shared = single(spec.initializer, 0) is spec.initializer  # by all replicas
                for r, (row, seed) in enumerate(zip(theta, seeds, strict=True)):
                    normals = stream(seed, Purpose.INITIALIZE, layer, place).standard_normal(spec.shape)
                    initializer = spec.initializer if shared else single(spec.initializer, r)
                    values = initializer.values(normals, spec.fan_in, spec.fan_out)
                    row[segment.start : segment.stop] = values.reshape(-1)
    if not np.isfinite(theta).all():
        hint = Suggestion("Try dtype=float64", [Edit(("dtype",), "float64")]) if theta.dtype == np.float32 else ""
        raise UserError(f"the first weights are beyond the range of {theta.dtype}", hint=hint)
