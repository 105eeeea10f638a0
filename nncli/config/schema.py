"""The config of an experiment. The models here, and the dataclasses of the parts, are its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, PlainValidator, Strict, WithJsonSchema

from nncli.analysis.conditions import Condition, parse_condition
from nncli.config.checkpoint_interval import Every, parse_every
from nncli.config.parts import NESTED, SHARED, SHORTHAND, STRICT, PartOf, RegularizerSet, custom, custom_of, show
from nncli.errors import Edit, Suggestion, UserError
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.storage.names import check_name
from nncli.tasks import tasks

MAX_SEEDS = 100_000
_RANGE = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)
RECORDABLE = ("flow", "weights")
MAX_WRITTEN_LAYERS = 1000
"""Use `repeat` for more."""


def _batch_size(value: object) -> int | str:
    if value == "all":
        return "all"
    if _whole(value) and value >= 1:
        return value
    hint = Suggestion("Write a number of rows, at least 1, or all", [Edit((), "1")], [Edit((), "all")])
    raise custom(f"{show(value)} is not a batch size", hint)


def check_seeds(value: object) -> int | str | list[int]:
    """A count of seeds, a range such as `1000-1049`, or a list. Raises: `ValueError` in words for a user."""
    if _whole(value) and 1 <= value <= MAX_SEEDS:
        return value
    if isinstance(value, str) and (ends := _RANGE.fullmatch(value)):
        first, last = map(int, ends.groups())
        if not first <= last < min(first + MAX_SEEDS, 2**63):
            sentence = f"Write the first and the last seed, at most {MAX_SEEDS} of them, as in 1000-1049"
            raise custom(f"{show(value)} is not a range of seeds", Suggestion(sentence, [Edit((), "1000-1049")]))
        return f"{first}-{last}"
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SEEDS:
        given = "an empty list" if value == [] else show(value)
        raise custom(f"{given} is not a count of seeds or a list of seeds", _seeds_hint(value))
    seen: set[int] = set()
    for seed in value:
        if not _whole(seed) or not 0 <= seed < 2**63:
            raise custom(f"{show(seed)} is not a seed", allowed="A seed is a whole number from 0 to 2^63 - 1")
        if seed in seen:
            raise custom(f"seed {seed} is given twice", allowed="Each seed is one replica")
        seen.add(seed)
    return value


def _seeds_hint(value: object) -> Suggestion:
    """The hint for invalid seeds: a string of numbers is rewritten as a list."""
    numbers = re.findall("[0-9]{1,18}", value) if isinstance(value, str) and len(value) < 80 else []
    if numbers and re.fullmatch(r"[\[( ]*[0-9]+([ ,]+[0-9]+)*[,\]) ]*", str(value)):
        text = f"[{', '.join(dict.fromkeys(str(int(number)) for number in numbers))}]"
        return Suggestion(f"Write {text}", [Edit((), text)])
    sentence = f"Write a count from 1 to {MAX_SEEDS}, a range such as 1000-1049, or a list such as [0, 7]"
    return Suggestion(sentence, [Edit((), "1")], [Edit((), "1000-1049")], [Edit((), "[0, 7]")])


def listed(seeds: int | str | list[int]) -> list[int]:
    """The checked seeds that a count, a range or a list stands for."""
    if isinstance(seeds, str):
        first, _, last = seeds.partition("-")
        return list(range(int(first), int(last) + 1))
    return list(range(seeds)) if isinstance(seeds, int) else list(seeds)


def _whole(number: object) -> TypeGuard[int]:
    return isinstance(number, int) and not isinstance(number, bool)


def _name(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        hint = Suggestion("Put a name made of digits in quotes", [Edit((), f'"{value}"')]) if type(value) is int else ""
        raise custom(f"{show(value)} is not text", hint)
    try:
        check_name(value)
    except UserError as error:
        raise custom_of(error) from None
    return value


def _digest(value: object) -> str | None:
    if value is None or (isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)):
        return value
    raise custom(f"{show(value)} is not a SHA-256", Suggestion("Write 64 hexadecimal digits, or null"))


def _condition(value: object) -> Condition | None:
    if value is None or isinstance(value, Condition):
        return value
    if not isinstance(value, str):
        hint = Suggestion("Write it as text, such as train_loss <= 0.01", [Edit((), "train_loss <= 0.01")])
        raise custom(f"{show(value)} is not a condition", hint)
    try:
        return parse_condition(value)
    except UserError as error:
        raise custom_of(error) from None


def _recorded(value: object) -> tuple[str, ...]:
    texts = ("[flow]", "[weights]", "[flow, weights]", "[]")
    hint = Suggestion(f"Write {', '.join(texts[:-1])}, or [] for nothing", *([Edit((), text)] for text in texts))
    if isinstance(value, tuple):
        return value
    if not isinstance(value, list):
        raise custom(f"{show(value)} is not a list of what to record", hint)
    for name in value:
        if name not in RECORDABLE:
            raise custom(f"{show(name)} cannot be recorded", hint)
    return tuple(dict.fromkeys(value))


def _every(value: object) -> Every:
    if isinstance(value, Every):
        return value
    if not isinstance(value, str):
        units = ("30 s", "5 min", "2 h", "10 epochs", "never")
        hint = Suggestion("Write it as 30 s, 5 min, 2 h, 10 epochs or never", *([Edit((), text)] for text in units))
        raise custom(f"{show(value)} has no unit", hint)
    try:
        return parse_every(value)
    except UserError as error:
        raise custom_of(error) from None


Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Whole = Annotated[int, Strict()]
Text = Annotated[str, Strict()]
Flag = Annotated[bool, Strict()]
BatchSize = Annotated[
    int | str,
    PlainValidator(_batch_size),
    WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}]}),
]
Seeds = Annotated[
    int | str | list[int],
    PlainValidator(check_seeds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_SEEDS},
                {"type": "string", "format": "range", "pattern": "^[0-9]+-[0-9]+$"},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "uniqueItems": True},
            ]
        }
    ),
]
Name = Annotated[str | None, PlainValidator(_name), WithJsonSchema({"type": ["string", "null"]})]
Digest = Annotated[
    str | None,
    PlainValidator(_digest),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^[0-9a-f]{64}$"}, {"type": "null"}]}),
]
Target = Annotated[
    Condition | None,
    PlainValidator(_condition),
    PlainSerializer(str),
    WithJsonSchema({"type": ["string", "null"], "examples": ["validation_loss <= 0.01"]}),
]
EveryText = Annotated[
    Every,
    PlainValidator(_every),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["30 s", "5 min", "10 epochs", "never"]}),
]
Recorded = Annotated[
    Sequence[str],
    PlainValidator(_recorded),
    PlainSerializer(list),
    WithJsonSchema({"type": "array", "items": {"enum": [*RECORDABLE]}, "uniqueItems": True}),
]
Activation = Annotated[Any, PartOf(activations)]
Initializer = Annotated[Any, PartOf(initializers)]
Regularizer = Annotated[Any, RegularizerSet(regularizers)]
Layer = Annotated[Any, PartOf(layers, SHORTHAND["layer"])]


def _few(value: Any) -> Any:
    """The layers unchanged, if there are few enough of them."""
    if (count := _layers_below(value)) > MAX_WRITTEN_LAYERS:
        raise custom(f"{count} layers are written out", f"Write at most {MAX_WRITTEN_LAYERS}, and use repeat for more")
    return value


def _layers_below(value: object) -> int:
    """The number of layers in a list of layers, including those in its blocks."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (len(value) if isinstance(value, list) else 0) + sum(map(_layers_below, inner))


def _empty() -> list[Any]:
    """The default. Of `list` itself, pydantic would parse the signature from a text, which takes a while."""
    return []


class OutputConfig(BaseModel):
    """The output layer and the loss. Missing keys follow from the task."""

    model_config = STRICT

    activation: Activation | None = Field(None, description="binary: sigmoid; classes: softmax; regression: linear")
    loss: Annotated[Any, PartOf(losses)] | None = Field(
        None,
        description="binary: binary_cross_entropy; classes: softmax_cross_entropy; otherwise: mean_squared_error",
    )
    initializer: Initializer | None = Field(None, description="of the output weights; default: `initializer`")
    bias_initializer: Initializer | None = Field(None, description="of the output biases; default: zeros")
    regularizer: Regularizer = Field(
        "none", description="penalties on the output weights: l1, l2; or none", validate_default=True
    )
    bias: Flag = Field(True, description="whether the output units have biases")


class StopConfig(BaseModel):
    """When a replica stops before the last epoch."""

    model_config = STRICT

    solved: Flag = Field(True, description="in the first epoch in which every training row is right")
    tolerance: Annotated[Number, Field(gt=0, lt=0.5)] = Field(
        0.05, description="how close to its target an output counts as right, as a fraction of the targets' range"
    )
    patience: Annotated[Whole, Field(ge=1)] | None = Field(
        None,
        description="after this many epochs without a lower validation loss (train loss, without a validation split);"
        " the best weights are kept, unless `solved` or `target` stops first",
    )
    min_delta: Annotated[Number, Field(ge=0)] = Field(0.0, description="smallest decrease that counts, for patience")
    target: Target = Field(None, description="as soon as a condition such as `train_loss <= 0.01` holds")


class StartConfig(BaseModel):
    """The weights before the first step, if not drawn from the seeds: of a run, or constructed."""

    model_config = STRICT

    run: Text | None = Field(
        None,
        description="start from the weights of a run with the same layers: its folder, relative to the config's;"
        " on the command line, to the working one",
    )
    seed: Annotated[Whole, Field(ge=0, lt=2**63)] | None = Field(
        None, description="the seed of that run that all seeds start from; default: its only one, or each from its own"
    )
    sha256: Digest = Field(
        None, description="SHA-256 of the run's weights.npz: any other is refused; filled in by training"
    )
    constructed: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="start from constructed weights within this tolerance of the task's function"
    )


class CheckpointConfig(BaseModel):
    """When checkpoints, from which a killed run resumes, are written."""

    model_config = STRICT

    every: EveryText = Field(
        parse_every("30 s"), description="a number of seconds (s, min, h) or epochs; never: only when interrupted"
    )
    keep: Annotated[Whole, Field(ge=1, le=1000)] = Field(2, description="how many to keep; older ones are removed")


class TrainingConfig(BaseModel):
    """How the network is trained."""

    model_config = STRICT

    optimizer: Annotated[Any, PartOf(optimizers)] = Field(
        "adam", description="the rule that updates the weights", validate_default=True
    )
    learning_rate: Annotated[Number, Field(gt=0, le=1e6)] = Field(0.01, description="size of a step")
    schedule: Annotated[Any, PartOf(schedules)] = Field(
        "constant", description="how the learning rate changes", validate_default=True
    )
    epochs: Annotated[Whole, Field(ge=0, le=100_000_000)] = Field(
        500, description="passes over the rows; 0: no training"
    )
    batch_size: BatchSize = Field("all", description="rows per step, or `all`")
    shuffle: Flag = Field(True, description="shuffle the rows in every epoch, unless a batch holds all of them")
    clip_norm: Annotated[Number, Field(gt=0)] | None = Field(None, description="largest gradient norm, per replica")
    validation: Annotated[Number, Field(ge=0, lt=1)] = Field(0.0, description="fraction of rows for validation")
    test: Annotated[Number, Field(ge=0, lt=1)] = Field(0.0, description="fraction of rows held out until the end")
    standardize: Flag = Field(
        False, description="shift and scale inputs to mean 0 and standard deviation 1 (of the train split)"
    )
    log_every: Annotated[Whole, Field(ge=1)] | None = Field(
        None,
        description="epochs between recordings; default: often at first, about 200 rows per seed, 800,000 in all",
    )
    record: Recorded = Field(
        default_factory=_empty,
        description="what else to record: flow, what goes through each layer, in `flow.csv`; "
        "weights, at about 30 epochs, in `weights-history.npz`",
    )
    start: StartConfig = Field(StartConfig(), description="where to start from, if not from drawn weights")
    stop: StopConfig = Field(StopConfig(), description="when to stop early")
    checkpoint: CheckpointConfig = Field(CheckpointConfig(), description="when to write checkpoints to resume from")


class ExperimentConfig(BaseModel):
    """An nncli experiment: one task, one network, one training setup, one or many seeds."""

    model_config = STRICT

    name: Name = Field(None, description="default: the file name without its extension")
    task: Annotated[Any, PartOf(tasks)] = Field(description="what to learn")
    architecture: Annotated[list[Layer], BeforeValidator(_few)] = Field(
        default_factory=_empty, description="the hidden layers; an integer is a dense layer of that many units"
    )
    activation: Activation = Field(
        "tanh", description="default for every hidden layer that has one", validate_default=True
    )
    initializer: Initializer = Field("xavier_uniform", description="default for all weights", validate_default=True)
    regularizer: Regularizer = Field(
        "none", description="for every hidden layer: l1, l2, dropout, normalization; or none", validate_default=True
    )
    output: OutputConfig = Field(OutputConfig(), description="the output layer and the loss")
    training: TrainingConfig = Field(TrainingConfig(), description="how to train")
    seeds: Seeds = Field(
        1, description="how many seeds (0, 1, 2, ...), or which ones: 1000-1049, [0, 7]; they train together"
    )
    dtype: Literal["float32", "float64"] = Field("float32", description="precision of all arithmetic")
    threads: Annotated[Whole, Field(ge=1, le=1024)] = Field(
        1, description="threads of NumPy's BLAS; results are reproducible only for the same number"
    )

    @property
    def seed_list(self) -> list[int]:
        """The seeds, one for each replica."""
        return listed(self.seeds)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a config file, for editors."""
    schema = ExperimentConfig.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        for key in model.get("properties", {}).values():
            if "$ref" in key:  # the defaults of a section are those of its keys
                key.pop("default", None)
    schema = json.loads(json.dumps(schema).replace(f'"{NESTED}"', '"$ref"'))
    parts: dict[str, Any] = {}
    sections = _share(schema.pop("$defs"), parts)
    schema = _share(schema, parts) | {"$defs": sections | parts}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _share(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its shared parts moved to the definitions, once each."""
    if isinstance(schema, list):
        return [_share(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    own = {
        key: _share(value, definitions) for key, value in schema.items() if key != SHARED and not _is_title(key, value)
    }
    if (name := schema.get(SHARED)) is None:
        return own
    choices = own.pop("anyOf")
    if definitions.setdefault(name, {"anyOf": choices}) != {"anyOf": choices}:
        raise ValueError(f"two schemas are called {name}")
    return {"$ref": f"#/$defs/{name}", **own}


def _is_title(key: str, value: object) -> bool:
    """Whether this is the title that pydantic derives from a name, which adds nothing."""
    return key == "title" and isinstance(value, str)
