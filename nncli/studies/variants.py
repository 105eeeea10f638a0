"""The variants of a study: one complete description for each point of the grid that the axes span."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nncli.config.load import load_document, override
from nncli.config.resolve import Experiment, resolve
from nncli.errors import UserError, UserErrors
from nncli.nn.activations import activations
from nncli.runs.directory import check_name
from nncli.studies.grammar import Axis, parse_axes

FLAT = {"linear", "softmax", "step"}
"""Activations that nobody compares in hidden layers without asking: no bend, no independent units, no gradient."""

MAX_VARIANTS = 10_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One point of the grid.

    Attributes:
        label: its values on the axes, as one would type them.
        overrides: what makes it out of the config file.
        experiment: the complete description.
    """

    label: str
    overrides: tuple[str, ...]
    experiment: Experiment


def make_variants(config: Path, arguments: Sequence[str]) -> tuple[list[Axis], list[Variant]]:
    """The axes and the variants that arguments such as `activation=tanh,relu seeds=50` ask for.

    Without an axis, the activations are compared.

    Raises:
        UserErrors: for everything that is wrong with any variant, each named by its override, before anything trains.
    """
    axes, plain = parse_axes(arguments)
    axes = axes or [Axis("activation", tuple(name for name in activations if name not in FLAT))]
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MAX_VARIANTS:
        raise UserError(f"these axes span {count} variants", allowed=f"Allowed: at most {MAX_VARIANTS}")
    document = load_document(config, plain)
    found: list[Variant] = []
    errors: dict[str, UserError] = {}  # by its words: many variants share a mistake
    for values in itertools.product(*(axis.values for axis in axes)):
        overrides = [f"{axis.key}={value}" for axis, value in zip(axes, values, strict=True)]
        try:
            experiment = resolve(override(document, overrides))
        except UserErrors as several:
            errors |= {str(error): error for error in several.errors}
        except UserError as error:
            errors[str(error)] = error
        else:
            label = ", ".join(values)
            name = folder_name(str(experiment.config.name), label)
            named = Experiment(experiment.config.model_copy(update={"name": name}), experiment.splits)
            found.append(Variant(label, (*plain, *overrides), named))
    if errors:
        raise UserErrors(errors.values())
    return axes, found


def folder_name(name: str, label: str) -> str:
    """A run's name for a variant: `xor-tanh`, `xor-l2_1e-3`."""
    slug = re.sub(r"[^A-Za-z0-9.]+", "_", label).strip("_.") or "variant"
    text = f"{name}-{slug}"[:80].rstrip("_.")
    check_name(text)
    return text
