"""The parts of a config that differ from the defaults."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from nncli.config.document import Data, Document
from nncli.config.option_reference import sections
from nncli.config.parts import to_data
from nncli.config.schema import ExperimentConfig
from nncli.config.suggestions import removed
from nncli.errors import KeyPath


def essentials(document: Document) -> Data:
    """The data of a valid config without the keys that are set to their defaults."""
    data, whole = document.data, _meaning(document.data)
    for prefix, model in reversed(list(sections(ExperimentConfig))):  # the inner ones first
        above: KeyPath = tuple(filter(None, prefix.split(".")))
        for path in ((*above, key) for key in model.model_fields):
            less = removed(data, path)
            if less != data and _meaning(less) == whole:
                data = less
    return data


def _meaning(data: Any) -> Any:
    """What a config means, with every default filled in; None if it is not valid. A given `name` stays as it is."""
    try:
        return to_data(ExperimentConfig.model_validate(data))
    except ValidationError:
        return None
