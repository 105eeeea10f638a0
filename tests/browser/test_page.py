"""Pages in a real browser: with scripts and without, under a strict policy, narrow and wide, dark, and printed."""

import json
import re

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

PAGES = ("xor", "moons", "study", "hostile", "taken")
MOST_BYTES = 2_000_000
LIST = "index"
SEEN = """(() => {
  const shown = (own) => { const box = own.getBoundingClientRect(); return box.width > 50 && box.height > 50; };
  const svgs = [...document.querySelectorAll("figure svg")];
  const inside = (own) => own.parentElement.closest(".scroll, pre, svg");
  const wide = (own) => own.getBoundingClientRect().right > innerWidth + 1 && !inside(own);
  return {
    pictures: svgs.length, shown: svgs.filter(shown).length,

    scroll: [document.documentElement.scrollWidth, innerWidth],
    wide: [...document.querySelectorAll("body *")].filter(wide).slice(0, 3).map((own) => own.outerHTML.slice(0, 80)),
    text: document.body.innerText,
    buttons: document.querySelectorAll("button").length,
    hacked: window.hacked ?? null,
  };
})()"""


def expected_pictures(browser, page):
    return (browser.folder / f"{page}.html").read_text("utf-8").count("<svg ")


def test_the_page_of_a_hundred_seeds_is_small(pages):
    assert 100_000 < (pages / "xor.html").stat().st_size <= MOST_BYTES


@pytest.mark.parametrize("page", [*PAGES, LIST])
def test_everything_fits_and_nothing_is_reported(browser, page):
    for width, dark in ((1440, False), (360, True)):
        browser.open(page, width=width, dark=dark)
        seen = browser.ask(SEEN)
        assert browser.log == []
        assert seen["scroll"][0] <= seen["scroll"][1], seen["wide"]
        assert seen["pictures"] == seen["shown"] == expected_pictures(browser, page)
        assert seen["buttons"] > 0
        assert seen["hacked"] is None


@pytest.mark.parametrize("page", PAGES)
def test_it_is_all_there_without_scripts_and_without_style(browser, page):
    browser.open(page)
    whole = browser.ask(SEEN)
    browser.open(page, scripts=False)
    seen = browser.ask(SEEN)
    assert browser.log == []
    assert (seen["buttons"], seen["hacked"], seen["scroll"][0] <= 1440) == (0, None, True)
    browser.open(page, strict=True)
    strict = browser.ask(SEEN)
    assert strict["buttons"] == 0
    assert strict["hacked"] is None
    assert browser.ask("getComputedStyle(document.body).maxWidth") == "none"
    assert strict["pictures"] == strict["shown"] == seen["shown"] == whole["shown"]
    source = "study.json" if page == "study" else "result.json"
    for text in ("What was asked", "What came out", "How to reproduce it", source):
        assert text in strict["text"] or text in browser.ask("document.documentElement.outerHTML")
    words = set(re.findall(r"\w{4,}", whole["text"]))
    missing = words - set(re.findall(r"\w{4,}", strict["text"])) - {"Reset", "Epoch", "Skip", "Frame", "Play"}
    assert not missing


def test_pictures_keep_their_colors_under_a_strict_policy(browser):
    browser.open("moons", strict=True)
    strokes = browser.ask("""[...document.querySelectorAll('[data-shows="median train_loss"] path')]
        .map((own) => [getComputedStyle(own).stroke, getComputedStyle(own).fill])""")
    assert strokes == [["rgb(0, 114, 178)", "none"]]
    loaded = browser.ask("""Promise.all([...document.querySelectorAll("svg image")].map((own) => {
        const image = new Image(); image.src = own.getAttribute("href"); return image.decode().then(() => image.width);
    }))""")
    assert loaded
    assert all(loaded)


@pytest.mark.parametrize("paper", [(8.27, 11.69), (8.5, 11)], ids=["A4", "Letter"])
def test_it_prints(browser, paper):
    browser.open("moons", dark=True)
    printed = browser.pdf(*paper)
    assert printed.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type /Page\b", printed)) <= 30


def test_tables_sort_and_seeds_are_highlighted_everywhere(browser):
    browser.open("xor")
    sort = """(() => {
      const table = document.querySelector("#seeds").parentElement.querySelector("table");
      const head = [...table.querySelectorAll("thead th")].find((own) => own.textContent === "train loss");
      head.querySelector("button").click();
      const column = head.cellIndex;
      const number = (row) => Number(row.cells[column].querySelector("data").value);
      const values = () => [...table.tBodies[0].rows].map(number);
      const up = values(); const said = [head.getAttribute("aria-sort")];
      head.querySelector("button").click(); said.push(head.getAttribute("aria-sort"));
      return [up, values(), said];
    })()"""
    up, down, said = browser.ask(sort)
    assert (up, down, said) == (sorted(up), sorted(up, reverse=True), ["ascending", "descending"])
    choose = """(() => {
      const button = document.querySelector('tr[data-seed="3"] button'); button.focus(); button.click();
      return [button.getAttribute("aria-pressed"), document.activeElement === button,
        document.querySelectorAll('[data-seed="3"]:not(.chosen)').length,
        document.querySelectorAll("path.seed-line").length, document.querySelector("[role=status]").textContent];
    })()"""
    assert browser.ask(choose) == ["true", True, 0, 4, "Highlighted: seed 3Clear"]


def test_the_pointer_and_the_slider_show_recorded_numbers(browser):
    browser.open("xor")
    data = json.loads(browser.ask("document.getElementById('curves-data').textContent"))
    ask = """(() => {
      const figure = document.querySelector('figure[data-kind="curves"]');
      const slider = figure.querySelector("input[type=range]");
      slider.value = 0; slider.dispatchEvent(new Event("input"));
      const first = figure.querySelector("output").textContent;
      const panel = figure.querySelector("[data-box]"), svg = figure.querySelector("svg");
      const [left, top, width, height] = panel.dataset.box.split(" ").map(Number);
      const at = new DOMPoint(left + width - 1, top + height / 2).matrixTransform(svg.getScreenCTM());
      panel.dispatchEvent(new PointerEvent("pointermove", { clientX: at.x, clientY: at.y, bubbles: true }));
      return [first, figure.querySelector("output").textContent];
    })()"""
    first, last = browser.ask(ask)
    middle = sorted(row[0] for row in data["metrics"]["train_loss"])[49:51]
    assert f"train loss median {sum(middle) / 2:.4g}" in first
    assert first.startswith("epoch 0; ")
    assert last.startswith(f"epoch {data['epochs'][-1]:g}; train loss median ")


def test_pictures_zoom_with_the_keyboard(browser):
    browser.open("moons")
    ask = """(() => {
      const figure = document.querySelector("figure"), svg = figure.querySelector("svg");
      const [more, , all] = figure.querySelectorAll(".tools button"), before = svg.getAttribute("viewBox");
      more.click(); const near = svg.getAttribute("viewBox"); all.click();
      return [before, near, svg.getAttribute("viewBox"), more.tabIndex, more.getAttribute("aria-label")];
    })()"""
    before, near, after, order, label = browser.ask(ask)
    assert [float(own) for own in near.split()][2] == pytest.approx(float(before.split()[2]) / 1.5)
    assert [*map(float, after.split())] == [*map(float, before.split())]
    assert (order, label) == (0, "Zoom in: curves")


def test_a_film_shows_one_frame_at_a_time(browser):
    ask = """(() => {
      const shown = () => [...document.querySelectorAll(".film .frame")].filter((own) => own.offsetHeight)
        .map((own) => own.innerText.trim());
      const first = shown(), slider = document.querySelector(".film input");
      if (slider) { slider.value = 1; slider.dispatchEvent(new Event("input")); }
      return [first, shown(), slider && slider.getAttribute("aria-valuetext")];
    })()"""
    browser.open("moons")
    assert browser.ask(ask) == [["epoch 9"], ["epoch 3"], "epoch 3"]
    browser.open("moons", scripts=False)
    frames = ["epoch 0", "epoch 3", "epoch 9"]
    assert browser.ask(ask) == [frames, frames, None]


AXE = """axe.run({ exclude: ["svg > *"] }, { resultTypes: ["violations"] }).then((found) => JSON.stringify(
  found.violations.map((own) => [own.impact, own.id, own.nodes[0].html.slice(0, 120), own.nodes[0].failureSummary])))"""


@pytest.mark.parametrize(("page", "dark"), [("moons", False), ("taken", True), (LIST, False), (LIST, True)])
def test_the_checker_of_accessibility_finds_nothing_serious(browser, axe, page, dark):
    browser.open(page, dark=dark, width=1000)
    browser.ask(f"{axe}; undefined")
    browser.ask("document.querySelector('tr[data-seed] button')?.click()")
    found = json.loads(browser.ask(AXE))
    assert [own for own in found if own[0] in ("serious", "critical")] == []


LISTED = """(() => {
  const table = document.querySelector("table");
  const [task, , tags] = document.querySelectorAll(".tools select"), words = document.querySelector("[type=search]");
  const shown = () => [...table.tBodies[0].rows].filter((row) => row.offsetHeight);
  const names = () => shown().map((row) => row.cells[2].textContent);
  const choose = (field, value) => {
    field.value = field.options ? [...field.options].findIndex((own) => own.textContent === value) : value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return [names(), document.querySelector(".tools output").textContent];
  };
  return [names(), choose(task, "moons"), choose(task, "all"), choose(tags, "good"), choose(tags, "old"),
    choose(tags, "all"), choose(words, "XOR old")];
})()"""


def test_a_list_of_runs_is_filtered(browser):
    browser.open(LIST, width=1000)
    everything = ["xor", "moons", "–"]
    assert browser.ask(LISTED) == [
        everything,
        [["moons"], "1 of 3"],
        [everything, "3 of 3"],
        [["xor", "moons"], "2 of 3"],
        [["xor"], "1 of 3"],
        [everything, "3 of 3"],
        [["xor"], "1 of 3"],
    ]
    for strict in (False, True):
        browser.open(LIST, width=360, scripts=False, strict=strict)
        seen = browser.ask(SEEN)
        assert (seen["buttons"], seen["hacked"]) == (0, None)
        assert browser.ask("document.querySelectorAll('tbody tr').length") == 3
        assert strict or seen["scroll"][0] <= seen["scroll"][1], seen["wide"]
