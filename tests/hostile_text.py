"""Text that would run, or break a page, if it were not escaped."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nncli.experiments.train import run
from nncli.report.page.index_page import Entry
from nncli.report.page.parts import Picture
from nncli.report.page.run_page import RunStory
from nncli.runs.directory import RunDirectory
from nncli.runs.labels import Labels, Note
from nncli.runs.run_row import RunRow
from nncli.storage.checksums import SUMS

CORPUS = (
    "</script><script>window.hacked = 1</script>",
    "<!-- <script>",
    "-->",
    "]]>",
    '<img src=x onerror="window.hacked = 2">',
    '" onmouseover="window.hacked = 3" x="',
    "' autofocus onfocus='window.hacked = 4",
    "javascript:window.hacked=5",
    "<svg/onload=window.hacked=6>",
    "</title></style></textarea><h1>taken over</h1>",
    "<style>*{display:none}</style>",
    "&lt;script&gt; &amp;amp; &#x3c;",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "nul\x00 bell\x07 escape\x1b[31m",
    "$\\frac{1}{0}$ ${x}",
    "{{7*7}} {% x %} <% x %>",
    "\ud83d",
    "long" * 2500,
)


def hostile_run(folder: Path) -> RunDirectory:
    """A run of a table whose headers and classes are hostile; two of them have more than 10,000 characters."""
    named = [text for text in CORPUS if "\x00" not in text and text.isprintable() and len(text) < 100]
    headers = [named[0], f"{named[4]}{CORPUS[-1]}"]
    classes = [*named[2:5], f"{named[5]}{CORPUS[-1]}"]
    rng = np.random.default_rng(0)
    with open(folder / "rows.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*headers, "kind"])
        writer.writerows([*map(str, rng.normal(size=2)), classes[n % 4]] for n in range(40))
    config = folder / "rows.yaml"
    config.write_text("task: {table: {file: rows.csv, target: kind}}\narchitecture: [3]\nseeds: 2\n", "utf-8")
    done = run(config, ["training.epochs=2", "training.validation=0.2"], runs_dir=folder / "runs")
    return RunDirectory(done.path)


def hostile_study(study: Path) -> Path:
    """A comparison whose name, variants, axes and values are made hostile in its `study.json`, without its hashes."""
    whole = " ".join(text for text in CORPUS if text.isprintable() or "\u202e" in text)
    plain = json.loads((study / "study.json").read_text("utf-8"))
    labels = [variant["label"] for variant in plain["variants"]]
    known = {label: f"{CORPUS[place]} {whole}" for place, label in enumerate(labels)}
    known |= {axis["key"]: f"{axis['key']}{whole}" for axis in plain["axes"]} | {plain["name"]: whole}
    (study / "study.json").write_text(json.dumps(_renamed(plain, known)), "utf-8")
    (study / SUMS).unlink()
    return study


def _renamed(plain: object, known: Mapping[str, str]) -> object:
    """A tree of JSON with other texts."""
    if isinstance(plain, dict):
        return {key: _renamed(own, known) for key, own in plain.items()}
    if isinstance(plain, list):
        return [_renamed(own, known) for own in plain]
    return known.get(plain, plain) if isinstance(plain, str) else plain


def hostile_entries() -> list[Entry]:
    """A run and a study in a list, whose folders, names, task, tags and notes are hostile."""
    whole = " ".join(CORPUS)
    labels = Labels(tuple(CORPUS), (Note("2026-11-29T08:50:00Z", whole),))
    done = RunRow(whole, whole, "complete", task=whole, seeds=2, solved=1, loss=0.5)
    page = "".join(text for text in CORPUS if text != "\ud83d") + "\udcff/report.html"  # a byte that is not UTF-8
    return [Entry(done, labels, page), Entry(RunRow(whole, whole, "study"), labels)]


def hostile_story(story: RunStory) -> RunStory:
    """The story of a run with every text made hostile."""
    corpus = " ".join(CORPUS)
    names = {f"train_loss{text}": story.result.metrics["train_loss"] for text in CORPUS}
    result = dataclasses.replace(
        story.result, name=corpus, task=corpus, run=corpus, metrics={**story.result.metrics, **names}
    )
    picture = Picture("<img src=x>", corpus, corpus, story.pictures[0].svg)
    return dataclasses.replace(
        story,
        folder=corpus,
        place=corpus,
        result=result,
        config="\n".join(CORPUS),
        environment={text: {text: text, "list": [text]} for text in CORPUS},
        pictures=(*story.pictures[1:], picture),
        advice=CORPUS,
        diagnosis={
            "goal": corpus,
            "seeds": [0, 1],
            "missed": [1],
            "remark": corpus,
            "causes": [
                {
                    "cause": corpus,
                    "seeds": [1],
                    "layers": [1],
                    "evidence": {text: text for text in CORPUS},
                    "fix": corpus,
                    "explanation": corpus,
                    "certainty": corpus,
                }
            ],
        },
        diagnosed_by=corpus,
        to_diagnose=corpus,
    )
