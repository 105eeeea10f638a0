"""An override that writes the layers of a network out, with some options changed."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from nncli.config.document import Data
from nncli.config.experiment import Experiment
from nncli.config.inheritance import INHERITED
from nncli.config.parts import SHORTHAND, PartOf, to_data
from nncli.config.suggestions import flow
from nncli.nn.layers import Block, Layer, layers
from nncli.registry import Registry, changed, options_of

Change: TypeAlias = Callable[[Layer | Block], Layer | Block]

UNLESS_SET = {"bias_initializer": "zeros", "recurrent_initializer": "orthogonal"}
"""What a config fills in for these options of a layer."""


def layers_override(experiment: Experiment, change: Change) -> str:
    """`architecture=[...]` with a change made to every layer and block, also to those inside blocks."""
    written = [
        _brief(to_data(_changed(layer, change), PartOf(layers)), experiment) for layer in experiment.architecture
    ]
    return f"architecture={flow(_counted(written))}"


def _changed(layer: Layer | Block, change: Change) -> Layer | Block:
    if isinstance(layer, Block):
        layer = changed(layer, layers=tuple(_changed(inner, change) for inner in layer.layers))
    return change(layer)


def _brief(data: Any, experiment: Experiment) -> Data:
    """The data of a layer without the options that it has by default, or from the keys that all layers inherit."""
    ((name, options),) = data.items() if isinstance(data, dict) else ((data, {}),)
    if "layers" in options:
        options = options | {"layers": [_brief(inner, experiment) for inner in options["layers"]]}
    part, written = layers.get(name), experiment.written
    known, defaults = options_of(part), _defaults(part)
    usual = defaults | UNLESS_SET | {key: written[key] for key in INHERITED if defaults.get(key) is None}
    kept = {
        key: short
        for key, value in options.items()
        if usual.get(key, ...) not in (value, short := _named(value, known[key].part_of))
    }
    if name == SHORTHAND["layer"] and [*kept] == ["units"]:
        units: Data = kept["units"]
        return units
    return {name: kept} if kept else name


def _defaults(part: type[Any]) -> dict[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(part) if field.default is not dataclasses.MISSING}


def _named(value: Any, kind: Registry[Any] | None) -> Any:
    """The name of a part alone, if all its options are the default ones."""
    if kind is None or not isinstance(value, dict) or len(value) != 1:
        return value
    ((name, options),) = value.items()
    return name if name in kind and options == _defaults(kind.get(name)) else value


def _counted(written: Sequence[Data]) -> list[Data]:
    """Layers with equal neighbors written once, as a repetition."""
    found: list[Data] = []
    for item, equal in itertools.groupby(written):
        times = len(list(equal))
        found.append(item if times == 1 else {"repeat": {"times": times, "layers": [item]}})
    return found
