"""Registered parts as values of a config."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError
from samples import cases

from nncli.config.catalog import CATALOG
from nncli.config.parts import STRICT, PartOf, RegularizerSet, make, required_options, show, to_data
from nncli.config.starter import SAMPLES, starter
from nncli.config.yaml_reader import read_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError
from nncli.nn.regularizers import regularizers
from nncli.nn.regularizers.added_layers import DropoutRegularizer
from nncli.nn.regularizers.penalties import L1, L2
from nncli.registry import option
from nncli.tasks import tasks

KINDS = [plural for plural in CATALOG if plural not in {"tasks", "regularizers"}]


def box(annotation):
    """A model with one value."""
    return type("Box", (BaseModel,), {"model_config": STRICT, "__annotations__": {"value": Annotated[Any, annotation]}})


@functools.cache
def schema_of(plural):
    """The JSON Schema of a box with one part of a kind."""
    schema = box(PartOf(CATALOG[plural])).model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@dataclass(frozen=True)
class Picky:
    """A part that refuses everything, at an option or as a whole."""

    sides: int = option(3, "the number of sides")
    fault: str = option("", "the option to blame")

    def __post_init__(self):
        raise UserError("sides are what this speaks of", option=self.fault)


@pytest.mark.parametrize("fault", ["", "sides", "fault"])
def test_an_error_is_placed_at_the_option_that_it_names(fault):
    """Whatever words it is told in."""
    with pytest.raises(ValidationError) as caught:
        make(Picky, "picky", {"sides": 4, "fault": fault})
    (error,) = caught.value.errors()
    assert error["loc"] == ("picky", *filter(None, [fault]))


@pytest.mark.parametrize(
    ("plural", "part"),
    [
        pytest.param(plural, *case.values, id=f"{plural} {case.id}")
        for plural in KINDS
        for case in cases(CATALOG[plural])
    ],
)
def test_every_part_survives_being_written_and_read(plural, part):
    kind = PartOf(CATALOG[plural])
    data = to_data(part, kind)
    text = write_yaml({"value": data})
    again = box(kind).model_validate(read_yaml(text, "x.yaml").data).value
    assert again == part
    assert to_data(again, kind) == data
    assert [error.message for error in schema_of(plural).iter_errors({"value": data})] == []


@pytest.mark.parametrize(
    ("plural", "name"), [(plural, name) for plural in [*KINDS, "tasks"] for name in CATALOG[plural]]
)
def test_a_part_without_required_options_is_its_name(plural, name):
    kind = PartOf(CATALOG[plural])
    required = required_options(CATALOG[plural].get(name))
    if required:
        with pytest.raises(ValidationError):
            box(kind).model_validate({"value": name})
    else:
        by_name, with_nothing = (box(kind).model_validate({"value": v}).value for v in (name, {name: None}))
        assert by_name == with_nothing
        assert CATALOG[plural].name_of(by_name) == name


@pytest.mark.parametrize(
    ("plural", "value", "same"),
    [
        ("layers", {"dense": 4}, {"dense": {"units": 4}}),
        ("layers", {"dropout": 0.5}, {"dropout": {"rate": 0.5}}),
        ("optimizers", {"momentum": 0.5}, {"momentum": {"momentum": 0.5}}),
        ("tasks", {"boolean": "0110"}, {"boolean": {"table": "0110"}}),
    ],
)
def test_an_option_that_need_not_be_named(plural, value, same):
    model = box(PartOf(CATALOG[plural]))
    assert model.model_validate({"value": value}) == model.model_validate({"value": same})
    schema_of(plural).validate({"value": value})


@pytest.mark.parametrize(
    ("value", "parts", "written"),
    [
        ("none", (), "none"),
        (None, (), "none"),
        ({}, (), "none"),
        ({"l2": 0.5}, (L2(0.5),), {"l2": 0.5}),
        (
            {"l2": 1, "dropout": 0.5, "l1": None},
            (DropoutRegularizer(0.5), L2(1.0)),
            {"dropout": {"rate": 0.5, "per": "unit"}, "l2": 1.0},
        ),
        ({"l1": 0}, (L1(0.0),), {"l1": 0.0}),
        ({"l1": {"rate": 0}}, (L1(0.0),), {"l1": 0.0}),
        ({"dropout": {"rate": 0.2}}, (DropoutRegularizer(0.2),), {"dropout": {"rate": 0.2, "per": "unit"}}),
        (
            {"dropout": {"rate": 0.2, "per": "channel"}},
            (DropoutRegularizer(0.2, "channel"),),
            {"dropout": {"rate": 0.2, "per": "channel"}},
        ),
    ],
)
def test_regularizers(value, parts, written):
    kind = RegularizerSet(regularizers)
    found = box(kind).model_validate({"value": value}).value
    assert found == parts
    assert to_data(found, kind) == written
    assert box(kind).model_validate({"value": written}).value == parts
    for data in (value, written):
        jsonschema.validate({"value": data}, box(kind).model_json_schema())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "an empty value"),
        (True, "true"),
        (1e-5, "1e-05"),
        ([1], "a list"),
        ({}, "a mapping"),
        ("rleu", "'rleu'"),
        ("x" * 61, f"'{'x' * 59}…'"),
        ("a\x1b[31m\n", r"'a\x1b[31m\n'"),
    ],
)
def test_values_in_messages(value, text):
    assert show(value) == text


@pytest.mark.parametrize("task", tasks.names())
def test_a_starter_explains_each_of_its_keys(task):
    lines = starter(task, Path("mine.yaml")).splitlines()
    assert all(
        lines[i - 1].lstrip().startswith("#")
        for i, line in enumerate(lines)
        if line[:1].isalpha() and line != "training:"
    )
    assert (task in SAMPLES) == bool(required_options(tasks.get(task)))
