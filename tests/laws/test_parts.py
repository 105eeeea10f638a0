"""What every registered part owes its readers and its users."""

from __future__ import annotations

import dataclasses
import re

import pytest
from samples import cases, sample

from nncli.cli.list_parts import list_parts
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.registry import doc_of, options_of
from nncli.tasks import tasks

ENGINE = [activations, initializers, layers, losses, optimizers, regularizers, schedules]


def parts(*registries):
    return [pytest.param(registry, name, id=f"{registry.kind} {name}") for registry in registries for name in registry]


every_part = pytest.mark.parametrize(("registry", "name"), parts(*ENGINE, tasks))
every_engine_part = pytest.mark.parametrize(("registry", "name"), parts(*ENGINE))
every_case = pytest.mark.parametrize("part", [case for registry in ENGINE for case in cases(registry)])


@every_part
def test_the_docstring_opens_with_one_sentence(registry, name):
    first, _, rest = doc_of(registry.get(name)).partition("\n")
    assert re.fullmatch(r"[A-Z0-9].+[.)]", first)
    assert rest.startswith("\n"), "an empty line follows"


@every_engine_part
def test_the_docstring_has_a_formula(registry, name):
    indented = [line for line in doc_of(registry.get(name)).splitlines()[1:] if line.startswith("    ")]
    assert any(re.search(r" [-+*]?[=~] ", line) for line in indented)


@every_part
def test_the_docstring_has_a_source(registry, name):
    text = doc_of(registry.get(name))
    applies_another = any(option.part_of is not None for option in options_of(registry.get(name)).values())
    assert "Source: " in text or applies_another


@every_part
def test_what_is_listed_of_it_fits_80_columns(registry, name, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    list_parts(registry.kind, name, json=False)
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if len(line) > 80] == []
    formula = [line for line in doc_of(registry.get(name)).splitlines() if line.startswith(" ")]
    assert [line for line in formula if len(line) > 76] == [], "it stays as it is written, also in a narrow window"


@every_part
def test_it_is_a_frozen_slotted_dataclass(registry, name):
    part = registry.get(name)
    assert dataclasses.is_dataclass(part)
    assert part.__dataclass_params__.frozen
    assert "__slots__" in part.__dict__


@every_part
def test_every_field_is_an_option_with_help(registry, name):
    part = registry.get(name)
    options = options_of(part)
    assert set(options) == {field.name for field in dataclasses.fields(part)}
    assert all(option.help.strip() for option in options.values())
    assert all(not option.help.endswith(".") for option in options.values())


@every_part
def test_defaults_are_within_their_own_range(registry, name):
    part = registry.get(name)
    for field in dataclasses.fields(part):
        option, value = field.metadata["option"], field.default
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            for limit, holds in (
                (option.ge, lambda v, e: v >= e),
                (option.gt, lambda v, e: v > e),
                (option.le, lambda v, e: v <= e),
                (option.lt, lambda v, e: v < e),
            ):
                assert limit is None or holds(value, limit)


@every_case
def test_equal_parts_are_equal_and_cannot_change(part):
    assert sample(type(part)) == sample(type(part))
    for field in dataclasses.fields(part):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, field.name, None)
