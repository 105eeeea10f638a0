"""Pictures over the epochs of a training."""

from __future__ import annotations

import numpy as np

from nncli.config.recorded_config import recorded_document
from nncli.diagnosis.forecast import forecast
from svg.compared import band, kept, same, same_shades, steps


def curves(picture, run):
    table, seeds = run.table("metrics.csv", "seed", "epoch"), run.result["seeds"]
    panels = {
        "loss": "loss",
        "accuracy": "accuracy",
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
    epochs = np.arange(1 + max(run.result["epochs"]))
    for name, column in shown:
        panel, values = (
            picture.panel(name),
            [np.array([table[column].get((s, e), np.nan) for e in epochs]) for s in seeds],
        )
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
    solved = {s: epoch for s, epoch in zip(seeds, run.result["solved_epoch"], strict=True) if epoch is not None}
    panel = picture.panel("loss")
    rings = {gid: panel.marks(gid) for gid in panel.gids if gid.startswith("solved seed")}
    assert rings.keys() == {f"solved seed {seed}" for seed in solved}
    for seed, epoch in solved.items():
        same(panel, rings[f"solved seed {seed}"], np.array([[epoch, table["train_loss"][seed, epoch]]]))
    assert not solved or f"solved: {len(solved)} seeds" in picture.legend


def survival(picture, run):
    panel = picture.panel("epoch")
    solved = np.array([np.inf if epoch is None else epoch for epoch in run.result["solved_epoch"]])
    expected = [[0.0, 1.0], *([epoch, (solved > epoch).mean()] for epoch in np.unique(solved[np.isfinite(solved)]))]
    last = [run.result["epochs_planned"], np.isinf(solved).mean()]
    same(panel, steps(panel.line("unsolved")), np.array([*expected, last]))
    same(panel, panel.marks("given up"), np.array([last]))


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
}
