"""JSON that every parser reads: no NaN, no Infinity, no NumPy."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from nncli.errors import ExitCode, UserError
from nncli.runs.files import read_if_there


def to_json(value: Any) -> str:
    """Indented JSON text, keys in their order; NaN and infinities become null, NumPy arrays lists.

    Errors: `TypeError` for what JSON has no word for.
    """
    return json.dumps(_plain(value), indent=2, allow_nan=False) + "\n"


def read_json_object(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file, or None if there is no such file.

    Errors: `UserError` with code FILES if it cannot be read, CORRUPT if it holds anything but one JSON object.
    """
    content = read_if_there(path)
    if content is None:
        return None
    try:
        value = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UserError(f"not valid JSON: {error}", where=str(path), code=ExitCode.CORRUPT) from error
    if not isinstance(value, dict):
        raise UserError("not a JSON object", where=str(path), code=ExitCode.CORRUPT)
    return value


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # a NumPy scalar or array, without importing NumPy to ask
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON number")
