"""What networks get right and wrong."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from svg.compared import same, same_set


def confusion(picture, run):
    panel, data = picture.panel("predicted"), run.subject.splits["test"]
    found = {(panel.y.name(y), panel.x.name(x)): text for text, x, y in panel.texts if "%" in text}
    outputs = run.outputs(data.inputs)
    if outputs.shape[2] == 1:
        predicted, target = (outputs[..., 0] >= 0.5).astype(int), data.targets[:, 0].astype(int)
    else:
        predicted, target = outputs.argmax(axis=2), data.targets.argmax(axis=1)
    pairs = Counter((str(t), str(p)) for own in predicted for t, p in zip(target, own, strict=True))
    assert {at: int(text.split("\n")[0]) for at, text in found.items()} == pairs
    for (row, _), text in found.items():
        number, share = text.removesuffix(" %").split("\n")
        total = sum(count for (own, _), count in pairs.items() if own == row)
        assert float(share) == pytest.approx(100 * int(number) / total, abs=0.51)
    right = sum(count for (t, p), count in pairs.items() if t == p)
    assert right == round(sum(run.result["metrics"]["test_accuracy"]) * run.result["rows"]["test"])


def residuals(picture, run):
    panel, (inputs, targets) = picture.panel("target - prediction"), run.rows([*run.subject.splits][-1], picture)
    left = targets[:, 0] - run.outputs(inputs)[..., 0]
    same(panel, panel.marks("residuals"), np.stack([targets[:, 0], np.median(left, axis=0)], axis=1))
    ends = np.percentile(left, (5, 95), axis=0).T
    for own, at, (low, high) in zip(panel.lines("band"), targets[:, 0], ends, strict=True):
        same_set(panel, own, np.array([[at, low], [at, high]]))


def area(score, yes):
    """Under a ROC curve: how often a positive row has the higher score, ties counting half."""
    pairs = score[yes][:, None], score[~yes]
    return float((np.greater(*pairs) + np.equal(*pairs) / 2).mean())


def roc_of_two(picture, run):
    panel, data = picture.panel("true positive rate"), run.subject.splits["test"]
    yes, scores = data.targets[:, 0] == 1, run.outputs(data.inputs)[..., 0]
    areas = [area(own, yes) for own in scores]
    assert [np.trapezoid(y, x) for x, y in map(np.transpose, panel.lines("seed"))] == pytest.approx(areas, abs=1e-4)
    low, middle, high = (f"{np.percentile(areas, q):.3f}" for q in (5, 50, 95))
    assert f"median: {middle} (5–95 %: {low}–{high})" in picture.legend
    x, y = panel.line("roc").T
    at = np.array([[(own[~yes] >= cut).mean() for cut in own[yes]] for own in scores])
    below = [np.mean(own <= share + 1e-9) for share in (0.25, 0.5) for own in at]
    assert np.interp([0.25, 0.5], x, y) == pytest.approx(np.median(np.reshape(below, (2, -1)), axis=1), abs=0.011)


def roc_of_ten(picture, run):
    panel, data = picture.panel("true positive rate"), run.subject.splits["test"]
    (outputs,) = run.outputs(data.inputs)
    areas = [area(outputs[:, c], data.targets[:, c] == 1) for c in range(10)]
    drawn = [np.trapezoid(y, x) for c in range(10) for x, y in [panel.line(f"class {c}").T]]
    assert drawn == pytest.approx(areas, abs=0.004)  # drawn at 201 places
    assert f"macro (mean): {np.mean(areas):.3f}" in picture.legend
    worst = int(np.argmin(areas))
    assert f"{worst}: {areas[worst]:.3f}" in picture.legend


def calibration(picture, run):
    above, below = picture.panel("share of"), next(own for own in picture.panels if "rows in bin" in own.gids)
    data, outputs = run.subject.splits["test"], run.outputs(run.subject.splits["test"].inputs)
    if outputs.shape[2] == 1:
        stated, true = outputs[..., 0], np.broadcast_to(data.targets[:, 0] == 1, outputs.shape[:2])
    else:
        stated, true = outputs.max(axis=2), outputs.argmax(axis=2) == data.targets.argmax(axis=1)
    expected, total = [], 0.0
    for corners in below.lines("rows in bin"):
        (low, bottom), (high, top) = corners.min(axis=0), corners.max(axis=0)
        inside = (stated >= low) & (stated < high)
        assert (bottom, top) == pytest.approx((0, inside.sum() / len(outputs)), abs=1e-3)
        expected.append([stated[inside].mean(), true[inside].mean()])
        total += top
    same(above, above.marks("reliability"), np.array(expected))
    assert total == pytest.approx(run.result["rows"]["test"], abs=1e-2)


CHECKS = {
    ("moons", "confusion"): confusion,
    ("moons", "roc"): roc_of_two,
    ("moons", "calibration"): calibration,
    ("sine", "residuals"): residuals,
    ("plane", "residuals"): residuals,
    ("digits", "confusion"): confusion,
    ("digits", "roc"): roc_of_ten,
    ("digits", "calibration"): calibration,
}
