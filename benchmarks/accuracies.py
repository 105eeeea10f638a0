"""How good the networks of `configs/` are on rows they never saw, and what a hundred layers owe to residual blocks.

README.md says how to read it.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy loads: it looks only once

import argparse
import dataclasses
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from machine import heading, machine
from numpy.typing import ArrayLike

from nncli.analysis.intervals import student_quantile
from nncli.experiments.train import run
from nncli.report.comparison_text import verdict_text
from nncli.studies.compare import compare
from nncli.studies.variants import make_variants

CONFIGS = Path(__file__).parents[1] / "configs"
SEEDS, DATA_SEEDS, SEEDS_OF_COMPARISON = 5, 5, 10
BLOCKS = ("spirals_residual_100", "architecture[0].repeat.layers=[residual: [16, 16]],[16, 16]")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the mean over the seeds should reach on the test rows of a config.

    Attributes:
        task: its name, below which its data seed lies.
        target: at least, of the accuracy; less than that, of the mean squared error, which is the loss of a regression.
    """

    config: str
    task: str
    target: float
    metric: str = "test_accuracy"

    @property
    def is_accuracy(self) -> bool:
        """Whether more is better, up to 1."""
        return self.metric == "test_accuracy"

    def met(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value >= self.target if self.is_accuracy else value < self.target

    def text(self, value: float) -> str:
        """A value as it is printed."""
        return f"{100 * value:.2f}" if self.is_accuracy else f"{value:.2g}"


CLAIMS = [
    Claim("digits_mlp", "digits", 0.97),
    Claim("digits_conv", "digits", 0.985),
    Claim("digits_lstm", "digits_by_row", 0.96),
    Claim("breast_cancer", "breast_cancer", 0.96),
    Claim("spirals_mlp", "spirals", 0.99),
    Claim("adding_lstm", "adding_problem", 0.01, "test_loss"),
]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean T of n values, with its 95 % t interval T ± t_{97.5 %, n-1} s / √n."""

    mean: float
    interval: tuple[float, float]
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: ArrayLike, most: float = math.inf) -> Mean:
        """That of some values, none of which can be above `most`."""
        x = np.asarray(values, float)
        half = student_quantile(x.size - 1) * x.std(ddof=1) / math.sqrt(x.size)
        mean = float(x.mean())
        return cls(mean, (mean - half, min(mean + half, most)), tuple(x.tolist()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How good the networks of configs/ are on rows they never saw.")
    names = [claim.config for claim in CLAIMS] + [BLOCKS[0]]
    parser.add_argument("configs", nargs="*", help=f"some of {', '.join(names)}; default: all")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    given = parser.parse_args()
    if unknown := set(given.configs) - set(names):
        parser.error(f"unknown configs: {', '.join(sorted(unknown))}. Known: {', '.join(names)}")
    wanted = given.configs or names
    found: dict[str, Any] = {"machine": machine()}
    if not given.json:
        print(
            heading(),
            f"Test rows: mean [95 % t interval], least to most. First {SEEDS} seeds on one data seed;",
            sep="\n",
        )
        print(f"then {DATA_SEEDS} data seeds, which draw or divide the rows anew, each the mean of {SEEDS} seeds.\n")
    for claim in (claim for claim in CLAIMS if claim.config in wanted):
        found[claim.config] = measured = measure(claim)
        if not given.json:
            print(*claim_lines(claim, measured), sep="\n", flush=True)
    if BLOCKS[0] in wanted:
        found[BLOCKS[0]] = blocks = measure_blocks()
        if not given.json:
            print("", *block_lines(blocks), sep="\n")
    if given.json:
        print(json.dumps(found, indent=2, allow_nan=False, default=dataclasses.asdict))


def measure(claim: Claim) -> dict[str, Mean]:
    """The means over the seeds on the config's own data, whose seed is 0, and over the data seeds."""
    with tempfile.TemporaryDirectory() as folder:
        each = [
            run(
                CONFIGS / f"{claim.config}.yaml",
                [f"task.{claim.task}.seed={data_seed}", f"seeds={SEEDS}"],
                runs_dir=Path(folder),
            ).result.metrics[claim.metric]
            for data_seed in range(DATA_SEEDS)
        ]
    most = 1.0 if claim.is_accuracy else math.inf
    return {
        "seeds": Mean.of(np.array(each[0], dtype=float), most),
        "data seeds": Mean.of(np.mean(np.array(each, dtype=float), axis=1), most),
    }


def claim_lines(claim: Claim, measured: dict[str, Mean]) -> Iterator[str]:
    """A line for each of the two means."""
    what = "accuracy in % ≥" if claim.is_accuracy else "mean squared error <"
    yield f"{claim.config}: {what} {claim.text(claim.target)}"
    for over, found in measured.items():
        mean, low, high, least, most = map(
            claim.text, (found.mean, *found.interval, min(found.values), max(found.values))
        )
        verdict = "met" if claim.met(found.mean) else "missed"
        reached = f"{sum(map(claim.met, found.values))} of {len(found.values)} reach it"
        yield f"  {over:12}{mean:>8}  {f'[{low}, {high}]':20}{f'{least} to {most}':20}{verdict}; {reached}"


def measure_blocks() -> dict[str, Any]:
    """The hundred layers with and without residual blocks, on the same seeds and data."""
    config, axis = BLOCKS
    arguments = [axis, f"seeds={SEEDS_OF_COMPARISON}"]
    with tempfile.TemporaryDirectory() as folder:
        axes, variants = make_variants(CONFIGS / f"{config}.yaml", arguments)
        record = compare(axes, variants, name=config, title=config, runs_dir=Path(folder)).record
    return {
        variant.label: {
            "verdict": verdict_text(compared),
            "solved": sum(variant.result.solved),
            "test_accuracy": Mean.of(np.array(variant.result.metrics["test_accuracy"], float), most=1.0),
        }
        for variant, compared in zip(record.variants, record.comparison.variants, strict=True)
    }


def block_lines(blocks: dict[str, Any]) -> Iterator[str]:
    """A line for each variant."""
    yield f"{BLOCKS[0]}: 50 times these layers, {SEEDS_OF_COMPARISON} seeds, paired"
    for label, found in blocks.items():
        mean, low, high = (100 * x for x in (found["test_accuracy"].mean, *found["test_accuracy"].interval))
        accuracy = f"accuracy in % {mean:.1f} [{low:.1f}, {high:.1f}]"
        yield f"  {label:22}solved {found['solved']:2} of {SEEDS_OF_COMPARISON}   {accuracy}   {found['verdict']}"


if __name__ == "__main__":
    main()
