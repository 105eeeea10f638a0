"""A bank of networks with known faults, and of healthy ones, to measure how often a diagnosis is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from nncli.config.document import Document
from nncli.config.load import load_document, override
from nncli.config.yaml_reader import read_yaml

HERE = Path(__file__).parent
CONFIGS = HERE.parent.parent / "configs"
SEEDS = 10

Half = Literal["develop", "held_back"]

NOT_HEALTHY = {"perceptron_xor": "not_representable", "overfit_noise": "overfitting"}
"""Shipped configs that show a fault, and which."""
LONG = ("wide_and_deep_million", "adding_lstm", "spirals_residual_100", "digits_attention", "deep_sine")
"""Shipped configs that take minutes: they are measured with one seed."""


@dataclass(frozen=True, slots=True)
class Case:
    """A network to diagnose.

    Attributes:
        name: of the base, and of the fault after a slash.
        kind: of the task.
        config: the healthy config, as text, or its file.
        changes: overrides that put the fault in; none for a healthy one.
        causes: the right answers; none for a healthy one.
    """

    name: str
    kind: str
    config: str | Path
    changes: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """The name of the fault."""
        return self.name.partition("/")[2]

    @property
    def document(self) -> Document:
        """Its config."""
        if isinstance(self.config, Path):
            return load_document(self.config, self.changes)
        return override(read_yaml(self.config, f"{self.name.partition('/')[0]}.yaml"), self.changes)


def healthy(half: Half) -> Iterator[Case]:
    """The healthy networks of a half: its bases, each with three activations; the shipped configs are in the second."""
    for kind, bases in _read("bases")[half].items():
        for name, base in bases.items():
            case = Case(name, kind, _text(name, base))
            yield case
            if not any(word in name for word in ("rnn", "gru", "lstm")):
                for activation, initializer in (("tanh", "xavier_uniform"), ("gelu", "he_normal")):
                    changes = (f"activation={activation}", f"initializer={initializer}")
                    yield replace(case, name=f"{name}/{activation}", changes=changes)
    if half == "held_back":
        for path in sorted(CONFIGS.glob("*.yaml")):
            seeds = 1 if path.stem in LONG else 3
            if path.stem not in NOT_HEALTHY:
                yield Case(f"configs/{path.stem}", "shipped", path, (f"seeds={seeds}",))


def faulty(half: Half) -> Iterator[Case]:
    """The faults of a half, each in every base that it applies to."""
    for fault in _read("faults"):
        for kind, bases in _read("bases")[half].items():
            for name, base in bases.items():
                if "bases" in fault:
                    changes = fault["bases"].get(name)
                else:
                    changes = fault.get("set", []) if kind in fault.get("kinds", [kind]) else None
                if changes is not None:
                    changes = (*changes, *_times(fault.get("times", {}), base))
                    yield Case(f"{name}/{fault['name']}", kind, _text(name, base), changes, tuple(fault["causes"]))


def _times(factors: dict[str, float], base: dict[str, Any]) -> Iterator[str]:
    for key, factor in factors.items():
        section, name = key.split(".")
        value = base[section][name] * factor
        yield f"{key}={max(1, round(value)) if name == 'epochs' else f'{value:.6g}'}"


def _text(name: str, base: dict[str, Any]) -> str:
    return str(yaml.safe_dump({"name": name, "seeds": SEEDS, **base}))


@cache
def _read(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
