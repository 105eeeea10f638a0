"""`nncli list`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nncli.cli.options import Json

if TYPE_CHECKING:
    from nncli.registry import Registry


def list_parts(
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="Kind of part: tasks, layers, activations, ...")
    ] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Name of a part; prints its formula.")] = None,
    json: Json = False,
) -> None:
    """List the parts a config can use, and show their formulas.

    Example: nncli list activations relu
    """
    from nncli.cli.console import grid, json_text, out, table, wrapped
    from nncli.registry import doc_of

    catalog = _catalog()
    if kind is None:
        if json:
            out(json_text({plural: list(registry) for plural, registry in catalog.items()}))
        else:
            for plural, registry in catalog.items():
                _wrapped(plural, list(registry))
        return
    plural = next((plural for plural, registry in catalog.items() if registry.kind == kind), kind)
    if plural not in catalog:
        raise _unknown_kind(kind)
    registry = catalog[plural]
    if name is None:
        summaries = {part: registry.summary(part) for part in registry}
        if json:
            out(json_text(summaries))
        else:
            rows = [[part, text.split(": ", 1)[-1]] for part, text in summaries.items()]
            out(table([(registry.kind, "left"), ("description", "left")], rows))
        return
    from nncli.config.option_reference import option_rows

    part = registry.get(name)
    options, text = option_rows(part), _for_users(doc_of(part))
    if json:
        out(json_text({"name": name, "documentation": text, "options": options}))
        return
    out(wrapped(text))
    if options:
        out()
        columns = ["option", "default", "allowed", "description"]
        out(grid(columns, [[o["name"], o["default"], o["allowed"], o["help"]] for o in options], wrap={2, 3}))


def _catalog() -> dict[str, Registry[Any]]:
    """The parts of configs, and those of claims."""
    from nncli.claims.measurements import measurements
    from nncli.config.catalog import CATALOG

    return {**CATALOG, measurements.plural: measurements}


def _for_users(documentation: str) -> str:
    """A part's docstring without the section for programmers: the exceptions it raises."""
    return re.sub(r"^Raises: .*(\n(?![A-Z]\w*: ).+)*\n?", "", documentation, flags=re.MULTILINE).rstrip()


def _unknown_kind(kind: str) -> Exception:
    """The error for a word that is not a kind of part, though it may be a part."""
    from nncli.config.parts import article
    from nncli.errors import UserError
    from nncli.registry import unknown

    owners = [registry for registry in _catalog().values() if kind in registry]
    if owners:
        *others, last = [f"{article(registry.kind)} {registry.kind}" for registry in owners]
        kinds = f"{', '.join(others)} and {last}" if others else last
        commands = ", ".join(f"nncli list {registry.plural} {kind}" for registry in owners)
        return UserError(f"'{kind}' is {kinds}: {commands}")
    return unknown("kind", kind, _catalog())


def _wrapped(plural: str, names: list[str]) -> None:
    import textwrap

    from nncli.cli.console import lines, out

    out(lines(textwrap.fill(", ".join(names), 79, initial_indent=f"{plural:<15}", subsequent_indent=" " * 15)))
