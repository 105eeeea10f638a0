"""The kinds of target: yes or no, one class of several, or a number."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["binary", "classes", "regression"]
