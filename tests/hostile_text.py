"""Text that would run, or break a page, if it were not escaped."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np

from nncli.experiments.train import run
from nncli.report.page.parts import Picture
from nncli.report.page.run_page import RunStory
from nncli.runs.directory import RunDirectory

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
    """A run of a table whose headers and classes are hostile."""
    named = [text for text in CORPUS if "\x00" not in text and text.isprintable() and len(text) < 100]
    rng = np.random.default_rng(0)
    with open(folder / "rows.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([named[0], named[4], "kind"])
        writer.writerows([*map(str, rng.normal(size=2)), named[n % 4 + 2]] for n in range(40))
    config = folder / "rows.yaml"
    config.write_text("task: {table: {file: rows.csv, target: kind}}\narchitecture: [3]\nseeds: 2\n", "utf-8")
    done = run(config, ["training.epochs=2", "training.validation=0.2"], runs_dir=folder / "runs")
    return RunDirectory(done.path)


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
