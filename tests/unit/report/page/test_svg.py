"""Pictures of matplotlib as parts of a page."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from nncli.report.page.svg import _path, page_svg
from nncli.report.plots.in_page import in_page
from nncli.report.plots.seed_marks import belongs
from nncli.report.plots.style import figure


@pytest.fixture(scope="module")
def drawn():
    with figure(2, 1) as (made, (left, right)):
        left.plot([1, 10, 100], [0.1, 1, 10], "o-", gid="train of seed 5", label="<train>")
        (line,) = left.plot([1, 10, 100], [0.1, 1, 10], "-", gid="train_loss")
        belongs(line, [3])
        (dots,) = left.plot([1, 10, 100], [0.2, 2, 20], "s", gid="dots")
        belongs(dots, [7, 3, 9])
        left.set(xscale="log", xlabel="epoch", ylabel="loss", title="seed 3")
        left.legend()
        right.pcolormesh([0, 1, 3], [0, 1, 2], [[0, 0.5], [np.nan, 2]], rasterized=True, gid="<map>")
        right.set(xlabel="x & y", ylabel="italic $z$", yscale=("symlog"))
        right.set_xticks([1, 2], ["<a>", "b"])
        belongs(right, [4])
    return made


def test_no_style_is_left_that_a_policy_forbids(drawn: Figure):
    page = in_page(drawn, "one", "title")
    assert not re.search(r"\sstyle=|<style|<script|xlink|<metadata", page)
    assert 'font-size="8px"' in page
    assert 'stroke="#1f77b4"' in page  # the test draws in matplotlib's own colors


def test_ids_are_unique_among_pictures(drawn):
    pages = [in_page(drawn, name, "title") for name in ("one", "two")]
    known = [set(re.findall(r'\sid="([^"]+)"', page)) for page in pages]
    assert known[0]
    assert not known[0] & known[1]
    for page, ids in zip(pages, known, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)", page)) | set(re.findall(r'href="#([^"]+)"', page)) <= ids
        assert len(re.findall(r'\sid="', page)) == len(ids)


def test_pictures_have_a_name_and_a_description(drawn):
    root = ET.fromstring(in_page(drawn, "one", "curves: <xor>"))
    title, description = (root.find(f"{{http://www.w3.org/2000/svg}}{tag}") for tag in ("title", "desc"))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "curves: <xor>"
    assert description.text == "seed 3: loss over epoch (<train>); italic $z$ over x & y"


def test_scripts_find_where_the_numbers_are(drawn):
    page = in_page(drawn, "one", "title")
    ((box, x),) = re.findall(r'<g data-box="([^"]+)" data-x="([^"]+)" data-y="[^"]+" data-scales="log,linear"', page)
    left, _, width, _ = map(float, box.split())
    low, high = np.log10([*map(float, x.split())])
    (start,) = re.findall(r'data-shows="train_loss" data-seed="3".*? d="M([^ ]+) ', page)
    at_one = left + width * (0 - low) / (high - low)
    assert at_one == pytest.approx(float(start), abs=0.02)
    points = [
        (node.get("data-seed"), float(node.get("x", "")))
        for node in ET.fromstring(page).iter()
        if node.get("data-seed") and node.get("x")
    ]
    assert [seed for seed, _ in points] == ["7", "3", "9"]
    assert points[0][1] == pytest.approx(at_one, abs=0.02)
    assert re.findall(r'data-shows="train of seed 5" data-seed', page) == []
    (panel,) = [node for node in ET.fromstring(page).iter() if node.get("data-map")]
    assert {
        name: panel.get(f"data-{name}") for name in ("seed", "scales", "x-ticks", "map", "map-x", "map-y", "map-name")
    } == {
        "seed": "4",
        "scales": "linear,symlog 2",
        "x-ticks": '{"1":"<a>","2":"b"}',
        "map": "0 0.5;nan 2",
        "map-x": "0 1 3",
        "map-y": "0 1 2",
        "map-name": "<map>",
    }


@pytest.mark.parametrize(
    ("data", "shorter"),
    [
        ("M 1.234 2.345 \nL 1.5 2.0 \nL 1.75 3.0 \nz \n", "M1.23 2.35l0.27-0.35l0.25 1z"),
        ("M 0 0 \nL 0 3.5 \n", "M0 0l0 3.5"),
        ("M 1.0 1.0 \nC 1.001 2 3 4 5 6 \n", "M1 1C1 2 3 4 5 6"),
    ],
)
def test_paths_are_short(data, shorter):
    assert _path(data) == shorter


def test_what_matplotlib_before_3_11_writes():
    source = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="text_1">
    <text style="font: italic 700 8px 'DejaVu Sans'; text-anchor: middle" x="1">a</text></g></svg>"""
    page = page_svg(source, "one", "t", "d")
    assert '<text font-size="8px" font-style="italic" font-weight="700" text-anchor="middle" x="1">a</text>' in page
