"""Whether the suggestion of `nncli lr-find` trains as well as the best rate of a grid; and other readings.

    python benchmarks/learning_rates.py [CASE ...]

For each case, seeds 0 to 9 choose a rate by each reading:

    suggestion     that of `nncli lr-find`
    fastest        the rate with the lowest mean rank, without regard to the next higher one
    training       the suggestion from the training loss alone
    tenth          of the range test: a tenth of the rate at the lowest smoothed loss, median of the seeds
    steepest       of the range test: the rate at the steepest descent of the smoothed loss, median of the seeds
    configured     the rate of the config

and the grid: every rate trained to the end by the same ten seeds, the best by mean rank of what `rank_rates` ranks.
Seeds 100 to 119, which chose nothing, then train to the end with each. They are paired; p is that of a sign-flip test.
A reading is worse than the grid's best if p < 0.05 in whether seeds solve their rows, in the score (accuracy or R², of
the validation rows if there are some), in the epochs that solving takes or, where no row is solved, in the final loss.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.best_rate import rank_rates
from nncli.analysis.metric_names import SCORE
from nncli.analysis.paired_test import sign_flip_test
from nncli.analysis.rank_scores import rank_scores
from nncli.config.experiment import Experiment
from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.diagnosis.learning_rates import find_learning_rate
from nncli.diagnosis.trial import Until
from nncli.experiments.assembly import build_network, build_rows, build_settings
from nncli.training.loop import Training

CONFIGS = Path(__file__).parents[1] / "configs"
MOMENTUM = "training.optimizer={momentum: 0.9}"
CASES: dict[str, tuple[str, list[str]]] = {
    "xor": ("xor", []),
    "xor sgd": ("xor", ["training.optimizer=sgd", "training.epochs=2000"]),
    "parity4": ("parity4", []),
    "sine": ("sine", []),
    "sine momentum": ("sine", [MOMENTUM]),
    "moons": ("moons", []),
    "moons momentum": ("moons", [MOMENTUM]),
    "breast_cancer": ("breast_cancer", []),
    "spirals_mlp": ("spirals_mlp", []),
    "digits_mlp": ("digits_mlp", []),
    "digits_mlp sgd": ("digits_mlp", ["training.optimizer=sgd"]),
}
SEARCHED, JUDGED = "0-9", "100-119"
Floats = NDArray[np.float64]


def case(name: str, seeds: str) -> Experiment:
    """The experiment of a case."""
    config, overrides = CASES[name]
    return resolve(load_document(CONFIGS / f"{config}.yaml", [*overrides, f"seeds={seeds}"]))


def train(experiment: Experiment, rates: list[float]) -> dict[str, Floats]:
    """Epochs to solve, larger loss, score (G, R) of every seed with each rate, trained to the end."""
    stack = [replace(experiment, training=replace(experiment.training, learning_rate=rate)) for rate in rates]
    network, settings = build_network(stack), replace(build_settings(stack), log_every=experiment.training.epochs)
    recorder = Until(experiment.training.epochs * experiment.steps_per_epoch)
    outcomes = Training(network, build_rows(stack[0], network), settings, recorder).run()
    score = SCORE[experiment.splits.train.kind]
    over = f"validation_{score}" if experiment.splits.validation is not None else f"train_{score}"

    def table(values: list[Any]) -> Floats:
        return np.array(values, np.float64).reshape(len(rates), -1)

    return {
        "solved": table([o.solved_epoch if o.stop_reason == "solved" else np.inf for o in outcomes]),
        "loss": table(
            [max(o.metrics.get("train_loss", np.inf), o.metrics.get("validation_loss", 0.0)) for o in outcomes]
        ),
        "score": table([o.metrics.get(over, -1.0) for o in outcomes]),
    }


def readings(experiment: Experiment) -> tuple[dict[str, float], list[float]]:
    """The rate of each reading, and the rates that `nncli lr-find` tried."""
    found = find_learning_rate(experiment)
    rates = [own.rate for own in found.short_runs]
    without = replace(experiment, splits=replace(experiment.splits, validation=None))
    training = find_learning_rate(without)
    losses, rising = np.array(found.range_test.losses).T, np.array(found.range_test.rates)
    smoothed = np.zeros_like(losses)
    mean = np.zeros(losses.shape[1])
    for step, loss in enumerate(losses):
        mean = 0.9 * mean + 0.1 * loss
        smoothed[step] = mean / (1 - 0.9 ** (step + 1))
    lowest = rising[np.argmin(np.where(np.isnan(smoothed), np.inf, smoothed), axis=0)]
    slope = np.gradient(smoothed, axis=0)
    steepest = rising[np.argmin(np.where(np.isnan(slope), np.inf, slope), axis=0)]
    assert found.suggestion is not None
    assert found.fastest is not None
    assert training.suggestion is not None
    return {
        "suggestion": found.suggestion,
        "fastest": found.fastest,
        "training": training.suggestion,
        "tenth": float(np.median(lowest)) / 10,
        "steepest": float(np.median(steepest)),
        "configured": found.configured,
    }, rates


def shortfalls(mine: dict[str, Floats], best: dict[str, Floats]) -> dict[str, float]:
    """In what a reading is worse than the grid's best, with p."""
    order = rank_rates([mine["solved"], best["solved"]], [mine["loss"], best["loss"]])
    larger = {
        "solving": np.isfinite(best["solved"]) * 1.0 - np.isfinite(mine["solved"]),
        "score": np.subtract(*rank_scores(best["score"], mine["score"])),
        "epochs" if np.isfinite(best["solved"]).any() else "loss": order[0] - order[1],
    }
    p = {what: sign_flip_test(differences) for what, differences in larger.items()}
    return {what: p[what] for what, differences in larger.items() if differences.mean() > 0 and p[what] < 0.05}


def judge(name: str) -> None:
    """Print the figures of a case."""
    chosen, rates = readings(case(name, SEARCHED))
    whole = train(case(name, SEARCHED), rates)
    grid = rates[int(np.argmin(rank_rates(whole["solved"], whole["loss"]).sum(axis=1)))]
    all_rates = [grid, *chosen.values()]
    new = train(case(name, JUDGED), all_rates)
    print(f"\n{name}")
    print(
        f"  {'reading':12} {'rate':>9} {'solved':>7} {'epochs':>7} {'loss':>9} {'score':>7}   against the grid's best"
    )
    for place, (reading, rate) in enumerate(zip(["grid's best", *chosen], all_rates, strict=True)):
        solved, loss, score = (new[key][place] for key in ("solved", "loss", "score"))
        line = f"  {reading:12} {rate:9.3g} {np.isfinite(solved).sum():4d}/20 {np.median(solved):7.0f}"
        line += f" {np.median(loss):9.4g} {np.mean(score):7.4f}"
        if place:
            worse = shortfalls({key: new[key][place] for key in new}, {key: new[key][0] for key in new})
            line += (
                "   worse in " + ", ".join(f"{what} ({p:.2g})" for what, p in worse.items()) if worse else "   as good"
            )
        print(line, flush=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or CASES:
        judge(name)
