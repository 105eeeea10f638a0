"""Pictures of matplotlib as parts of a page."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from nncli.report.page.svg import _path, page_svg
from nncli.report.plots.in_page import in_page
from nncli.report.plots.style import figure


@pytest.fixture(scope="module")
def drawn():
    with figure(2, 1) as (made, (left, right)):
        left.plot([1, 10, 100], [0.1, 1, 10], "o-", gid="seed 3 train_loss", label="<train>")
        left.set(xscale="log", xlabel="epoch", ylabel="loss", title="seed 3")
        left.legend()
        right.pcolormesh(np.arange(3.0), np.arange(3.0), np.zeros((3, 3)), rasterized=True)
        right.set(xlabel="x & y", ylabel="italic $z$")
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
    ((box, x),) = re.findall(r'<g data-box="([^"]+)" data-x="([^"]+)" data-y="[^"]+" data-scales="log linear"', page)
    left, _, width, _ = map(float, box.split())
    low, high = np.log10([*map(float, x.split())])
    (start, *_) = re.findall(r'data-shows="seed 3 train_loss" data-seed="3".*? d="M([^ ]+) ', page)
    first = float(start)
    assert left + width * (0 - low) / (high - low) == pytest.approx(first, abs=0.02)


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
