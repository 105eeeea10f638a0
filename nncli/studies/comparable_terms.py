"""The terms on which a variant's numbers were measured, from its config and the hash of its rows.

A config is read here as plain data, not as a `Design`: the results of finished runs are compared even if an older
version recorded them, with keys that a config no longer has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nncli.analysis.comparable_metrics import Terms
from nncli.config.document import Data
from nncli.storage.json_shape import FLAG, NUMBER, Leaf, Shape
from nncli.training.settings import rows_per_step

PART = Leaf("a name or a mapping", (str, dict))

READ: Shape = {
    "task": PART,
    "architecture": [PART],
    "output": {"loss": PART},
    "training": {
        "batch_size": Leaf("a whole number ≥ 1 or all", (int, str), least=1),
        "validation": NUMBER,
        "test": NUMBER,
        "standardize": FLAG,
        "stop": {"tolerance": NUMBER},
    },
}
"""What is read of a config."""


def terms_of(configs: Sequence[Mapping[str, Any]], hashes: Sequence[str], rows: Sequence[int]) -> list[Terms]:
    """The terms of several variants.

    Args:
        configs: the resolved configs as plain data, of the shape `READ`.
        hashes: hashes of the rows as each network saw them.
        rows: the number of training rows of each.
    """
    return [
        Terms(
            loss=_text(config["output"]["loss"]),
            rows=_rows(index, configs, hashes),
            penalty="; ".join(map(_text, _penalties([config["architecture"], config["output"]]))),
            epoch=f"{count} rows, batches of {_batch_size(config, count)}",
            tolerance=_text(config["training"]["stop"]["tolerance"]),
        )
        for index, (config, count) in enumerate(zip(configs, rows, strict=True))
    ]


def _text(value: Data) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _rows(index: int, configs: Sequence[Mapping[str, Any]], hashes: Sequence[str]) -> str:
    """The hash of the rows; rows that differ only by standardization share the first hash."""

    def source(config: Mapping[str, Any]) -> tuple[Any, ...]:
        return config["task"], config["training"]["validation"], config["training"]["test"]

    for other in range(index):
        if source(configs[other]) == source(configs[index]):
            differ = configs[other]["training"]["standardize"] != configs[index]["training"]["standardize"]
            return hashes[other] if differ else hashes[index]
    return hashes[index]


def _batch_size(config: Mapping[str, Any], rows: int) -> int:
    given = config["training"]["batch_size"]
    return rows_per_step(given if isinstance(given, int) else None, rows)


def _penalties(value: Data, key: str = "") -> Iterator[Data]:
    """The regularizers of all layers that have one."""
    if key == "regularizer":
        if value != "none":
            yield value
    elif isinstance(value, dict):
        for name, below in value.items():
            yield from _penalties(below, name)
    elif isinstance(value, list):
        for item in value:
            yield from _penalties(item)
