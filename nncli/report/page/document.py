"""A whole page: one self-contained file, with the hashes of its script and its style in its security policy."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nncli import __version__
from nncli.report.page.markup import Html, element, escaped, joined
from nncli.report.page.parts import sourced

SCRIPTS = ("pictures.js", "page.js")
"""What scripts do is in the second; it uses the first."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, which its table of contents links to.

    Attributes:
        id: of the heading; unique in the page.
        title: the heading.
        body: what is below it.
    """

    id: str
    title: str
    body: Html


def page(
    title: str, lead: Html, sections: Sequence[Section], data: Mapping[str, object] | None = None, source: str = ""
) -> str:
    """A page as HTML.

    Args:
        title: its only heading of the first level.
        lead: what is said at once.
        data: numbers for the script by the name of their element, as JSON, which browsers do not run.
        source: of the title.
    """
    style, script = asset("page.css"), "".join(map(asset, SCRIPTS))
    version = sourced("span", f"nncli {__version__}", "nncli --version")
    links = (element("li", element("a", section.title, href=f"#{section.id}")) for section in sections)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy(style, script))}">'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        Html(f"<style>{style}</style>"),
    )
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        element("header", sourced("h1", title, source), lead),
        element("nav", element("ul", *links), aria_label="Contents"),
        element("main", *map(_section, sections), id="content"),
        element("footer", element("p", "Written by ", version, ". This file needs no others.")),
        *(_data(name, own) for name, own in (data or {}).items()),
        Html(f"<script>{script}</script>"),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n{body}</html>\n'


def _section(section: Section) -> Html:
    heading = element("h2", section.title, id=section.id)
    return joined(Html("\n"), element("section", heading, section.body, aria_labelledby=section.id))


def _data(name: str, own: object) -> Html:
    text = json.dumps(own, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(f'<script type="application/json" id="{escaped(name)}">{text}</script>')


def policy(style: str, script: str) -> str:
    """The Content-Security-Policy of a page: nothing but this style, this script, and pictures inside the file.

    Source: W3C, Content Security Policy Level 3, section 6.7.
    """
    parts = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def asset(name: str) -> str:
    """The text of a file of this folder: the style or the script of every page."""
    return Path(__file__).with_name(name).read_text("utf-8")
