"""Builds HTML: every text is escaped, unless it is `Html` already."""

from __future__ import annotations

import html
import re
from typing import TypeAlias

from nncli.errors import visible

VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr"})
"""Elements without content, and so without an end tag."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")


class Html(str):
    """Markup that is written as is: it was built here, from parts that were escaped before."""

    __slots__ = ()


Child: TypeAlias = str | Html | None
"""What an element may contain: text, markup, or nothing."""

Attribute: TypeAlias = str | int | float | bool | None
"""The value of an attribute: True has no value; False and None leave the attribute out."""


def escaped(text: str) -> Html:
    """A text as HTML, in an element or in a quoted attribute.

    Line breaks stay; other control characters, and those that change the direction of text, become visible.
    """
    return Html("\n".join(html.escape(visible(line)) for line in text.split("\n")))


def element(tag: str, *children: Child, **attributes: Attribute) -> Html:
    """An element with its children: `element("td", "<3", class_="number", data_source="result.json")`.

    Args:
        attributes: an underscore in a name is a hyphen; one at its end, for names that Python reserves, is dropped.
    """
    head = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in VOID:
        return Html(f"<{tag}{head}>")
    return Html(f"<{tag}{head}>{joined(*children)}</{tag}>")


def joined(*children: Child) -> Html:
    """Texts and markup one after another."""
    return Html(
        "".join(child if isinstance(child, Html) else escaped(child) for child in children if child is not None)
    )


def _attribute(name: str, value: Attribute) -> str:
    name = name.removesuffix("_").replace("_", "-")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an attribute")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escaped(str(value))}"'
