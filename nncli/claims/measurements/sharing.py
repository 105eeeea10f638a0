"""What convolution, recurrence and attention share over places and steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.networks import alone, experiment_of_text, output
from nncli.config.build_layers import PlacedLayer
from nncli.nn.parameters import trained_size
from nncli.registry import option

STEPS = 8
"""The length of a pattern."""


@measurements.register("shift")
@dataclass(frozen=True, slots=True)
class Shift:
    """Shift: moves an image, and looks whether the output of a convolution moves along.

    Quantities: `error`, the largest difference of the moved output and the output of the moved image, away from the
    margins; `parameters` for images of `size` pixels and `parameters_of_double`, for twice as many on each side.
    """

    filters: int = option(4, "number of filters", ge=1, le=100)
    size: int = option(16, "pixels on each side", ge=8, le=16)
    by: int = option(2, "pixels to move by", ge=1, le=3)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """A random patch in the middle of an empty image, here and there."""
        sizes = (self.size, 2 * self.size)
        placed, double = (_hidden(f"{{glyphs: {{size: {size}}}}}", f"{{conv: {self.filters}}}") for size in sizes)
        image = np.zeros((1, *placed.input_shape))
        middle = slice(self.by + 1, self.size - self.by - 1)
        patch = image[:, middle, middle]
        patch[...] = np.random.default_rng(0).standard_normal(patch.shape)
        network = alone([placed.layer], placed.input_shape, [0], 1)
        here, there = output(network, image), output(network, np.roll(image, self.by, axis=(1, 2)))
        inner = slice(self.by + 1, self.size - 1)
        moved = np.roll(here, self.by, axis=(2, 3))
        error = float(np.abs(there - moved)[:, :, inner, inner].max())
        return {
            "error": error,
            "parameters": float(trained_size(placed.parameters)),
            "parameters_of_double": float(trained_size(double.parameters)),
        }


@measurements.register("steps")
@dataclass(frozen=True, slots=True)
class Steps:
    """Steps: shows a recurrent layer a pattern early and late in a sequence, and looks whether the states come along.

    Quantities: `error`, the largest difference of a state and the one `by` steps later, when the pattern comes `by`
    steps later; `before`, the largest state before it; `range`, the largest state. And `parameters` for sequences of 8
    steps, and `parameters_of_long` for 80.
    """

    layer: Literal["rnn", "gru", "lstm"] = option("lstm", "the layer")

    by: int = option(5, "steps to move by", ge=1, le=50)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """A random pattern of 8 steps after `by` empty ones, and after twice as many."""
        placed = _hidden(
            f"{{temporal_parity: {{length: {2 * self.by + STEPS}}}}}",
            f"{{{self.layer}: {{units: 16, return_sequence: true}}}}",
        )
        late = np.zeros((1, *placed.input_shape))
        late[:, 2 * self.by :] = np.random.default_rng(0).standard_normal((STEPS, placed.input_shape[1]))
        network = alone([placed.layer], placed.input_shape, [0], 1)
        early_states, late_states = (output(network, x)[0, 0] for x in (np.roll(late, -self.by, axis=1), late))
        short, long = (
            _hidden(f"{{temporal_parity: {{length: {n}}}}}", f"{{{self.layer}: 16}}") for n in (STEPS, 10 * STEPS)
        )
        counts = [float(trained_size(placed.parameters)) for placed in (short, long)]
        return {
            "error": float(np.abs(late_states[self.by :] - early_states[: -self.by]).max()),
            "before": float(np.abs(late_states[: 2 * self.by]).max()),
            "range": float(np.abs(late_states).max()),
            "parameters": counts[0],
            "parameters_of_long": counts[1],
        }


@measurements.register("attention_weights")
@dataclass(frozen=True, slots=True)
class AttentionWeights:
    """Attention weights: how much a step attends to every other, for two inputs under the same parameters.

    Quantities per seed: `change`, the largest difference of a weight between the inputs; `total_error`, the largest
    |Σ - 1| of a step's weights.
    """

    seeds: int = option(20, "number of seeds", ge=1, le=1000)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Two random sequences."""
        placed = _hidden("{row_digits: {}}", "attention")
        network = alone([placed.layer], placed.input_shape, range(self.seeds), 2)
        x = network.prepare(np.random.default_rng(0).standard_normal((2, *placed.input_shape)))
        y = np.zeros((1, 2, *network.shapes[-1]))
        network.gradient(x, y)
        weights = network.program(x, y)[1]["A0"].reshape(self.seeds, 2, placed.input_shape[0], -1)
        return {
            "change": np.abs(weights[:, 0] - weights[:, 1]).max(axis=(1, 2)),
            "total_error": np.abs(weights.sum(axis=2) - 1).max(axis=(1, 2)),
        }


def _hidden(task: str, layer: str) -> PlacedLayer:
    """The first layer of a network for a task."""
    text = f"task: {task}\narchitecture: [{layer}, flatten]\n"
    return experiment_of_text(text, "sharing").placed_layers[0]
