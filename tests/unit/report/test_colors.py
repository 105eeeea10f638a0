"""Colors, lines and markers stay apart in gray print and with any color vision: the rule, in numbers.

Source: Machado, Oliveira & Fernandes (2009), A physiologically-based model for simulation of color vision deficiency,
with the matrices of severity 1. Lightness and distance are those of CIELAB (CIE 1976, D65).
"""

import ast
from itertools import combinations, pairwise, product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.lines import Line2D

from nncli.report.plots import style
from nncli.report.plots.plane import PlaneMap, Points, boundary_figure

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "gray": [[0.2126, 0.7152, 0.0722]] * 3,
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.9505, 1.0, 1.089)
APART = 15.0
"""The least distance of two colors of the cycle; about 2 can be noticed if they touch."""
LIGHTER = 20.0
"""The least difference in lightness of what has to stand out in gray, of 100 from black to white."""


def lab(colors, vision):
    """L*, a*, b* (N, 3) of sRGB colors (N, 3), as they look."""
    rgb = np.asarray(colors, float)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISIONS[vision]).T, 0, 1)
    x, y, z = (seen @ np.array(TO_XYZ).T / WHITE).T
    f = [np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29) for t in (x, y, z)]
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])], axis=1)


def test_lightness_and_distance_are_those_of_cielab():
    np.testing.assert_allclose(lab([(0, 0, 0), (1, 1, 1)], "normal"), [[0, 0, 0], [100, 0, 0]], atol=0.02)
    np.testing.assert_allclose(lab([(1, 0, 0)], "normal"), [[53.24, 80.09, 67.20]], atol=0.1)


def faults_of_map(name):
    """In which visions a map does not grow lighter evenly, or its ends are too alike."""
    colors = mpl.colormaps[name](np.linspace(0, 1, 17))[:, :3]
    for vision in VISIONS:
        steps = np.diff(lab(colors, vision)[:, 0])
        if steps.min() < 2.5 or steps.max() > 3 * steps.min() or steps.sum() < 60:
            yield vision


def test_values_on_a_map_are_told_apart_with_any_vision():
    assert [*faults_of_map(style.MAP)] == []
    assert [*faults_of_map("PuOr")] == [*VISIONS]  # both ends are dark
    assert [*faults_of_map("jet")] == [*VISIONS]


def test_pictures_have_one_map():
    named = {}
    for path in Path(style.__file__).parent.glob("*.py"):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
        if found := {text for text in texts if isinstance(text, str) and text.removesuffix("_r") in mpl.colormaps}:
            named[path.name] = found
    assert named == {"style.py": {style.MAP}}


def strokes(dashes):
    """Of a line style: strokes per period, the longest stroke and the longest gap, in widths of the line."""
    known = {"--": (3.7, 1.6), ":": (1, 1.65), "-.": (6.4, 1.6, 1, 1.6)}  # matplotlib's own
    if dashes == "-":
        return 1, np.array([1e9, 1e-9])
    pattern = known[dashes] if dashes in known else dashes[1]
    return len(pattern) // 2, np.array([max(pattern[::2]), max(pattern[1::2])])


def test_lines_and_marks_of_the_cycle_are_told_apart():
    rgb = [to_rgb(color) for color in style.COLORS]
    assert len(rgb) == len(style.DASHES) == len(style.MARKERS) == len({*style.MARKERS}) == 8
    for a, b in combinations(range(len(rgb)), 2):
        for vision in VISIONS.keys() - {"gray"}:
            first, second = lab([rgb[a], rgb[b]], vision)
            assert np.linalg.norm(first - second) > APART, (a, b, vision)
        (some, lengths), (others, their) = strokes(style.DASHES[a]), strokes(style.DASHES[b])
        ratios = np.concatenate([lengths / their, their / lengths])
        assert some != others or ratios.max() > 2, (a, b)  # in gray it is all that tells them apart
    faint = [place for place, color in enumerate(rgb) if lab([color], "gray")[0, 0] > 100 - LIGHTER]
    assert faint == [style.FAINT]
    lines = [Line2D([], []) for _ in range(16)]
    for place, line in enumerate(lines):
        style.edge_faint(line, place)
    assert [place for place, line in enumerate(lines) if line.get_path_effects()] == [style.FAINT, style.FAINT + 8]


@pytest.mark.parametrize("classes", [2, 3, 19])
def test_classes_in_the_plane_are_told_apart(classes):
    x = np.linspace(0, 1, 40)
    of_each = np.broadcast_to(np.floor(np.linspace(0, classes - 1e-9, 40)), (40, 40))
    label = np.arange(classes)
    own = Points("train", np.random.default_rng(0).random((classes, 2)), label, label < 0)
    names = tuple(map(str, label))
    plane = PlaneMap(x, x, of_each, names, ("x", "y"), (own,), np.zeros((0, 3)))
    (axes, *_) = boundary_figure({"seed 0": plane}, None, "title").axes
    marks = [next(line for line in axes.lines if line.get_gid() == f"train {name}") for name in names]
    looks = {(line.get_color(), line.get_marker()) for line in marks}
    assert len(looks) == classes
    (mesh,) = (found for found in axes.collections if found.get_gid() in ("class", "probability of 1"))
    borders = sum(
        len(path.to_polygons()) for found in axes.collections if found is not mesh for path in found.get_paths()
    )
    assert borders >= classes - 1  # in gray they tell regions apart
    for vision in VISIONS if classes == 2 else ():
        tints = mesh.to_rgba(np.array([0.0, 0.5, 1.0]), alpha=1)[:, :3] * style.TINT + 1 - style.TINT
        regions, rows = lab(tints, vision)[:, 0], lab([to_rgba(line.get_color())[:3] for line in marks], vision)[:, 0]
        apart = [*pairwise(rows), (regions[0], regions[-1]), *product(rows, regions)]
        assert min(abs(a - b) for a, b in apart) > LIGHTER, (vision, apart)
