"""What a network needs to know about its data to be used again without them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import asdict, dataclass
from typing import Self, get_args

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import Kind
from nncli.analysis.spread import standardized
from nncli.errors import ExitCode, UserError
from nncli.storage.strict_json import PlainObject
from nncli.tasks import SampleForm, Task, TaskData
from nncli.tasks.data_files import MAX_NUMBERS
from nncli.tasks.splits import Splits


@dataclass(frozen=True, slots=True)
class Signature:
    """The form of a task's rows.

    Attributes:
        kind: the kind of the targets.
        shape: the shape of one sample.
        outputs: the number of values in a target.
        target: the name of the target as a whole, such as the column of a table.
        input_names, target_names, class_names: see `TaskData`.
        mean, std: what inputs are shifted and divided by; None if they are not standardized.
        sha256: the hash of all rows, split by split.
    """

    kind: Kind
    shape: tuple[int, ...]
    outputs: int
    target: str
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...]
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    sha256: str = ""

    @classmethod
    def of(cls, splits: Splits, task: Task) -> Self:
        """The signature of a task's data."""
        data = splits.train
        usual = data.target_names[0] if len(data.target_names) == 1 else "class"
        return cls(
            kind=data.kind,
            shape=tuple(data.inputs.shape[1:]),
            outputs=data.targets.shape[1],
            target=str(getattr(task, "target", usual)),
            input_names=data.input_names,
            target_names=data.target_names,
            class_names=data.class_names,
            mean=None if splits.mean is None else tuple(map(float, splits.mean)),
            std=None if splits.std is None else tuple(map(float, splits.std)),
            sha256=_sha256(splits),
        )

    def as_plain(self) -> dict[str, object]:
        """The object of `data.json`."""
        return asdict(self)

    @classmethod
    def from_plain(cls, value: PlainObject | None, place: str) -> Self:
        """The signature from `data.json`. Raises: `UserError` (code CORRUPT) if it is not one."""
        try:
            fields: PlainObject = {n: tuple(v) if isinstance(v, list) else v for n, v in (value or {}).items()}
            found = cls(**fields)
            whole = found._is_whole()
        except (TypeError, ValueError):
            whole = False
        if not whole:
            given = "it does not describe the data of the run"
            raise UserError(given, where=place, hint="Retrain the run", code=ExitCode.CORRUPT)
        return found

    def _is_whole(self) -> bool:
        """Whether its fields are consistent."""
        names = (self.input_names, self.target_names, self.class_names, (self.target, self.sha256))
        classes = {"binary": (0, 2), "classes": (self.outputs,), "regression": (0,)}
        moments = [moment for moment in (self.mean, self.std) if moment is not None]
        return (
            self.kind in get_args(Kind)
            and 1 <= len(self.shape) <= 3
            and all(type(n) is int and n > 0 for n in (*self.shape, self.outputs))
            and math.prod(self.shape) <= MAX_NUMBERS
            and all(isinstance(name, str) for several in names for name in several)
            and len(self.input_names) == self.shape[-1]
            and len(self.target_names) == self.outputs
            and len(self.class_names) in classes[self.kind]
            and len(moments) in (0, 2)
            and all(len(moment) == self.shape[-1] and np.isfinite(moment).all() for moment in moments)
            and (self.std is None or min(self.std) > 0)
        )

    @property
    def form(self) -> SampleForm:
        """The form of each row."""
        return SampleForm(self.kind, self.shape, self.outputs)

    def data(self, inputs: NDArray[np.float64], targets: NDArray[np.float64] | None = None) -> TaskData:
        """Prepare raw rows for the network: standardized like its training rows."""
        if self.mean is not None and self.std is not None:
            inputs = standardized(inputs, np.array(self.mean), np.array(self.std))
        if targets is None:
            targets = np.zeros((len(inputs), self.outputs))
        return TaskData(
            kind=self.kind,
            inputs=inputs,
            targets=targets,
            input_names=self.input_names,
            target_names=self.target_names,
            class_names=self.class_names,
        )


def _sha256(splits: Splits) -> str:
    """The hash of all numbers that a network sees of its data, and of their split."""
    digest = hashlib.sha256()
    for name, data in splits.named().items():
        for values in (data.inputs, data.targets):
            digest.update(f"{name} {values.shape} {values.dtype.str} ".encode())
            digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
