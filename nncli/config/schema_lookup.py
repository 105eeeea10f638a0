"""Look up what the schema says of the value at a path of a config."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nncli.config.parts import PartOf, RegularizerSet, described_by, kind_of_option, model_of, option_alone
from nncli.config.schema import ExperimentConfig
from nncli.errors import KeyPath


def is_part(path: KeyPath) -> bool:
    """Whether the value at a path of a config is a part."""
    return isinstance(annotation_at(path), PartOf)


def model_at(path: KeyPath) -> type[BaseModel] | None:
    """The model that validates the mapping at a path."""
    found = annotation_at(path)
    return found if isinstance(found, type) else None


def field_at(path: KeyPath) -> FieldInfo | None:
    """The field of a model that the value at a path is; None if it has none, as an unknown key."""
    model = model_at(path[:-1])
    return model.model_fields.get(str(path[-1])) if model else None


def is_unknown_key(path: KeyPath) -> bool:
    """Whether a path leads to a key that its mapping does not know."""
    model = model_at(path[:-1]) if path else None
    return model is not None and path[-1] not in model.model_fields


def annotation_at(path: KeyPath) -> PartOf | type[BaseModel] | None:
    """What describes the value at a path: a model, a kind of part, or None."""
    here: Any = ExperimentConfig
    items: Any = None  # the option whose name may be left out, if it is a list: `residual: [8]`
    for step in path:
        if isinstance(here, PartOf):
            part = here.registry.get(str(step)) if isinstance(step, str) and step in here.registry else None
            alone = option_alone(part, str(step)) if part else None
            items = kind_of_option(part, alone) if part and alone else None  # type: ignore[arg-type]
            here = model_of(part) if part else None  # type: ignore[arg-type]
        elif isinstance(step, int) and isinstance(items, list):
            here, items = items[0], None
        elif isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(step))
            here = described_by(field.annotation, field.metadata) if field else None
            here = here.model() if isinstance(here, RegularizerSet) else here
        else:
            here = here[0] if isinstance(here, list) and isinstance(step, int) else None
    return None if isinstance(here, list) else here
