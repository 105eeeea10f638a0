"""From tokens to vectors."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.errors import UserError
from nncli.nn.arrays import AnyArray, Array
from nncli.nn.initializers import Initializer, initializers
from nncli.nn.layers import Arrays, Bound, Layer, Scratch, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.nn.regularizers import Regularizer, penalties_of, regularizers
from nncli.registry import option


@layers.register("embedding", also_called=("lookup", "token_embedding"))
@dataclass(frozen=True, slots=True)
class Embedding(Layer):
    """Embedding: maps each token of a sequence to a learned vector; always the first layer.

        a     = W[token]
        dW[v] = Σ da over the places where token = v

    Shapes: a_prev (R or 1, B, steps), whole numbers from 0 to vocabulary - 1; W (R, vocabulary, units), a (R, B, steps,
    units). It is a dense layer without biases that reads one-hot vectors, of which only one input is 1: fan_in is 1.
    Tokens have no gradient. `check`, and not each step, verifies that they are in the vocabulary.
    Source: Bengio, Ducharme, Vincent & Jauvin (2003).
    """

    ranks: ClassVar[tuple[int, ...]] = (1,)
    reads: ClassVar[str] = "tokens, a vector of whole numbers"

    vocabulary: int = option(help="number of tokens", ge=1, le=1_000_000)  # float32 counts to 16,777,216
    units: int = option(help="width of the vectors", ge=1, le=1_000_000)
    initializer: Initializer = option(None, "of W; default: the config's `initializer`", part_of=initializers)
    regularizer: tuple[Regularizer, ...] = option(None, "default: the config's `regularizer`", part_of=regularizers)

    def check(self, inputs: AnyArray, before: int = 0) -> None:
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
        penalties = penalties_of(self.regularizer)
        size = (self.vocabulary, self.units)
        return (ParameterSpec("W", size, self.initializer, 1, self.units, decay=True, penalties=penalties),)

    def buffers(self, shape: Shape) -> Mapping[str, Shape]:
        return {"a": self.output_shape(shape)}

    def scratch(self, shape: Shape, replicas: int, batch: int, *, back: bool) -> Mapping[str, Scratch]:
        return {
            "row": Scratch((replicas, batch, *shape), np.intp),
            "first_row": Scratch((replicas, 1, 1), np.intp),
            "table": Scratch((replicas, self.vocabulary, self.units)),
        }

    def bind(self, at: Arrays) -> Bound:
        return BoundEmbedding(self, at)


class BoundEmbedding:
    """An embedding on its arrays: the tables of all replicas are stacked in one, as rows of theta are not."""

    def __init__(self, layer: Embedding, at: Arrays) -> None:
        self.tokens, self.a = at.a_prev, at.buffers["a"]  # (R or 1, B, steps), (R, B, steps, units)
        self.W, self.dW = at.values["W"], at.gradients["W"]  # (R, vocabulary, units)
        self.row, self.first_row = at.scratch["row"], at.scratch["first_row"]  # (R, B, steps), (R, 1, 1)
        self.table_of = at.scratch["table"]  # (R, vocabulary, units)
        self.table = self.table_of.reshape(-1, layer.units)
        self.first_row[:, 0, 0] = np.arange(len(self.a)) * layer.vocabulary

    def forward(self, on: Program, training: bool) -> Array:
        on.call(_copy_whole, self.row, self.tokens)
        on.call(np.add, self.row, self.first_row, self.row)
        on.copy(self.W, self.table_of)
        on.call(np.take, self.table, self.row, 0, self.a, "clip")  # "raise" would need a copy of the output
        return self.a

    def backward(self, on: Program, da: Array, da_prev: Array | None) -> None:
        if da_prev is not None:
            raise ValueError("tokens have no gradient: an embedding is the first layer")
        on.fill(0, self.table)
        row, da = self.row.reshape(-1), da.reshape(-1, da.shape[-1])
        for j, column in enumerate(self.table.T):  # `add.at` has a fast path, but only for vectors
            on.call(np.add.at, column, row, da[:, j])
        on.copy(self.table_of, self.dW)


_copy_whole = functools.partial(np.copyto, casting="unsafe")
"""Copy whole numbers from a float array to one of integers."""
