"""Plain data to YAML: the inverse of the reader."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.config.document import Data
from nncli.config.yaml_scalars import render

WIDTH = 80
"""A list of scalars up to this many characters stays on one line."""


def write_yaml(data: Data) -> str:
    """YAML text from which `read_yaml` reads the same data, in the same order, of the same types.

    Mappings are in block style; short lists of scalars are in flow style, `[4, 4]`. YAML 1.1 readers agree, so that
    `yaml.safe_load` reads a resolved config too. YAML text cannot hold everything: not a lone surrogate, a key of
    more than a thousand characters, an integer too long for the reader.
    """
    return "".join(f"{line}\n" for line in _block(data))


def _block(data: Data) -> Iterator[str]:
    """The lines of a value, not indented."""
    line = _one_line(data)
    if line is not None:
        yield line
    elif isinstance(data, dict):
        for key, value in data.items():
            line = _one_line(value)
            if line is not None:
                yield f"{render(key)}: {line}"
            else:
                yield f"{render(key)}:"
                yield from (f"  {inner}" for inner in _block(value))
    elif isinstance(data, list):
        for item in data:
            first, *rest = _block(item)
            yield f"- {first}"
            yield from (f"  {inner}" for inner in rest)


def _one_line(data: Data) -> str | None:
    """A scalar, an empty collection or a short list of scalars on one line; None for anything longer."""
    if isinstance(data, dict):
        return None if data else "{}"
    if isinstance(data, list):
        scalars = [render(item) for item in data if not isinstance(item, (dict, list))]
        line = f"[{', '.join(scalars)}]"
        if len(scalars) < len(data):
            return None
        return line if len(line) <= WIDTH else None
    return render(data)
