"""From tokens to vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UserError
from nncli.nn.arrays import Array
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Shape, State, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import Penalty, regularizers
from nncli.registry import option


@layers.register("embedding", also_called=("lookup", "token_embedding"))
@dataclass(frozen=True, slots=True)
class Embedding:
    """Embedding: maps each token of a sequence to a learned vector; always the first layer.

        a     = W[token]
        dW[v] = Σ da over the places where token = v

    Shapes: a_prev (R or 1, B, steps), whole numbers from 0 to vocabulary - 1; W (R, vocabulary, units), a (R, B, steps,
    units). It is a dense layer without biases that reads one-hot vectors, of which only one input is 1: fan_in is 1.
    Tokens have no gradient. `check`, and not each step, verifies that they are in the vocabulary.
    Source: Bengio, Ducharme, Vincent & Jauvin (2003).
    """

    ranks: ClassVar[tuple[int, ...]] = (1,)
    wants_ones: ClassVar[bool] = False
    noisy: ClassVar[bool] = False
    reads: ClassVar[str] = "tokens, a vector of whole numbers"

    vocabulary: int = option(help="number of tokens", ge=1, le=1_000_000)  # float32 counts to 16,777,216
    units: int = option(help="width of the vectors", ge=1, le=1_000_000)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    regularizer: tuple[Any, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)

    def check(self, inputs: NDArray[Any], before: int = 0) -> None:
        """Refuse inputs (N, steps) that are not tokens.

        Raises:
            UserError: with the first number that is not an integer of the vocabulary, and its place.
        """
        known = (inputs >= 0) & (inputs < self.vocabulary) & (np.floor(inputs) == inputs)
        if known.all():
            return
        sample, step = (int(index[0]) for index in np.nonzero(~known))
        number, row = inputs[sample, step], before + sample + 1
        tokens = np.isfinite(inputs).all() and (inputs >= 0).all() and (np.floor(inputs) == inputs).all()
        raise UserError(
            f"{number:.12g} in step {step + 1} of row {row} is not in the vocabulary of {self.vocabulary}",
            hint=f"Try vocabulary: {inputs.max() + 1:.0f}" if tokens else "",
            allowed=f"Tokens are whole numbers from 0 to {self.vocabulary - 1}",
        )

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape, self.units)

    def parameters(self, shape: Shape) -> tuple[ParameterSpec, ...]:
        penalties = tuple(r for r in self.regularizer if isinstance(r, Penalty))
        size = (self.vocabulary, self.units)
        return (ParameterSpec("W", size, self.initializer, 1, self.units, decay=True, penalties=penalties),)

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": self.output_shape(shape)}

    def bind(self, s: State) -> None:
        R, B, steps, units = s.a.shape
        s.first_row = np.arange(R)[:, None, None] * self.vocabulary
        s.row = s.once("row", lambda: np.zeros((R, B, steps), np.intp))[:R]
        # The tables of all replicas stacked: W and dW, in rows of theta and grad, are not.
        s.table_of = s.once("table", lambda: np.zeros(s.W.shape, s.a.dtype))[:R]
        s.table = s.table_of.reshape(-1, units)
        s.columns = list(s.table.T)

    def forward(self, a_prev: Array, s: State, training: bool) -> Array:
        s.row[...] = a_prev
        np.add(s.row, s.first_row, out=s.row)
        s.table_of[...] = s.W
        np.take(s.table, s.row, axis=0, out=s.a, mode="clip")  # "raise" would need a copy of the output
        return s.a  # type: ignore[no-any-return]

    def backward(self, a_prev: Array, s: State, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            raise ValueError("tokens have no gradient: an embedding is the first layer")
        s.table[...] = 0
        row, da = s.row.reshape(-1), da.reshape(-1, da.shape[-1])
        for j, column in enumerate(s.columns):  # `add.at` has a fast path, but only for vectors
            np.add.at(column, row, da[:, j])
        s.dW[...] = s.table_of
