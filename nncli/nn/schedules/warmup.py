"""The option that all schedules share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.registry import option


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """A schedule whose factor first rises linearly from 0."""

    constant: ClassVar[bool] = False

    warmup: float = option(0.0, "epochs over which the learning rate rises to the schedule's", ge=0)
