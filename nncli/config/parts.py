"""Registered parts as values of a config: validation and JSON Schema, derived from the part's dataclass."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import annotated_types
import numpy as np
from pydantic import (
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from nncli.errors import Edit, Place, Suggestion, UserError, dotted, quoted
from nncli.nn.arrays import PerReplica
from nncli.nn.regularizers import regularizers
from nncli.registry import Option, Registry, doc_of, options_of

SHORTHAND = {"layer": "dense"}
"""The part of a kind that a bare integer stands for, with its one required option."""

NESTED = "$nested"
"""Stands for `$ref` where a part holds parts of its own kind: pydantic cannot refer to a model under construction."""

SHARED = "$shared"
"""Marks the schema shared by all keys that name parts of a kind, with its name in `$defs`."""

STRICT = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class PartOf:
    """Annotates a value that is a part: its name, or a mapping from its name to its options.

    Args:
        registry: the parts of this kind.
        integer: the name of the part that a bare integer stands for, with its one required option.
    """

    def __init__(self, registry: Registry[Any], integer: str | None = None) -> None:
        self.registry, self.integer = registry, integer

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        names = [
            {"const": name, "description": self.registry.summary(name)}
            for name in self.registry
            if not required_options(self.registry.get(name))
        ]
        choices: list[dict[str, Any]] = [*names]
        if self.integer:
            choices.append({"type": "integer", "minimum": 1, "description": f"units of a {self.integer} layer"})
        for name in self.registry:
            part: type = self.registry.get(name)
            options = handler(model_of(part).__pydantic_core_schema__)
            if alone := option_alone(part, name):
                options = {"anyOf": [options, handler.resolve_ref_schema(options)["properties"][alone]]}
            choices.append(
                {
                    "type": "object",
                    "properties": {name: options},
                    "required": [name],
                    "additionalProperties": False,
                    "description": self.registry.summary(name),
                }
            )
        return {"anyOf": choices, SHARED: self.registry.kind}

    def validate(self, value: Any) -> Any:
        """Parse a raw value into a part."""
        if self.registry.has(value):
            return value
        name, options = self._split(value)
        part = self.registry.get(name)
        alone = option_alone(part, name)
        if options is None:
            options = {}
        elif not isinstance(options, dict) and alone:
            options = {alone: options}
        return make(part, name, options)

    def _split(self, value: Any) -> tuple[str, Any]:
        kind = self.registry.kind
        if self.integer and isinstance(value, int) and not isinstance(value, bool):
            return self.integer, value
        if isinstance(value, dict) and len(value) == 1:
            name, options = next(iter(value.items()))
        elif isinstance(value, dict) and len(value) > 1:
            given = ", ".join(dotted((key,)) for key in [*value][:3]) + (", …" if len(value) > 3 else "")
            raise custom(
                f"expected one {kind}, but found {len(value)}: {given}",
                f"Options go inside it, as in {kind}: {{name: {{option: value}}}}",
            )
        else:
            name, options = value, None
        if not isinstance(name, str):
            known = ", ".join(self.registry) + (", or a whole number of units" if self.integer else "")
            raise custom(f"{show(name)} is not the name of {article(kind)} {kind}", allowed=f"Known: {known}")
        if name not in self.registry:
            if self.integer and name.isdigit():
                raise custom(f"{show(name)} is text", Suggestion("Leave out the quotes", [Edit((), name)]))
            raise PydanticCustomError("unknown_part", "{name}", {"name": name})
        return name, options


class RegularizerOptions:
    """Annotates the options of a regularizer: a mapping of them, or the value of the one that is required."""

    def __init__(self, part: type[Any]) -> None:
        (self.alone,) = required_options(part)
        self.model = model_of(part)  # type: ignore[arg-type]
        self._one: TypeAdapter[Any] = TypeAdapter(
            _constrained(typing.get_type_hints(part)[self.alone], options_of(part)[self.alone])
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        options = handler(self.model.__pydantic_core_schema__)
        one = handler.resolve_ref_schema(options)["properties"][self.alone]
        limits = {key: value for key, value in one.items() if key not in ("title", "description")}
        return {"anyOf": [limits, options, {"type": "null"}]}

    def validate(self, value: Any) -> BaseModel | None:
        """Parse the options from a raw value; an empty value means no regularizer."""
        if value is None:
            return None
        return self.model.model_validate(
            value if isinstance(value, dict) else {self.alone: self._one.validate_python(value)}
        )


class RegularizerSet:
    """Annotates a tuple of regularizers, written as a mapping from each one's name to its options; or `none`."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        mapping = handler(self.model().__pydantic_core_schema__)
        choices = [{"const": "none", "description": "no regularizer"}, {"type": "null"}, mapping]
        return {"anyOf": choices, SHARED: self.registry.plural}

    def model(self) -> type[BaseModel]:
        """The options of all regularizers side by side."""
        return _regularizer_model(self.registry)

    def validate(self, value: Any) -> tuple[Any, ...]:
        """Parse a raw value into regularizers."""
        if isinstance(value, tuple):
            return value
        if value is None or value == "none":
            return ()
        if not isinstance(value, dict):
            names = ", ".join(self.registry)
            hint = Suggestion(
                "Write none, or a mapping such as {l2: 1e-4}", [Edit((), "none")], [Edit((), "{l2: 1e-4}")]
            )
            raise custom(f"{show(value)} is not a regularizer", hint, f"Known: {names}")
        options = self.model().model_validate(value)
        given = {name: getattr(options, name) for name in self.registry}
        return tuple(self.registry.get(name)(**dict(own)) for name, own in given.items() if own is not None)


@functools.cache
def _regularizer_model(registry: Registry[Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {}
    for name in registry:
        options = RegularizerOptions(registry.get(name))
        described = options.model.model_fields[options.alone].description
        fields[name] = (Annotated[Any, options], Field(None, description=described))
    return create_model("Regularizer", __config__=STRICT, **fields)


def kind_of(option: Option, hint: Any) -> Any:
    """How an option that is a part is read: a `PartOf`, a list of one, or a `RegularizerSet`."""
    kind = PartOf(option.part_of, SHORTHAND.get(option.part_of.kind)) if option.part_of else None
    if kind is None or typing.get_origin(hint) is not tuple:
        return kind
    return RegularizerSet(kind.registry) if kind.registry is regularizers else [kind]


@functools.cache
def kind_of_option(part: type, name: str) -> Any:
    """The same, for an option given by name."""
    return kind_of(options_of(part)[name], typing.get_type_hints(part)[name])


def required_options(part: type[Any]) -> list[str]:
    """The options of a part that have no default."""
    return [
        f.name
        for f in dataclasses.fields(part)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]


def option_alone(part: type[Any], name: str) -> str | None:
    """The option set by `{name: value}` if the value is not a mapping: the one required, or the part's namesake."""
    required = required_options(part)
    if len(required) == 1:
        return required[0]
    return name if name in options_of(part) and not required else None


@functools.cache
def model_of(part: type) -> type[BaseModel]:
    """A model with the options of a part: their types, ranges, defaults and descriptions."""
    hints = typing.get_type_hints(part)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(part):
        option: Option = field.metadata["option"]
        default = ... if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        fields[field.name] = (_constrained(hints[field.name], option), Field(default, description=option.help))
    return create_model(part.__name__, __config__=STRICT, __doc__=doc_of(part), **fields)


def make(part: type[Any], name: str, options: Any) -> Any:
    """Make a part from its raw options; errors are placed below its name, at the option that they concern."""
    values = {}
    if options != {} or required_options(part):  # defaults are not validated
        wrapper = _wrapper_of(part, name)  # type: ignore[arg-type]
        values = dict(getattr(wrapper.model_validate({name: options}), "part"))  # noqa: B009
    try:
        return part(**values)
    except UserError as error:
        kind = custom(error.given, _from(error.option, error.hint), error.allowed)
        line = InitErrorDetails(type=kind, loc=(name, error.option) if error.option else (name,), input=None)
        raise ValidationError.from_exception_data(name, [line]) from None


def _from(option: str, hint: str) -> str:
    """A hint with paths relative to an option, not the part; without edits if it concerns other options too."""
    if not isinstance(hint, Suggestion):
        return hint
    edits = [edit for way in hint.ways for edit in way]
    if not all(isinstance(edit, Edit) and edit.path[:1] == (option,) for edit in edits):
        return str(hint)
    return Suggestion(hint, *([Edit(e.path[1:], e.text) for e in way if isinstance(e, Edit)] for way in hint.ways))


@functools.cache
def _wrapper_of(part: type, name: str) -> type[BaseModel]:
    return create_model("Part", __config__=STRICT, part=(model_of(part), Field(alias=name)))


def to_data(value: Any, kind: Any = None) -> Any:
    """The plain data of a part, a model or a container of them, as one would write it in YAML with every option.

    Args:
        kind: the result of `described_by` for the value.
    """
    if isinstance(value, BaseModel):
        found = {}
        for name, info in type(value).model_fields.items():
            found[name] = to_data(getattr(value, name), described_by(info.annotation, info.metadata))
        return found
    if isinstance(kind, RegularizerSet):
        return {kind.registry.name_of(part): _regularizer_data(part) for part in value or ()} or "none"
    if isinstance(value, (list, tuple)):
        return [to_data(item, kind[0] if isinstance(kind, list) else kind) for item in value]
    if not isinstance(kind, PartOf) or value is None:
        return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
    options = {}
    for field in dataclasses.fields(value):
        options[field.name] = to_data(getattr(value, field.name), kind_of_option(type(value), field.name))  # type: ignore[arg-type]
    name = kind.registry.name_of(value)
    return {name: options} if options else name


def _regularizer_data(part: Any) -> Any:
    """The options of a part; the bare value if there is only one."""
    options = {name: getattr(part, name) for name in options_of(type(part))}
    return options if len(options) > 1 else next(iter(options.values()))


def described_by(annotation: Any, metadata: Sequence[Any] = ()) -> Any:
    """The annotation that says how a field is read: `PartOf`, `RegularizerSet`, a model, a list of one, or None."""
    for item in metadata:
        if isinstance(item, (PartOf, RegularizerSet)):
            return item
        if isinstance(item, RegularizerOptions):
            return item.model
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in typing.get_args(annotation):  # of X | None, list[X], Annotated[X, ...]
        found = described_by(argument, getattr(argument, "__metadata__", ()))
        if found is not None:
            return [found] if typing.get_origin(annotation) in (list, tuple) else found
    return None


def _constrained(hint: Any, option: Option) -> Any:
    """The type of an option with its range, without silent conversions."""
    kind = kind_of(option, hint)
    if isinstance(kind, list):
        whole: dict[str, Any] = {"type": "array", "minItems": 1, "items": {NESTED: "#/properties/architecture/items"}}
        return Annotated[tuple[Annotated[Any, kind[0]], ...], WithJsonSchema(whole)]
    if kind is not None:
        return Annotated[Any, kind]
    if hint == PerReplica:
        hint = float
    limits = {k: v for k in ("gt", "ge", "lt", "le") if (v := getattr(option, k)) is not None}
    return _strict(hint, limits)


def _strict(hint: Any, limits: dict[str, float]) -> Any:
    if hint is float:
        # `typing` treats limits of 1 and 1.0 as equal, so the schema would show whichever came first
        limits = {name: float(limit) for name, limit in limits.items()}
        return Annotated[float, Strict(), annotated_types.Interval(**limits), AllowInfNan(False)]
    if hint is int:
        return Annotated[int, Strict(), annotated_types.Interval(**limits)]
    if hint in (bool, str):
        return Annotated[hint, Strict()]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        kinds = [_strict(argument, limits) for argument in arguments if argument is not types.NoneType]
        if len(kinds) == 1:
            return kinds[0] | None
    if origin is tuple:  # of a length, or, with an ellipsis, of any
        return tuple[tuple(a if a is ... else _strict(a, limits) for a in arguments)]  # type: ignore[misc]
    return hint


def custom(words: str, hint: str = "", allowed: str = "") -> PydanticCustomError:
    """An error with its final wording; paths in its hint are relative to the value that it concerns."""
    return PydanticCustomError("nncli", "{words}", {"words": words, "hint": hint, "allowed": allowed})


def custom_of(error: UserError) -> PydanticCustomError:
    """A user error without its place."""
    return custom(error.given, error.hint, error.allowed)


def error_of(context: Mapping[str, Any], where: Place | str) -> UserError:
    """The user error at a place of what `custom` made, from its context."""
    return UserError(context["words"], where=where, hint=context["hint"], allowed=context["allowed"])


def show(value: Any) -> str:
    """A raw value as its writer would recognize it."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, np.number)):
        return str(value)
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return quoted(str(value), 60)


def article(noun: str) -> str:
    """`a` or `an`."""
    return "an" if noun[0] in "aeiou" else "a"
