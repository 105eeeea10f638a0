"""The numbers in the comments of `configs/`, and those of the benchmarks that are not times: each as measured."""

from __future__ import annotations

import math
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


def percent(values):
    """The mean of shares in whole percent."""
    return f"{100 * statistics.fmean(values):.0f} %"


def accuracy(result):
    """The mean test accuracy over the seeds."""
    return percent(result.metrics["test_accuracy"])


def tenths(result):
    """The same to a tenth."""
    return f"{100 * statistics.fmean(result.metrics['test_accuracy']):.1f} %"


def wrong(result):
    """The share of test rows that are wrong, the median over the seeds."""
    return percent([1 - statistics.median(result.metrics["test_accuracy"])])


def solved(result):
    """The share of the seeds that are solved."""
    return percent(result.solved)


def error(result):
    """The largest error on a training row."""
    return f"{max(result.metrics['train_max_error']):.2f}"


def parameters(result):
    """How many there are."""
    return f"{result.parameters} parameters"


def beside_a_guess(result):
    """Whether it does better on the adding problem than a network that always says 1."""
    return "no better than always predicting 1" if min(result.metrics["test_loss"]) > 1 / 6 else "better"


FEW = "seeds=5"
LINEAR = ("architecture=[flatten]", "regularizer=none")
GATELESS = "architecture=[{rnn: {units: 64}}]"

CLAIMS = [
    ("digits_mlp", (FEW,), accuracy, "98 % of 359 unseen images"),
    ("digits_mlp", (FEW, *LINEAR), tenths, "a linear classifier (96.5 %)"),
    ("breast_cancer", ("seeds=50", "training.standardize=false"), wrong, "wrong on 12 % of the test rows"),
    ("breast_cancer", ("seeds=50",), wrong, "instead of 3 %"),
    ("breast_cancer", ("training.epochs=0",), parameters, "2081 parameters"),
    ("overfit_noise", (), error, "off by 0.36"),
    ("overfit_noise", ("training.epochs=0",), parameters, "4353 parameters"),
    ("parity4", ("architecture=[4]", "seeds=50"), solved, "enough in theory: 8 % of the seeds"),
]
"""The config, what of it is changed, what is measured, and the words of the comment that say it."""

GLYPHS = "task={glyphs: {difficulty: 1}}"
ROWLESS = ("architecture.4=mean_over_time", "architecture.1=layer_norm")
LONGER = [
    ("digits_lstm", (FEW,), accuracy, "after the last row: 98 %"),
    ("digits_lstm", (FEW, GATELESS), accuracy, "without gates (96 %)"),
    ("digits_lstm", (FEW, "architecture.0.lstm.units=16"), accuracy, "architecture.0.lstm.units=16 (97 %)"),
    ("digits_conv", (FEW,), accuracy, "everywhere: 99 %"),
    ("digits_attention", (FEW,), accuracy, "all at once: 98 %"),
    ("digits_attention", (FEW, *ROWLESS), accuracy, "91 % are right"),
    ("digits_conv", (FEW, "architecture=[{conv: {filters: 16}}, flatten]"), accuracy, "one layer gets (98 %)"),
    ("digits_mlp", (FEW, GLYPHS), accuracy, "distorted images: 76 %"),
    ("digits_conv", (FEW, GLYPHS), accuracy, "has 90 %"),
    ("parity4", ("architecture=[4]", "seeds=50", "training.epochs=20000"), solved, "84 % with training.epochs=20000"),
    ("wide_and_deep_million", (), accuracy, "not 98 %"),
    ("wide_and_deep_million", ("training.schedule.cosine.warmup=0",), accuracy, "gentle first epoch: 95 %"),
    (
        "adding_lstm",
        ("task.adding_problem.length=100", "architecture=[rnn: 16]"),
        beside_a_guess,
        "no better than always predicting 1",
    ),
]
"""The same of what takes longer."""


def comment_of(path):
    """The text of a config's comments in one line."""
    return " ".join(re.sub(r"(?m)^# ?", "", path.read_text("utf-8")).split())


CASES = [
    *(pytest.param(*claim, marks=pytest.mark.slow) for claim in CLAIMS),
    *(pytest.param(*claim, marks=pytest.mark.exhaustive) for claim in LONGER),
]


@pytest.mark.parametrize(("config", "overrides", "measure", "words"), CASES)
def test_a_stated_number_is_measured(config, overrides, measure, words, train):
    path = Path(ROOT, "configs", f"{config}.yaml")
    assert any(words in comment for comment in map(comment_of, path.parent.glob("*.yaml")))
    assert measure(train(path, *overrides).result) in words


NUMBER = r"(?<![\w.-])\d+(?:\.\d+)?(?:e[+-]\d+)?(?![\w-])"


@pytest.mark.exhaustive
@pytest.mark.parametrize("script", ["accuracies", "false_alarms"])
def test_a_block_of_the_benchmarks_is_what_its_script_prints(script):
    page = Path(ROOT, "benchmarks", "README.md").read_text("utf-8")
    block = page.split(f"\n`python benchmarks/{script}.py`", 1)[1].split("```")[1]
    printed = subprocess.run(
        [sys.executable, f"benchmarks/{script}.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (_, *stated), (_, *measured) = (
        text.strip().splitlines() for text in (block, printed)
    )  # first the day, the machine
    assert [re.sub(NUMBER, "N", line).split() for line in stated] == [
        re.sub(NUMBER, "N", line).split() for line in measured
    ]
    pairs = zip(re.findall(NUMBER, "\n".join(stated)), re.findall(NUMBER, "\n".join(measured)), strict=True)
    assert [(old, new) for old, new in pairs if not math.isclose(float(old), float(new), rel_tol=0.05, abs_tol=1)] == []
