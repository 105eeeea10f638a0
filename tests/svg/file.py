"""The numbers in the file of a picture, read from its SVG alone, as someone who looks at it would.

Positions become numbers by the labels of the ticks, and colors by the scale beside a map.
"""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Numbers = NDArray[np.float64]
Element = ElementTree.Element

SVG, HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
OFFSET = re.compile(r"1e-?\d+")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
POWER = re.compile(r"(?:(.+)×)?10\^(.+)")
AWRY = 0.01
"""Points by which ticks may be off their scale."""


@dataclass(frozen=True)
class Scale:
    """What the positions on an axis mean, by its ticks: numbers, linear or logarithmic, or names.

    A tick is a position, a label, and whether a mark is there; without one, the position is that of the label.
    """

    ticks: tuple[tuple[float, str, bool], ...]
    factor: float

    @cached_property
    def _line(self) -> tuple[float, float, bool]:
        """Slope and intercept of the number, or of its logarithm, over the position."""
        known = [
            (at, number * self.factor)
            for at, text, marked in self.ticks
            if marked and (number := _number(text)) is not None
        ]
        assert len(known) > 1, f"ticks that are not numbers: {self.ticks}"
        at, values = np.array(known, float).T
        is_log = any("10^" in text for _, text, _ in self.ticks)
        values = np.log10(values) if is_log else values
        slope, start = np.polyfit(at, values, 1)
        assert np.abs((values - start) / slope - at).max() < AWRY, f"uneven ticks: {self.ticks}"
        return float(slope), float(start), is_log

    @property
    def is_log(self) -> bool:
        """Whether it is logarithmic."""
        return self._line[2]

    @property
    def step(self) -> float:
        """How much one point is."""
        return abs(self._line[0])

    def numbers(self, at: Numbers) -> Numbers:
        """The numbers at positions."""
        slope, start, is_log = self._line
        values = slope * np.asarray(at, float) + start
        return np.asarray(10**values if is_log else values)

    def positions(self, numbers: Numbers) -> Numbers:
        """The opposite."""
        slope, start, is_log = self._line
        values = np.log10(numbers) if is_log else np.asarray(numbers, float)
        return np.asarray((values - start) / slope)

    def name(self, at: float) -> str:
        """The label of the nearest tick."""
        return min(self.ticks, key=lambda tick: abs(tick[0] - at))[1]


def _number(text: str) -> float | None:
    if power := POWER.fullmatch(text):
        return float(power[1] or 1) * float(10 ** float(power[2]))
    share, number = text.endswith("%"), text.rstrip("% ")
    return float(number) / (100 if share else 1) if NUMBER.fullmatch(number) else None


@dataclass(frozen=True)
class Pixels:
    """An image in a picture: its colors (height, width, 4), and where its pixels are."""

    colors: Numbers
    to_pixel: Numbers

    def at(self, x: Numbers, y: Numbers) -> Numbers:
        """The colors (N, 4) at positions; none beyond the image."""
        place = np.stack([x, y, np.ones(len(x))]).T @ self.to_pixel.T
        height, width = self.colors.shape[:2]
        column, row = np.floor(place[:, :2]).astype(int).T
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        return np.where(inside[:, None], self.colors[row * inside, column * inside], 0.0)


@dataclass(frozen=True)
class ColorScale:
    """Colors (N, 3) and the numbers that they stand for."""

    colors: Numbers
    values: Numbers
    is_log: bool

    def numbers(self, colors: Numbers) -> Numbers:
        """Those of colors (..., 3 or 4); NaN where nothing is drawn."""
        known, place = np.unique(colors[..., :3] @ [65536, 256, 1], return_inverse=True)  # few of many
        few = np.stack([known // 65536, known // 256 % 256, known % 256], axis=1)
        apart = np.linalg.norm(few[:, None] - self.colors, axis=-1)
        drawn = np.ones(colors.shape[:-1], bool) if colors.shape[-1] == 3 else colors[..., 3] > 0
        assert apart.min(axis=-1)[place][drawn].max(initial=0.0) < 8, "a color that is not on the scale"
        return np.where(drawn, self.values[apart.argmin(axis=-1)][place], np.nan)


@dataclass(frozen=True)
class Panel:
    """A pair of axes, with what is drawn in them; `gid` names it."""

    element: Element

    @cached_property
    def box(self) -> tuple[Numbers, Numbers]:
        """The least and the largest position."""
        patch = next(own for own in self.element if own.get("id", "").startswith("patch_"))
        corners = np.concatenate(_strokes(patch[0]))
        return corners.min(axis=0), corners.max(axis=0)

    @cached_property
    def x(self) -> Scale:
        """The horizontal axis."""
        return self._scale(0)

    @cached_property
    def y(self) -> Scale:
        """The vertical axis."""
        return self._scale(1)

    @cached_property
    def _axes(self) -> list[Element]:
        return [own for own in self.element if own.get("id", "").startswith("matplotlib.axis")]

    def _scale(self, side: int) -> Scale:
        """Of the ticks of an axis that have a label. The offset beside its end is `1e-5`."""
        found = []
        for tick in self._axes[side]:
            mark, text = tick.find(f".//{SVG}use"), "".join(content for content, _, _ in _texts(tick))
            if "tick_" in tick.get("id", "") and text:
                at = _texts(tick)[0][1:] if mark is None else _place(mark)
                found.append((float(at[side]), text, mark is not None))
        offsets = [text for text, _, _ in _texts(self._axes[side], deep=False) if OFFSET.fullmatch(text)]
        return Scale(tuple(found), float(offsets[0]) if offsets else 1.0)

    @cached_property
    def labels(self) -> tuple[str, str]:
        """Those of the two axes."""
        x, y = ([text for text, _, _ in _texts(own, deep=False) if not OFFSET.fullmatch(text)] for own in self._axes)
        return "".join(x), "".join(y)

    @cached_property
    def names(self) -> list[str]:
        """All that is written in and beside the axes, apart from their ticks."""
        return [*(text for text, _, _ in self.texts), *self.labels]

    @cached_property
    def texts(self) -> list[tuple[str, float, float]]:
        """The texts in the axes, and their positions."""
        return _texts(self.element, deep=False)

    @cached_property
    def gids(self) -> list[str]:
        """The names of what is drawn."""
        return [own.get("id", "") for own in self.element]

    def groups(self, gid: str) -> list[Element]:
        """All that has this name."""
        return [own for own in self.element if own.get("id") == gid]

    def data(self, points: Numbers) -> Numbers:
        """Positions (N, 2) as numbers."""
        return np.stack([self.x.numbers(points[:, 0]), self.y.numbers(points[:, 1])], axis=1)

    def places(self, points: Numbers) -> Numbers:
        """The opposite."""
        return np.stack([self.x.positions(points[:, 0]), self.y.positions(points[:, 1])], axis=1)

    def lines(self, gid: str) -> list[Numbers]:
        """Lines, and outlines of bars and polygons: each (N, 2)."""
        return [self.data(own) for own, _ in self.strokes(gid)]

    def line(self, gid: str) -> Numbers:
        """The only line of this name."""
        (found,) = self.lines(gid)
        return found

    def strokes(self, gid: str) -> list[tuple[Numbers, dict[str, str]]]:
        """The positions of lines (N, 2), and their styles."""
        paths = [path for group in self.groups(gid) for path in group.findall(f"{SVG}path")]
        return [(stroke, _style(path)) for path in paths for stroke in _strokes(path)]

    def area(self, gid: str) -> Numbers:
        """The outline (N, 2) of a band."""
        (group,) = self.groups(gid)
        shift = _place(next(group.iter(f"{SVG}use")))
        (outline,) = _strokes(next(group.iter(f"{SVG}path")))
        return self.data(outline + shift)

    def marks(self, gid: str) -> Numbers:
        """The places of markers (N, 2)."""
        return self.data(self.positions(gid))

    def positions(self, gid: str) -> Numbers:
        """Their positions."""
        uses = [own for group in self.groups(gid) for own in group.iter(f"{SVG}use")]
        return np.array([_place(own) for own in uses]).reshape(-1, 2)

    def fills(self, gid: str) -> Numbers:
        """The colors (N, 3) of markers or polygons."""
        drawn = [own for group in self.groups(gid) for own in group.iter() if own.tag in (f"{SVG}use", f"{SVG}path")]
        return np.array([rgb(_style(own)["fill"]) for own in drawn if "fill" in _style(own)])

    @cached_property
    def images(self) -> list[Element]:
        """The images in the axes."""
        return [*self.element.findall(f"{SVG}image"), *self.element.findall(f"{SVG}g/{SVG}image")]

    @cached_property
    def pixels(self) -> Pixels:
        """The only image."""
        (image,) = self.images
        content = base64.b64decode(image.get(HREF, "").partition("base64,")[2])
        colors = np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"), float)
        x, y, width, height = (float(image.get(key, "0")) for key in ("x", "y", "width", "height"))
        of_pixel = np.array([[width / colors.shape[1], 0, x], [0, height / colors.shape[0], y], [0, 0, 1]])
        return Pixels(colors, np.linalg.inv(_transform(image) @ of_pixel))


@dataclass(frozen=True)
class Picture:
    """An SVG file."""

    root: Element

    @cached_property
    def panels(self) -> list[Panel]:
        """Its axes, colorbars among them."""
        return [Panel(own) for own in self.root.iter(f"{SVG}g") if own.get("id", "").startswith("axes_")]

    def panel(self, name: str) -> Panel:
        """The axes with this title or label, or one that begins so."""
        found = [own for own in self.panels if any(text.startswith(name) for text in own.names)]
        assert len(found) == 1, f"{len(found)} axes named {name}"
        return found[0]

    @cached_property
    def text(self) -> str:
        """All that is written in it."""
        return "\n".join(text for text, _, _ in _texts(self.root))

    @cached_property
    def legend(self) -> dict[str, dict[str, str]]:
        """The style of each entry."""
        found = {}
        for legend in self.root.iter(f"{SVG}g"):
            if legend.get("id", "").startswith("legend_"):
                marks: list[Element] = []
                for own in legend:
                    if own.get("id", "").startswith("text_"):
                        found[_texts(own)[0][0]] = _style(marks[-1]) if marks else {}
                        marks = []
                    marks += [part for part in own.iter() if part.get("style") and part.tag != f"{SVG}text"]
        return found

    def scale(self, near: Panel) -> ColorScale:
        """The nearest scale of colors: a map with ticks on one side alone."""
        bars = [own for own in self.panels if own.images and not (own.x.ticks and own.y.ticks)]
        bar = min(bars, key=lambda own: float(np.linalg.norm(np.sum(own.box, axis=0) - np.sum(near.box, axis=0))))
        side = 0 if bar.x.ticks else 1
        (low, high), count = (bar.box[0], bar.box[1]), 600
        along = np.linspace(low[side], high[side], 2 * count + 1)[1::2]
        across = np.full(count, (low[1 - side] + high[1 - side]) / 2)
        colors = bar.pixels.at(*((along, across) if side == 0 else (across, along)))
        scale = bar.y if side else bar.x
        return ColorScale(colors[:, :3], scale.numbers(along), scale.is_log)


def read_svg(path: Path) -> Picture:
    """The picture in a file."""
    return Picture(ElementTree.fromstring(path.read_bytes()))


def _texts(group: Element, *, deep: bool = True) -> list[tuple[str, float, float]]:
    """Texts and their positions, in a group or its children `text_1`, ...; lines are joined by `\\n`."""
    inner = group.iter(f"{SVG}g") if deep else iter(own for own in group if own.get("id", "").startswith("text_"))
    found = []
    for own in inner:
        lines = list(own.iter(f"{SVG}text")) if own.get("id", "").startswith("text_") else []
        if lines:
            place = _transform(lines[0]) @ [float(lines[0].get("x", "0")), float(lines[0].get("y", "0")), 1]
            found.append(("\n".join(map(_written, lines)).replace("−", "-"), float(place[0]), float(place[1])))
    return found


def _written(text: Element) -> str:
    """A line of text; small letters in a formula are an exponent."""
    parts = list(text.iter(f"{SVG}tspan"))
    if not parts:
        return "".join(text.itertext())
    sizes = [float(re.findall(r"font-size: ([\d.]+)", own.get("style", ""))[0]) for own in parts]
    written = ""
    for size, own in zip(sizes, parts, strict=True):
        written += "^" * (size < max(sizes) and "^" not in written) + (own.text or "")
    return written


def _strokes(path: Element) -> list[Numbers]:
    """The positions of the lines of a path; what is not a line has none."""
    text = path.get("d", "")
    if "C" in text or "Q" in text:
        return []
    parts = [part.replace("L", " ").replace("z", " ").split() for part in text.split("M")[1:]]
    return [np.array(part, float).reshape(-1, 2) for part in parts]


def _place(use: Element) -> Numbers:
    return np.array([float(use.get("x", "0")), float(use.get("y", "0"))])


def _style(own: Element) -> dict[str, str]:
    pairs = [part.partition(":") for part in own.get("style", "").split(";") if part.strip()]
    return {name.strip(): value.strip() for name, _, value in pairs}


def rgb(color: str) -> Numbers:
    """A color written as `#0072b2`, from 0 to 255 (3,)."""
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)], float)


def _transform(own: Element) -> Numbers:
    """The matrix (3, 3) of an attribute `transform`; turns are about a place, which stays."""
    found = np.eye(3)
    for name, inner in re.findall(r"(\w+)\(([^)]*)\)", own.get("transform", "")):
        numbers = [float(number) for number in inner.replace(",", " ").split()]
        if name == "translate":
            found = found @ [[1, 0, numbers[0]], [0, 1, numbers[1]], [0, 0, 1]]
        elif name == "scale":
            found = found @ np.diag([numbers[0], numbers[-1], 1])
    return found
