"""A config in which layers are written in full, as in that of a run, and an override of what layers inherit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nncli.config.document import Data, Document
from nncli.config.schema import OutputConfig
from nncli.nn.layers import layers
from nncli.registry import options_of

INHERITED = ("activation", "initializer", "regularizer")
"""The top-level keys whose values layers take if they do not set their own."""


def inheriting(document: Document, keys: set[str]) -> Document:
    """The document, with layers that inherit these keys again where they repeat their values.

    Only layers that are written in full repeat, as in the `config.yaml` of a run, where nobody chose each value. One
    that a person wrote keeps what it says.
    """
    data: Any = document.data
    if not isinstance(data, dict):
        return document
    repeated = {key: data[key] for key in INHERITED if key in keys and key in data}
    changed = data | {"architecture": _without(data["architecture"], repeated)} if "architecture" in data else data
    output = data.get("output")
    if isinstance(output, dict) and output.keys() == {*OutputConfig.model_fields}:
        same = {key for key in repeated if key == "initializer" and output[key] == repeated[key]}
        changed = changed | {"output": {key: value for key, value in output.items() if key not in same}}
    return replace(document, data=changed)


def _without(written: Data, repeated: Mapping[str, Data]) -> Data:
    """The layers, and those inside blocks, without the options that repeat a value."""
    if isinstance(written, list):
        return [_without(layer, repeated) for layer in written]
    if not isinstance(written, dict) or len(written) != 1:
        return written
    ((name, options),) = written.items()
    if not isinstance(options, dict):
        return written
    inner = {option: _without(own, repeated) if option == "layers" else own for option, own in options.items()}
    if name in layers and options.keys() == {*options_of(layers.get(name))}:
        inner = {option: own for option, own in inner.items() if option not in repeated or own != repeated[option]}
    return {name: inner}
