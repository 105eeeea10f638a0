"""Pages in a real browser: with scripts and without, under a strict policy, narrow and wide, dark, and printed."""

import json
import re

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

PAGES = ("xor", "moons", "study", "hostile", "taken", "hostile_study")
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
    source = "study.json" if "study" in page else "result.json"
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


AT = """((kind, panel, across, down, what) => {
  const figure = document.querySelector(`figure[data-kind="${kind}"]`), svg = figure.querySelector("svg");
  figure.scrollIntoView({ block: "center" });
  const [left, top, width, height] = figure.querySelectorAll("[data-box]")[panel].dataset.box.split(" ").map(Number);
  const place = new DOMPoint(left + width * across, top + height * down).matrixTransform(svg.getScreenCTM());
  const own = { clientX: place.x, clientY: place.y, bubbles: true };
  const target = document.elementFromPoint(place.x, place.y);
  target.dispatchEvent(what === "click" ? new MouseEvent(what, own) : new PointerEvent(what, own));
  return figure.querySelector("output").textContent;
})"""


@pytest.mark.parametrize(
    ("page", "kind", "panel", "place", "said"),
    [
        ("xor", "survival", 0, (0.5, 0.3), r"epoch = [\d.]+, share of seeds not solved yet = 0\.7\d*"),
        (
            "xor",
            "boundary",
            0,
            (0.5, 0.5),
            r"hidden unit: x1 = 0\.5, x2 = 0\.5|x1 = 0\.5, x2 = 0\.5, probability of 1 = 0\.\d+",
        ),
        ("xor", "weights", 0, (0.3, 0.3), r"map W1: unit = 2, input = x1, weight = -?[\d.]+"),
        ("xor", "network", 0, (0.5, 0.5), r"units 1"),
        ("xor", "confusion", 0, (0.2, 0.2), r"predicted = 0, true = 0, share of the row = (1|0\.\d+)"),
        ("xor", "roc", 0, (0.5, 0.5), r"chance: false positive rate = 0\.5, true positive rate = 0\.5"),
        ("xor", "flow", 0, (0.2, 0.2), r"weights = first, layer = 1: 4 tanh, mean of a = -?[\d.]+"),
        ("xor", "loss_surface", 0, (0.5, 0.5), r"path: .* = 0\.5, random direction, same length = 0, loss = [\d.]+"),
        ("study", "intervals", 0, (0.5, 0.1), r"seeds solved = 0\.5, activation = tanh"),
        ("study", "curves", 0, (0.5, 0.1), r"(band relu: )?epoch = [\d.]+, train loss = [\d.]+"),
    ],
)
def test_pictures_show_the_values_below_the_pointer(browser, page, kind, panel, place, said):
    browser.open(page)
    found = browser.ask(f"{AT}({kind!r}, {panel}, {place[0]}, {place[1]}, 'pointermove')")
    assert re.fullmatch(said, found), found
    assert browser.log == []


def test_numbers_with_spaces_between_thousands_sort_as_numbers(browser):
    browser.open("sized")
    ask = """(() => {
      const head = [...document.querySelectorAll("thead th")].find((own) => own.textContent === "parameters");
      const column = head.cellIndex, body = head.closest("table").tBodies[0];
      const shown = () => [...body.rows].map((row) => row.cells[column].textContent);
      const clicked = () => { head.querySelector("button").click(); return shown(); };
      const exact = [clicked(), clicked()];
      for (const own of body.querySelectorAll("data")) own.replaceWith(own.textContent);
      return [...exact, clicked()];
    })()"""
    up = ["900", "23 041"]
    assert browser.ask(ask) == [up, up[::-1], up]


MAP = """((kind, panel) => {
  const shares = [0.004, 0.13, 0.31, 0.52, 0.77, 0.996];
  return shares.flatMap((a) => shares.map((b) => AT(kind, panel, a, b, "pointermove")));
})""".replace("AT", AT)
SAID = r"(?:map W\d: |cells: )?(?P<x>.*?) = (?P<column>\S+), (?P<y>.*?) = (?P<row>\S+), (?P<name>.*?) = (?P<value>\S+)"


def said_of(browser, kind, panel):
    found = [re.fullmatch(SAID, text) for text in browser.ask(f"{MAP}({kind!r}, {panel})")]
    assert all(found)
    return [own.groupdict() for own in found]


def test_the_weights_below_the_pointer_are_those_of_the_file(browser):
    browser.open("wide")
    with np.load(browser.folder / "wide" / "weights.npz") as file:
        weights = {name: file[name] for name in file.files}
    sides = []
    for panel in range(2):
        whole = np.vstack([weights[f"W{panel + 1}"][0], weights[f"b{panel + 1}"][0]])
        said = said_of(browser, "weights", panel)
        rows = {"x1": 1, "x2": 2, "bias": 3} if panel == 0 else {}
        for own in said:
            row, column = rows.get(own["row"]) or int(own["row"]), int(own["column"])
            assert float(own["value"]) == pytest.approx(whole[row - 1, column - 1], rel=0.006), own
        sides.append([len({own[side] for own in said}) for side in ("column", "row")])
    assert sides == [[6, 3], [6, 6]]


def test_the_results_below_the_pointer_are_those_of_the_study(browser):
    browser.open("sweep")
    study = json.loads((browser.folder / "sweep" / "study.json").read_text("utf-8"))
    known = {tuple(own["values"]): own["metrics"]["validation_loss"]["median"] for own in study["leaderboard"]}
    said = said_of(browser, "heatmap", 0)
    assert {(own["x"], own["y"]) for own in said} == {("learning_rate", "batch_size")}
    assert {(own["row"], own["column"]) for own in said} == known.keys()
    for own in said:
        assert float(own["value"]) == pytest.approx(known[own["row"], own["column"]], rel=0.006), own


CHOSEN = """[document.querySelector("[role=status]").textContent.replace("Clear", ""),
  Object.fromEntries([...document.querySelectorAll("figure[data-kind]")].map((own) => [own.dataset.kind,
    own.querySelectorAll(".seed-frame, .seed-line, [data-shows].chosen").length]).filter((own) => own[1])),
  document.querySelectorAll("tr.chosen").length]"""


def test_a_seed_is_chosen_in_any_picture_and_shown_in_all(browser):
    browser.open("xor")
    browser.ask(f"{AT}('boundary', 2, 0.9, 0.9, 'click')")
    text, marks, rows = browser.ask(CHOSEN)
    assert (text, rows) == ("Highlighted: seed 2", 1)
    assert marks == {"curves": 5, "survival": 1, "boundary": 1}
    shown = browser.ask("document.querySelector('figure[data-kind=hidden] [data-seed]').dataset.seed")
    browser.ask(f"document.querySelector('.chosen-seeds button').click(); {AT}('hidden', 0, 0.5, 0.5, 'click')")
    text, marks, rows = browser.ask(CHOSEN)
    assert (text, rows) == (f"Highlighted: seed {shown}", 1)
    for kind, panels in {"hidden": 2, "weights": 4, "network": 1, "loss_surface": 1}.items():
        assert marks[kind] == panels
    browser.open("study")
    assert browser.ask(CHOSEN) == ["", {}, 0]
    browser.ask("document.querySelector('figure[data-kind=paired]').scrollIntoView({ block: 'center' })")
    seed = browser.ask("""(() => {
      const dot = document.querySelector("figure[data-kind=paired] use[data-seed]");
      const { x, y, width, height } = dot.getBoundingClientRect();
      const place = { clientX: x + width / 2, clientY: y + height / 2 };
      dot.dispatchEvent(new MouseEvent("click", { ...place, bubbles: true }));
      return dot.dataset.seed;
    })()""")
    text, marks, rows = browser.ask(CHOSEN)
    assert text == f"Highlighted: seed {seed}"
    assert marks == {"survival": 2, "paired": 2}
    assert rows == 3


def press(browser, *keys):
    for key in keys:
        code = {"key": key, **({"text": key} if len(key) == 1 else {})}
        browser.cdp("Input.dispatchKeyEvent", type="keyDown", **code)
        browser.cdp("Input.dispatchKeyEvent", type="keyUp", key=key)


def test_pictures_are_read_with_the_keyboard_alone(browser):
    browser.open("study")
    figure = "document.querySelector('figure[data-kind=paired]')"
    browser.ask(f"{figure}.querySelector('.tools button:last-of-type').focus()")
    browser.cdp("Input.dispatchKeyEvent", type="keyDown", key="Tab", windowsVirtualKeyCode=9)
    focused = "[document.activeElement.className, getComputedStyle(document.activeElement).outlineStyle]"
    assert browser.ask(focused) == ["panel", "solid"]
    described = """document.activeElement.getAttribute("aria-describedby").split(" ")
        .map((id) => document.getElementById(id).textContent)"""
    assert all(text.endswith(".") for text in browser.ask(described))
    state = f"""[{figure}.querySelector("svg").getAttribute("viewBox").split(" ").map(Number),
        {figure}.querySelector("output").textContent]"""
    whole, _ = browser.ask(state)
    press(browser, "+", "+")
    near, said = browser.ask(state)
    assert near[2] == pytest.approx(whole[2] / 2.25)
    assert said == "zoom 2.25 ×"
    press(browser, "ArrowRight", "ArrowDown")
    moved, _ = browser.ask(state)
    assert moved[:2] == pytest.approx([near[0] + near[2] / 10, near[1] + near[3] / 10])
    press(browser, "Escape")
    assert browser.ask(state)[0] == whole
    press(browser, "n", "n")
    assert browser.ask(state)[1] == "seed 1"
    assert browser.ask(CHOSEN)[0] == ""
    press(browser, "p", "Enter")
    assert browser.ask(state)[1] == "seed 0, highlighted"
    assert browser.ask(CHOSEN) == ["Highlighted: seed 0", {"survival": 2, "paired": 2}, 3]
    press(browser, "Enter")
    assert browser.ask(CHOSEN)[0] == ""


def test_pictures_zoom_with_buttons(browser):
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


LETTERS = """(() => {
  const texts = [...document.querySelectorAll("figure svg text")].filter((own) => own.textContent.trim());
  const found = texts.map((own) => {
    const { x, y, width, height } = own.getBoundingClientRect(), style = getComputedStyle(own);
    const figure = own.closest("figure");
    let opacity = Number(style.fillOpacity);
    for (let node = own; node !== figure; node = node.parentElement) opacity *= getComputedStyle(node).opacity;
    return { text: own.textContent, kind: figure.dataset.kind, box: [x + scrollX, y + scrollY, width, height], opacity,
      color: style.fill.match(/[\\d.]+/g).slice(0, 3).map(Number) };
  });
  texts.forEach((own) => { own.style.visibility = "hidden"; });
  return found;
})()"""
LEAST, MOST_BEHIND = 4.5, 0.1
"""The least contrast, and the share of the pixels behind a text that may have less: lines and dots that cross it."""


def luminance(colors):
    """The relative luminance of colors from 0 to 255 (..., 3). Source: WCAG 2.2."""
    shares = np.asarray(colors) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_contrast_is_measured():
    assert (luminance([255, 255, 255]) + 0.05) / (luminance([119, 119, 119]) + 0.05) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("page", ["xor", "study", "hostile"])
def test_texts_in_pictures_stand_out_from_what_is_behind_them(browser, page):
    faint = []
    for look in ({}, {"dark": True}, {"dark": True, "strict": True}):
        browser.open(page, bars=False, **look)
        texts = browser.ask(LETTERS)
        assert texts
        behind = browser.shot()
        for own in texts:
            x, y, width, height = own["box"]
            y, height = y + 0.2 * height, 0.6 * height  # the letters fill that part of the height of a line
            rows, columns = slice(round(y), round(y + height)), slice(round(x), round(x + width))
            pixels = behind[rows, columns].reshape(-1, 3)
            assert len(pixels)
            color = own["opacity"] * np.array(own["color"]) + (1 - own["opacity"]) * pixels
            one, other = luminance(color) + 0.05, luminance(pixels) + 0.05
            if (np.maximum(one, other) / np.minimum(one, other) < LEAST).mean() > MOST_BEHIND:
                faint.append((own["kind"], own["text"], *look, *np.median(pixels, axis=0).tolist(), *own["color"]))
    assert not faint, faint


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
    everything = ["xor", "moons", browser.ask("document.querySelectorAll('tbody tr')[2].cells[2].textContent"), "–"]
    assert browser.ask(LISTED) == [
        everything,
        [["moons"], "1 of 4"],
        [everything, "4 of 4"],
        [["xor", "moons"], "2 of 4"],
        [["xor"], "1 of 4"],
        [everything, "4 of 4"],
        [["xor"], "1 of 4"],
    ]
    for strict in (False, True):
        browser.open(LIST, width=360, scripts=False, strict=strict)
        seen = browser.ask(SEEN)
        assert (seen["buttons"], seen["hacked"]) == (0, None)
        assert browser.ask("document.querySelectorAll('tbody tr').length") == 4
        assert strict or seen["scroll"][0] <= seen["scroll"][1], seen["wide"]
