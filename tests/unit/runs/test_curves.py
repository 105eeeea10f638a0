"""The metrics of a run as curves."""

import json

from nncli.report.page.run_page import curve_data
from nncli.runs.curves import recorded_curves
from nncli.runs.directory import RunDirectory

LARGE = 2**63 - 1


def test_large_seeds_stay_apart(tmp_path):
    seeds = (0, 2**53, 2**53 + 1, LARGE)
    rows = [f"{seed},{epoch},{place + epoch},0.5" for epoch in (0, 5) for place, seed in enumerate(seeds)]
    (tmp_path / "metrics.csv").write_text("\n".join(["seed,epoch,train_loss,train_accuracy", *rows, ""]))
    curves = recorded_curves(RunDirectory(tmp_path))
    assert curves.seeds == seeds
    assert curves.of([2**53 + 1]).metrics["train_loss"].tolist() == [[2, 7]]
    said = json.loads(json.dumps(curve_data(curves)), parse_int=float)
    assert said["seeds"] == [str(seed) for seed in seeds]
    assert said["metrics"]["train_loss"][3] == [3, 8]
