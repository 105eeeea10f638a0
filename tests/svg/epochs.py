"""Pictures over the epochs of a training."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.analysis.survival import kaplan_meier
from nncli.config.recorded_config import recorded_document
from nncli.diagnosis.forecast import forecast
from svg.compared import NEAR, band, kept, same, same_set, same_shades, steps


def curves(picture, run):
    table, seeds = run.table("metrics.csv", "seed", "epoch"), run.result["seeds"]
    panels = {
        "loss": "loss",
        "accuracy": "accuracy",
        "R²": "r2",
        "gradient norm": "gradient_norm",
        "learning rate": "learning_rate",
    }
    shown = {
        (panel, column)
        for panel, name in panels.items()
        for column in table
        if column in {name, f"train_{name}", f"validation_{name}"}
    }
    assert len(shown) == (6 if "validation" in run.result["rows"] else 4)
    epochs = np.unique([epoch for _, epoch in table["train_loss"]])
    for name, column in shown:
        panel = picture.panel(name)
        values = [np.array([table[column].get((seed, epoch), np.nan) for epoch in epochs]) for seed in seeds]
        for seed, own in zip(seeds, values, strict=True):
            points = np.stack([epochs, own], axis=1)
            same(panel, panel.line(f"seed {seed} {column}"), points[np.isfinite(own)])
        filled = kept(values)
        known = np.isfinite(filled).all(axis=0)
        middle, low, high = (np.percentile(filled[:, known], q, axis=0) for q in (50, 5, 95))
        same(panel, panel.line(f"median {column}"), np.stack([epochs[known], middle], axis=1))
        outline = band(panel.area(f"band {column}"))
        same(panel, outline[:, [0, 1]], np.stack([epochs[known], low], axis=1))
        same(panel, outline[:, [0, 2]], np.stack([epochs[known], high], axis=1))
    ended = [seed for seed, why in zip(seeds, run.result["stop_reason"], strict=True) if why == "diverged"]
    for seed in ended:
        losses = {
            epoch: loss for (own, epoch), loss in table["train_loss"].items() if own == seed and np.isfinite(loss)
        }
        same(
            picture.panel("loss"), picture.panel("loss").marks(f"diverged seed {seed}"), np.array([max(losses.items())])
        )
    assert not ended or f"diverged: {len(ended)} seeds" in picture.legend
    solved = {s: epoch for s, epoch in zip(seeds, run.result["solved_epoch"], strict=True) if epoch is not None}
    panel = picture.panel("loss")
    rings = {gid: panel.marks(gid) for gid in panel.gids if gid.startswith("solved seed")}
    assert rings.keys() == {f"solved seed {seed}" for seed in solved}
    for seed, epoch in solved.items():
        same(panel, rings[f"solved seed {seed}"], np.array([[epoch, table["train_loss"][seed, epoch]]]))
    assert not solved or f"solved: {len(solved)} seeds" in picture.legend


def survival(picture, run):
    solved = np.array([np.inf if epoch is None else epoch for epoch in run.result["solved_epoch"]])
    unsolved(picture.panel("epoch"), "", solved, run.result["epochs_planned"])


def unsolved(panel, label, solved, planned):
    """The curve of seeds that were solved in these epochs, infinite for never, of those planned."""
    known = np.unique(solved[np.isfinite(solved)])
    times = [0.0, *known, *([planned] if planned not in known else [])]
    shares = [(solved > time).mean() for time in times]
    same(panel, steps(panel.line(f"unsolved{label}")), np.stack([times, shares], axis=1))
    left = np.array([[planned, shares[-1]]])[: int(np.isinf(solved).any())]
    same_set(panel, panel.marks(f"given up{label}"), left)
    dots = panel.marks(f"seeds{label}")
    assert dots[:, 0] == pytest.approx(np.minimum(solved, planned), abs=NEAR * panel.x.step)
    for epoch, height in zip(solved, dots[:, 1], strict=True):
        ends = ((solved > epoch).mean(), (solved >= epoch).mean()) if np.isfinite(epoch) else (shares[-1], shares[-1])
        assert ends[0] - 1e-4 < height < ends[1] + 1e-4
    curve = kaplan_meier(np.minimum(solved, planned), np.isfinite(solved))
    drawn = band(panel.area(f"band{label}"))
    for column, change, own in ((1, np.minimum, curve.low), (2, np.maximum, curve.high)):
        after = np.array([1.0, *own, *own[-1:]])[: len(times)]
        both = change(after, [1.0, *after[:-1]])  # a step has both ends in one place
        same(panel, drawn[:, [0, column]], np.stack([times, both], axis=1))


def flow(picture, run):
    table = run.table("flow.csv", "epoch", "seed", "layer")
    epochs, seeds, numbers = (sorted({at[k] for at in table["dead"]}) for k in range(3))
    panels = {
        "mean of": "a_mean",
        "standard deviation": "a_variance",
        "gradient norm": "gradient_norm",
        "share of dead": "dead",
        "share of saturated": "saturated",
    }
    for title, column in panels.items():
        panel = next(own for own in picture.panels if any(text.startswith(title) for text, _, _ in own.texts))
        for (at, _, _), layer in zip(panel.y.ticks, numbers, strict=True):
            values = kept([np.array([table[column].get((e, s, layer), np.nan) for e in epochs]) for s in seeds])
            places = np.stack([panel.x.positions(epochs), np.full(len(epochs), at)], axis=1)
            middle = np.median(values, axis=0) ** (0.5 if column == "a_variance" else 1)
            same_shades(panel, picture, places, middle)
    panel = picture.panel("forecast of the first weights")
    expected = forecast(run.subject.experiment, recorded_document(run.subject.run)).layers
    for gid in ("z_variance", "gradient_variance"):
        for name, own in (("expected", gid), ("measured", f"{gid}_measured")):
            drawn = (panel.line if name == "expected" else panel.marks)(f"{name} {gid}")
            same(panel, drawn, np.array([[layer.layer, getattr(layer, own)] for layer in expected]))


CHECKS = {
    ("xor", "curves"): curves,
    ("xor", "survival"): survival,
    ("xor", "flow"): flow,
    ("moons", "curves"): curves,
    ("wild", "curves"): curves,
}
