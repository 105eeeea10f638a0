"""A real browser, headless, and pages to open in it."""

from __future__ import annotations

import base64
import dataclasses
import http.server
import importlib.util
import io
import shutil
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hostile_text import CORPUS, hostile_entries, hostile_run, hostile_story, hostile_study
from PIL import Image

from nncli.analysis.comparison_record import ComparisonStudy
from nncli.cli.main import main
from nncli.experiments.describe_run import describe_run
from nncli.experiments.train import run
from nncli.pictures.run_kinds import KINDS
from nncli.pictures.story import story_of_run, story_of_study
from nncli.pictures.study_kinds import STUDY_KINDS
from nncli.report.page.index_page import Entry, index_page
from nncli.report.page.parts import Film
from nncli.report.page.run_page import run_page
from nncli.report.page.study_page import study_page
from nncli.runs.directory import RunDirectory
from nncli.runs.labels import Labels, Note

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
"""A picture of one pixel."""
STRICT = "script-src 'none'; style-src 'none'"


PATIENCE = 30.0
"""Seconds for a page to load."""


class Browser:
    """One window, whose width, colors and scripts can be set; pages are opened from files or with a policy."""

    def __init__(self, driver, folder, port):
        self.driver, self.folder, self.port = driver, folder, port

    def open(self, page, *, width=1440, dark=False, scripts=True, strict=False, bars=True):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.cdp("Emulation.setDeviceMetricsOverride", **size)
        self.cdp("Emulation.setScrollbarsHidden", hidden=not bars)  # they are not in shots of a whole page
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", features=[scheme])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.driver.get_log("browser")
        path = self.folder / f"{page}.html"
        address = f"http://127.0.0.1:{self.port}/{page}.html" if strict else path.as_uri()
        self.driver.get("about:blank")
        self.driver.get(address)
        end = time.monotonic() + PATIENCE  # where scripts are off, the driver does not wait for the page
        while self.ask("[location.href, document.readyState]") != [address, "complete"]:
            assert time.monotonic() < end
            time.sleep(0.02)

    def cdp(self, command, **arguments):
        return self.driver.execute_cdp_cmd(command, arguments)

    def ask(self, expression):
        """The value of an expression, also where the page itself may not run scripts."""
        answer = self.cdp("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    @property
    def log(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if "favicon" not in entry["message"]]

    def shot(self):
        """The whole page as pixels (height, width, 3), one for each CSS pixel."""
        png = base64.b64decode(self.cdp("Page.captureScreenshot", captureBeyondViewport=True)["data"])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.float64)

    def pdf(self, width, height):
        printed = self.cdp("Page.printToPDF", paperWidth=width, paperHeight=height, printBackground=False)
        return base64.b64decode(printed["data"])


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves files as a CI server does."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", STRICT)
        super().end_headers()

    def log_message(self, *_):
        pass


def compared(folder):
    """A comparison of two activations."""
    return made(folder, "compare", "configs/xor.yaml", "activation=tanh,relu", "--seeds", "8", "training.epochs=150")


def swept(folder):
    """A sweep over two axes of numbers."""
    axes = ("training.batch_size=1,2,4", "training.learning_rate=0.001,0.01,0.1")
    return made(folder, "sweep", "configs/moons.yaml", *axes, "seeds=1", "training.epochs=1")


def of_sizes(study, *sizes):
    """The story of a comparison, as if its networks had these numbers of parameters, without pictures."""
    story = story_of_study(study, {})
    assert isinstance(story.study, ComparisonStudy)
    variants = (
        dataclasses.replace(own, result=dataclasses.replace(own.result, parameters=size))
        for own, size in zip(story.study.variants, sizes, strict=True)
    )
    return dataclasses.replace(story, study=dataclasses.replace(story.study, variants=tuple(variants)))


def made(folder, *command):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["nncli", *command, "--runs-dir", str(folder), "--quiet"])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """Pages by name, in a folder."""
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "xor": run(Path("configs/xor.yaml"), ["seeds=100"], runs_dir=folder / "runs").path,
        "moons": run(Path("configs/moons.yaml"), ["training.epochs=9", "seeds=3"], runs_dir=folder / "runs").path,
    }
    kinds = {"xor": KINDS, "moons": {name: KINDS[name] for name in ("curves", "boundary")}}
    for name, path in made.items():
        story = story_of_run(RunDirectory(path), kinds[name])
        filmed = Film("<fit>", "weights-history.npz", tuple((epoch, DOT) for epoch in (0, 3, 9)))
        (folder / f"{name}.html").write_text(run_page(dataclasses.replace(story, films=(filmed,))), "utf-8")
    study = compared(folder / "studies")
    (folder / "study.html").write_text(study_page(story_of_study(study)), "utf-8")
    (folder / "hostile_study.html").write_text(study_page(story_of_study(hostile_study(study))), "utf-8")
    (folder / "sized.html").write_text(study_page(of_sizes(study, 900, 23_041)), "utf-8")
    wide = run(Path("configs/xor.yaml"), ["architecture=[90,140]", "seeds=1", "training.epochs=2"], runs_dir=folder)
    story = story_of_run(RunDirectory(wide.path), {"weights": KINDS["weights"]})
    (folder / "wide.html").write_text(run_page(story), "utf-8")
    wide.path.rename(folder / "wide")
    swept(folder / "sweeps").rename(folder / "sweep")
    heatmap = story_of_study(folder / "sweep", {"heatmap": STUDY_KINDS["heatmap"]})
    (folder / "sweep.html").write_text(study_page(heatmap), "utf-8")
    hostile = story_of_run(hostile_run(folder))
    (folder / "hostile.html").write_text(run_page(hostile), "utf-8")
    (folder / "taken.html").write_text(run_page(hostile_story(hostile)), "utf-8")
    rows = [describe_run(RunDirectory(path)) for path in made.values()]
    labels = [Labels(("good", "old")), Labels(("good",), (Note("2026-11-29T08:50:00Z", " ".join(CORPUS)),))]
    entries = [Entry(row, own, f"{row.name}.html") for row, own in zip(rows, labels, strict=True) if row is not None]
    entries += hostile_entries()
    (folder / "index.html").write_text(index_page(entries), "utf-8")
    return folder


@pytest.fixture(scope="session")
def browser(pages, tmp_path_factory):
    paths = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if missing := [name for name, path in paths.items() if path is None]:
        pytest.skip(f"there is no {' and no '.join(missing)}")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(paths["chromium"])
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=pages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    driver = webdriver.Chrome(options=options, service=Service(paths["chromedriver"]))
    yield Browser(driver, pages, server.server_port)
    driver.quit()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core."""
    found = importlib.util.find_spec("axe_core_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")
