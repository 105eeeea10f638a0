"""An override that writes the layers of a network out, with some options changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from nncli.config.document import Data
from nncli.config.experiment import Experiment
from nncli.config.parts import PartOf, to_data
from nncli.config.suggestions import flow
from nncli.nn.layers import Block, Layer, layers
from nncli.registry import changed


def layers_override(experiment: Experiment, change: Callable[[Layer], Layer]) -> str:
    """`architecture=[...]` with a change made to every layer, also to those inside blocks."""
    written = [
        _brief(to_data(_changed(layer, change), PartOf(layers)), experiment) for layer in experiment.architecture
    ]
    return f"architecture={flow(_counted(written))}"


def _changed(layer: Layer | Block, change: Callable[[Layer], Layer]) -> Layer | Block:
    if isinstance(layer, Block):
        return changed(layer, layers=tuple(_changed(inner, change) for inner in layer.layers))
    return change(layer)


def _brief(data: Any, experiment: Experiment) -> Data:
    """The data of a layer without what a dense layer has by default."""
    ((name, options),) = data.items() if isinstance(data, dict) else ((data, {}),)
    if name == "dense":
        defaults = experiment.written
        usual = {
            "bias": True,
            "bias_initializer": "zeros",
            **{key: defaults[key] for key in ("activation", "regularizer")},
        }
        options = {key: value for key, value in options.items() if key not in usual or value != usual[key]}
    elif "layers" in options:
        options = options | {"layers": [_brief(inner, experiment) for inner in options["layers"]]}
    return {name: options} if options else name


def _counted(written: Sequence[Data]) -> list[Data]:
    """Layers with equal neighbors written once, as a repetition."""
    found: list[Data] = []
    for item, equal in itertools.groupby(written):
        times = len(list(equal))
        found.append(item if times == 1 else {"repeat": {"times": times, "layers": [item]}})
    return found
