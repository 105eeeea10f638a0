"""Reads the tables of this folder: runs with known faults, and healthy ones. README.md describes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray

from nncli.config.document import Document
from nncli.config.load import load_document, override
from nncli.config.resolve import resolve
from nncli.tasks import TaskData

BANK = Path(__file__).parent
CONFIGS = BANK.parents[1] / "configs"
SEEDS = 10
ALL = "*"

Numbers: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True)
class Base:
    """A healthy config.

    Attributes:
        name, kind, architecture: its name, its kind of task, and dense, conv, recurrent or residual.
        config: the config.
        layers: the paths of its hidden layers with weights.
        flatten: what its list of layers begins with.
    """

    name: str
    kind: str
    architecture: str
    config: Mapping[str, Any]
    layers: tuple[str, ...]
    flatten: str = ""

    @property
    def document(self) -> Document:
        """The config with the seeds of the bank."""
        return Document(self.name, {"name": self.name, **self.config, "seeds": SEEDS})

    @property
    def output(self) -> str:
        """The usual activation of its output for classes."""
        return "sigmoid" if resolve(self.document).form.kind == "binary" else "softmax"

    def written(self, override_: str) -> list[str]:
        """An override of a table, filled in for this base: one for each layer, if it is about layers."""
        training = self.config["training"]
        task = self.config["task"]
        words = {
            "flatten": self.flatten,
            "classes": self.output if "{classes}" in override_ else "",
            "task": task if isinstance(task, str) else next(iter(task)),
            "twice": 2 * training["epochs"],
            "half": training["learning_rate"] / 2,
        }
        layers = self.layers if "{layer}" in override_ else ("",)
        return [override_.format(layer=layer, **words) for layer in layers]


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of `faults.yaml`, which describes the fields."""

    name: str
    causes: tuple[str, ...]
    bases: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    rows: Mapping[str, Any] = field(default_factory=dict)
    because: str = ""
    fixable: bool = True

    def is_for(self, base: Base) -> bool:
        """Whether the fault makes sense there."""
        return not {ALL, base.kind, base.architecture, base.name}.isdisjoint(self.bases)


@dataclass(frozen=True, slots=True)
class Case:
    """A run of the bank.

    Attributes:
        name: such as `rate_too_high/moons_dense`.
        half, kind: where it belongs.
        document: its config.
        fault: what is wrong with it; None for a healthy one.
        base: the healthy sibling of a fault.
    """

    name: str
    half: str
    kind: str
    document: Document
    fault: Fault | None = None
    base: str = ""

    @property
    def causes(self) -> tuple[str, ...]:
        """The names that are right; none for a healthy run."""
        return () if self.fault is None else self.fault.causes


def bases() -> list[Base]:
    """All healthy configs."""
    return [Base(**{**row, "layers": tuple(row["layers"])}) for row in _table("bases")]


def faults() -> list[Fault]:
    """All kinds of faults."""
    lists = ("causes", "bases", "overrides")
    return [Fault(**{**row, **{key: tuple(row[key]) for key in lists if key in row}}) for row in _table("faults")]


def halves() -> dict[str, str]:
    """The half of each kind of task."""
    return {kind: half for half, kinds in _table("split").items() for kind in kinds}


def faulty(half: str, folder: Path, *, quick: bool = False) -> Iterator[Case]:
    """The cases with a fault of one half; changed rows are written to a folder."""
    for fault, base in pairs(half, quick=quick):
        yield Case(f"{fault.name}/{base.name}", half, base.kind, injected(fault, base, folder), fault, base.name)


def pairs(half: str, *, quick: bool = False) -> Iterator[tuple[Fault, Base]]:
    """The faults of one half, each with the bases that it is for; if quick, one for each kind of task, in turns."""
    of_kind, plain = halves(), bases()
    for number, fault in enumerate(faults()):
        for kind in of_kind:
            fitting = [base for base in plain if base.kind == kind and of_kind[kind] == half and fault.is_for(base)]
            if quick and fitting:
                fitting = [fitting[number % len(fitting)]]
            yield from ((fault, base) for base in fitting)


def injected(fault: Fault, base: Base, folder: Path) -> Document:
    """A base with a fault."""
    document = base.document
    if fault.rows:
        path = folder / f"{fault.name}-{base.name}.npz"
        data = resolve(document).task.data()
        save(path, *changed_rows(data, fault.rows), data)
        document = override(document, [f"task={{arrays: {{file: '{path}', kind: {data.kind}}}}}"])
    return override(document, [each for template in fault.overrides for each in base.written(template)])


def healthy(half: str) -> Iterator[Case]:
    """The healthy runs of one half: bases, their variants, and shipped configs."""
    of_kind, table = halves(), _table("healthy")
    for base in bases():
        if of_kind[base.kind] != half:
            continue
        yield Case(base.name, half, base.kind, base.document, base=base.name)
        has_seed = hasattr(resolve(base.document).task, "seed")
        for variant in table["variants"]:
            if "seed" in str(variant["overrides"]) and not has_seed:
                continue
            if {base.architecture, ALL}.isdisjoint(variant.get("bases", [ALL])):
                continue
            changes = [each for template in variant["overrides"] for each in base.written(template)]
            yield Case(f"{base.name}, {variant['name']}", half, base.kind, override(base.document, changes))
    for kind, names in table["shipped"].items():
        if of_kind[kind] == half:
            for name in names:
                yield Case(f"configs/{name}", half, kind, shipped(name))


def built_to_fail(half: str) -> Iterator[Case]:
    """The shipped configs that do not learn, or not well, on purpose."""
    of_kind = halves()
    for row in _table("healthy")["not_healthy"]:
        if of_kind[row["kind"]] == half:
            fault = Fault("built to fail", tuple(row["causes"]), (), fixable=False)
            yield Case(f"configs/{row['config']}", half, row["kind"], shipped(row["config"]), fault)


def shipped(name: str) -> Document:
    """A config of `configs/`."""
    return load_document(CONFIGS / f"{name}.yaml")


def changed_rows(data: TaskData, changes: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Inputs and targets with the changes of a fault, the same each time."""
    random = np.random.default_rng(0)
    x, y = data.inputs.astype(np.float64), data.targets.astype(np.float64)
    for name, value in changes.items():
        x, y = CHANGES[name](x, y, value, random)
    return x, y


def _constant(x: Numbers, y: Numbers, _: Any, _random: np.random.Generator) -> Rows:
    return np.broadcast_to(x.mean(axis=0), x.shape).copy(), y


def _shuffled(x: Numbers, y: Numbers, _: Any, random: np.random.Generator) -> Rows:
    return x, y[random.permutation(len(y))]


def _noisy(x: Numbers, y: Numbers, spread: float, random: np.random.Generator) -> Rows:
    """Numbers get Gaussian noise; half of `spread` of the labels of two classes become the other."""
    if not np.isin(y, (0, 1)).all():
        return x, y + random.normal(0, spread, y.shape)
    return x, np.where(random.random(y.shape) < spread / 2, 1 - y, y)


def _fewer(x: Numbers, y: Numbers, rows: int, random: np.random.Generator) -> Rows:
    kept = np.sort(random.permutation(len(x))[:rows])
    return x[kept], y[kept]


def _rare(x: Numbers, y: Numbers, share: float, _random: np.random.Generator) -> Rows:
    """Keep a share of the rows of class 0."""
    rare = np.flatnonzero(y[:, 0] < 0.5)
    kept = np.sort(np.append(np.flatnonzero(y[:, 0] >= 0.5), rare[: max(2, round(share * len(rare)))]))
    return x[kept], y[kept]


CHANGES: dict[str, Callable[[Numbers, Numbers, Any, np.random.Generator], Rows]] = {
    "scale_inputs": lambda x, y, value, _: (x * value, y),
    "shift_inputs": lambda x, y, value, _: (x + value, y),
    "constant_inputs": _constant,
    "scale_targets": lambda x, y, value, _: (x, y * value),
    "shift_targets": lambda x, y, value, _: (x, y + value),
    "shuffle_targets": _shuffled,
    "noise_of_targets": _noisy,
    "keep": _fewer,
    "keep_of_class_0": _rare,
    "contradict": lambda x, y, rows, _: (np.concatenate([x, x[:rows]]), np.concatenate([y, 1 - y[:rows]])),
}
"""What `rows` of a fault may say: each changes inputs and targets."""


def save(path: Path, x: Numbers, y: Numbers, data: TaskData) -> None:
    """Rows as the task `arrays` reads them: classes as whole numbers."""
    match data.kind:
        case "classes":
            np.savez(path, X=x, y=y.argmax(axis=1))
        case "binary":
            np.savez(path, X=x, y=y[:, 0].astype(int))
        case _:
            np.savez(path, X=x, y=y)


def _table(name: str) -> Any:
    return yaml.safe_load((BANK / f"{name}.yaml").read_text(encoding="utf-8"))
