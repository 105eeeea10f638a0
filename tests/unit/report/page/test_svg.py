"""Pictures of matplotlib as parts of a page."""

import json
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure

from nncli.report.page.svg import _path, page_svg
from nncli.report.plots.in_page import MOST_COUNTED, in_page
from nncli.report.plots.places import count_cells, name_places
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


def panels_of(made):
    nodes = [node for node in ET.fromstring(in_page(made, "one", "title")).iter() if node.get("data-box")]
    return [{key.removeprefix("data-"): text for key, text in node.attrib.items()} for node in nodes]


def test_places_have_the_names_that_they_stand_for():
    with figure(2, 2) as (made, (few, many, same, far)):
        few.set_yticks([0, 1, 2], ["1", "2", "4"])
        name_places(many.xaxis, [f"{2**k}" for k in range(40)], [f"{2**k:.0e}" for k in range(40)], most=16)
        same.set_xticks([1, 2, 3], ["1", "2", "3"])
        far.set_xscale("symlog", linthresh=1)
        far.set_xticks([-10, 0, 10], ["-1e1", "zero", "1e1"])
    few, many, same, far = panels_of(made)
    assert json.loads(few["y-ticks"]) == {"0": "1", "1": "2", "2": "4"}
    assert json.loads(many["x-ticks"]) == {f"{k}": f"{2**k}" for k in range(40)}
    assert "x-ticks" not in same | far


@pytest.mark.parametrize("shape", [(3, 65), (65, 128), (12, 5000), (200, 300)])
def test_the_cells_of_counted_maps_keep_their_numbers(shape):
    values, epochs = np.arange(np.prod(shape)).reshape(shape), 10 * np.arange(shape[1])
    with figure(1, 1) as (made, (axes,)):
        count_cells(axes.imshow(values, gid="map"), epochs.tolist(), range(1, shape[0] + 1))
    (panel,) = panels_of(made)
    said = np.array([row.split(" ") for row in panel["map"].split(";")], float)
    columns, rows = (np.array(own.split(" "), int) for own in panel["map-at"].split(";"))
    assert said == pytest.approx(values[np.ix_(rows - 1, columns // 10)], rel=0.01)
    assert 0.9 * min(values.size, MOST_COUNTED) <= said.size <= MOST_COUNTED
    for places, ends in ((columns // 10, panel["map-x"]), (rows - 1, panel["map-y"])):
        edges = np.array(ends.split(" "), float)
        assert ((edges[:-1] <= places) & (places <= edges[1:])).all()


def test_what_a_group_says_does_not_take_the_style_of_its_children():
    uses = '<use href="#m" style="fill: #111111; stroke: #222222"/>' * 2
    source = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g style="fill: #999999">{uses}</g></svg>'
    root = ET.fromstring(page_svg(source.encode(), "one", "t", "d"))
    (group,) = root.iter("{http://www.w3.org/2000/svg}g")
    assert [{**group.attrib, **use.attrib}["fill"] for use in group] == ["#111111"] * 2
    assert (group.get("stroke"), [use.get("stroke") for use in group]) == ("#222222", [None, None])


def test_what_matplotlib_before_3_11_writes():
    source = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><g id="text_1">
    <text style="font: italic 700 8px 'DejaVu Sans'; text-anchor: middle" x="1">a</text></g></svg>"""
    page = page_svg(source, "one", "t", "d")
    assert '<text font-size="8px" font-style="italic" font-weight="700" text-anchor="middle" x="1">a</text>' in page
