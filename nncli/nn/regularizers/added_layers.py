"""Regularizers that are not penalties but add layers to the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from nncli.nn.activations import Activation
from nncli.nn.activations.linear import Linear
from nncli.nn.arrays import PerReplica
from nncli.nn.layers import Layer, takes_activation
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.normalization import BatchNorm, LayerNorm
from nncli.nn.regularizers import regularizers
from nncli.registry import changed, option, options_of


@regularizers.register("dropout")
@dataclass(frozen=True, slots=True)
class DropoutRegularizer:
    """Dropout: while training, each hidden unit is dropped with probability `rate`.

        a = mask a_prev / (1 - rate),   mask ~ Bernoulli(1 - rate)

    Shapes: a, mask (R, B, ..., n). Inverted, so that prediction needs no scaling.
    Adds a `dropout` layer with these options after hidden layers. After `conv`, and wherever else samples are images or
    sequences, each number is drawn by itself; with `{rate: 0.2, per: channel}` one draw drops a whole channel of a
    sample, as adjacent pixels are nearly redundant.
    Source: Srivastava et al. (2014); Tompson et al. (2015), Efficient object localization, for channels.
    """

    order: ClassVar[int] = 1

    rate: PerReplica = option(help="probability that a unit is dropped", ge=0, lt=1, per_replica=True)
    per: Literal["unit", "channel"] = option("unit", "what is dropped together: a single number, or a whole channel")

    def add_to(self, layers: Sequence[Layer]) -> Sequence[Layer]:
        return (*layers, Dropout(self.rate, self.per))


@regularizers.register("normalization", also_called=("norm", "batch_norm", "layer_norm"))
@dataclass(frozen=True, slots=True)
class Normalization:
    """Normalization: each hidden layer with weights gets a `batch_norm` or `layer_norm` with default options.

        a = f(norm(z)),   z = a_prev W

    In `dense` and `conv` it goes between z and the activation f; a bias before `batch_norm` would be subtracted
    again with the mean, so beta replaces it. For other layers, whose activations are internal, the
    output is normalized. Dropout comes after all of this.
    Shapes: z, a (R, B, ..., n).
    Source: Ioffe & Szegedy (2015), section 3.2, for the place; Ba, Kiros & Hinton (2016).
    """

    order: ClassVar[int] = 0

    over: Literal["batch", "layer"] = option(help="each feature over the batch, or each sample over its features")

    def add_to(self, layers: Sequence[Layer]) -> Sequence[Layer]:
        layer, *others = layers
        norm = BatchNorm() if self.over == "batch" else LayerNorm()
        if not takes_activation(layer):
            return (layer, norm, *others)
        function: Activation = getattr(layer, "activation")  # noqa: B009
        without_bias = {"bias": False} if self.over == "batch" and "bias" in options_of(type(layer)) else {}
        plain = changed(layer, activation=Linear(), **without_bias)
        return (plain, norm, *([] if function.linear else [ActivationLayer(function)]), *others)
