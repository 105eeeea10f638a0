"""A picture of matplotlib as a part of a page.

Several SVGs in one page share its ids, and a security policy without `style-src` ignores `style` attributes and
`<style>` elements. So the ids get the name of the picture, and every style becomes presentation attributes.
Source: SVG 2, section 6.6, presentation attributes; WAI-ARIA Graphics Module, accessible names of SVG.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias
from xml.etree import ElementTree as ET

from nncli.report.page.markup import Html, escaped
from nncli.report.page.panel import Mark, Panel

FONTS = "DejaVu Sans, Verdana, Arial, sans-serif"
"""The font of pictures, and what is about as wide, where it is not installed."""
DECIMALS = 2
"""Digits of a coordinate after the point: a hundredth of a point, less than can be seen."""

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_OWN_ID = re.compile(r"[A-Za-z0-9.]+_\d+|image[0-9a-f]{10}")
"""An id that matplotlib makes up, unless something refers to it."""
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
_FONT = re.compile(r"(?P<words>(?:[a-z0-9]+ )*)(?P<size>[\d.]+px)(?:/\S+)? (?P<family>.+)")
"""The shorthand `font: italic 8px 'DejaVu Sans'`, which is not a presentation attribute."""
_DROPPED = {"metadata", "style", "title"}
_UNSAID = {"font", "font-family", "transform-origin", "shape-rendering"}
_NUMERIC = {"x", "y", "transform", "width", "height", "viewBox", "points", "x1", "y1", "x2", "y2"}
_NONE: Mapping[str, str] = {}
NO_MARKS: Mapping[str, Mark] = {}
_Known: TypeAlias = Mapping[str, Panel | Mark]
_DEFAULTS = {"stroke-dashoffset": "0", "stroke-linecap": "butt", "stroke-opacity": "1", "fill-opacity": "1"}
"""What is said of an element without saying it; the first two are not inherited from any group here."""


def page_svg(
    source: bytes,
    name: str,
    title: str,
    description: str,
    panels: Sequence[Panel] = (),
    marks: Mapping[str, Mark] = NO_MARKS,
) -> Html:
    """An SVG file of matplotlib as an element of a page.

    Args:
        source: the file.
        name: of the picture; unique in the page.
        title, description: what it shows, for those who cannot see it.
        panels: where its axes are.
        marks: of seeds, by the ids of their groups.
    """
    root = ET.fromstring(source)  # noqa: S314  # our own
    known: _Known = {panel.gid: panel for panel in panels} | dict(marks)
    _mark_points(root, marks)
    referred = {*_references(root)}
    box = _shorter(root.get("viewBox", "0 0 1 1"))
    width, height = box.split()[2:]
    about = f"{name}-title", f"{name}-description"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width}" height="{height}" role="img"'
        f' aria-labelledby="{about[0]} {about[1]}" font-family="{FONTS}" stroke-linejoin="round">'
        f'<title id="{about[0]}">{escaped(title)}</title><desc id="{about[1]}">{escaped(description)}</desc>'
    )
    body = "".join(part for child in root for part in _written(child, name, known, referred))
    return Html(f"{head}{body}</svg>")


def _references(root: ET.Element) -> Iterator[str]:
    """The ids that elements refer to."""
    for node in root.iter():
        if _LINK in node.attrib:
            yield node.attrib[_LINK].removeprefix("#")
        for text in node.attrib.values():
            yield from _REFERENCE.findall(text)


def _mark_points(root: ET.Element, marks: Mapping[str, Mark]) -> None:
    """Give each point of a line its seed, if all of them are drawn."""
    for group in root.iter(f"{_SVG}g"):
        mark = marks.get(group.get("id", ""))
        if mark is not None and len(mark.seeds) > 1:
            points = [*group.iter(f"{_SVG}use")]
            for point, seed in zip(points, mark.seeds if len(points) == len(mark.seeds) else (), strict=False):
                point.set("data-seed", str(seed))


def _written(
    node: ET.Element, name: str, known: _Known, referred: Set[str], shared: Mapping[str, str] = _NONE
) -> Iterator[str]:
    """An element and what it contains, in pieces, without the attributes that its group has for it."""
    tag = node.tag.removeprefix(_SVG)
    if tag in _DROPPED:
        return
    own = {key: value for key, value in _attributes(node, name, known, referred).items() if shared.get(key) != value}
    shared = {key: value for key, value in _shared(node).items() if key not in own} if tag == "g" else {}
    own = shared | own
    children = [part for child in node for part in _written(child, name, known, referred, shared)]
    text = (node.text or "") if tag in ("text", "tspan") else ""
    if tag in ("g", "defs") and not children:
        return
    if tag == "g" and not own:
        yield from children
        return
    head = "".join(f' {key}="{escaped(value)}"' for key, value in own.items())
    inside = f"{escaped(text)}{''.join(children)}"
    yield f"<{tag}{head}>{inside}</{tag}>" if inside else f"<{tag}{head}/>"
    if tag == "tspan" and node.tail and node.tail.strip():
        yield escaped(node.tail)


def _attributes(node: ET.Element, name: str, known: _Known, referred: Set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in node.attrib.items():
        match key:
            case "id":
                found |= _identity(value, name, known, referred)
            case "style":
                found |= _presentation(value)
            case "d":
                found[key] = _path(value)
            case "class":
                pass
            case _ if key == _LINK:
                found["href"] = re.sub(r"\s", "", value) if value.startswith("data:") else f"#{name}-{value[1:]}"
            case _ if not key.startswith("{"):
                found[key] = _shorter(value) if key in _NUMERIC else value
    for key, value in found.items():
        found[key] = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    if found.get("transform", "").startswith(("rotate(-0 ", "rotate(0 ")):
        del found["transform"]
    return found


def _shared(group: ET.Element) -> dict[str, str]:
    """What the styles of several elements in a group have in common, for the group to say it once."""
    if len(group) < 2 or any(child.tag != f"{_SVG}use" for child in group):
        return {}
    styles = [_presentation(child.get("style", "")) for child in group]
    return {key: value for key, value in styles[0].items() if all(style.get(key) == value for style in styles)}


def _identity(own: str, name: str, known: _Known, referred: Set[str]) -> dict[str, str]:
    """What is left of an id: nothing, if nobody refers to it; a name of data for scripts and tests."""
    if own in known:
        return known[own].attributes()
    if own in referred:
        return {"id": f"{name}-{own}"}
    if _OWN_ID.fullmatch(own):
        return {}
    return {"data-shows": own}


def _presentation(style: str) -> dict[str, str]:
    """The declarations of a style as attributes."""
    found: dict[str, str] = {}
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font" and (font := _FONT.fullmatch(value)):
            found["font-size"] = font["size"]
            for word in font["words"].split():
                found["font-style" if word in ("italic", "oblique") else "font-weight"] = word
        elif key and key not in _UNSAID and _DEFAULTS.get(key) != value:
            found[key] = _shorter(value)
    return found


def _shorter(text: str) -> str:
    """Numbers with fewer digits."""
    return _NUMBER.sub(lambda number: _rounded(float(number[0])), text)


def _rounded(number: float) -> str:
    text = f"{number:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _path(data: str) -> str:
    """The data of a path: a line from point to point by the steps between them, anything else as it was."""
    words = data.split()
    if not {word for word in words if word.isalpha()} <= {"M", "L", "z"}:
        return re.sub(r"\s*([A-Za-z])\s*", r"\1", _shorter(data.strip()))
    written, at, place = "", (0.0, 0.0), 0
    while place < len(words):
        command = words[place]
        if command == "z":
            written, place = f"{written}z", place + 1
            continue
        to = round(float(words[place + 1]), DECIMALS), round(float(words[place + 2]), DECIMALS)
        if command == "M":
            written += f"M{_rounded(to[0])} {_rounded(to[1])}"
        else:
            written += f"l{_rounded(to[0] - at[0])} {_rounded(to[1] - at[1])}"
        at, place = to, place + 3
    return written.replace(" -", "-")
