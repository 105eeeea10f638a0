"""Studies, and their pictures."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nncli.cli.main import main
from svg.compared import NEAR, SHADE, band, same, same_shades
from svg.epochs import unsolved
from svg.file import rgb

Numbers = NDArray[np.float64]

CONFIGS = Path("configs").absolute()
DEEP = (
    "task: xor\narchitecture: [{repeat: {times: 2, layers: [4]}}]\nactivation: tanh\ntraining: {learning_rate: 0.05}\n"
)
COMMANDS = {
    "xor": ["compare", "xor.yaml", "activation=tanh,relu,step", "--seeds", "8"],
    "moons": ["compare", "moons.yaml", "activation=tanh,relu", "--seeds", "6", "training.epochs=3"],
    "sweep": ["sweep", "xor.yaml", "activation=tanh,relu", "initializer=zeros,he_normal", "training.epochs=60",
              "training.learning_rate=0.05,0.3", "--seeds", "4"],
    "atlas": ["atlas", "deep.yaml", "--x", "architecture[0].repeat.layers[0].dense.units=4,16",
              "--y", "initializer.normal.std=0.1,0.5,1", "--seeds", "3", "training.epochs=40"],
}  # fmt: skip


@dataclass(frozen=True)
class Study:
    """The files of a study."""

    path: Path

    @cached_property
    def record(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "study.json").read_text()))

    def rows(self, name: str = "results.csv") -> list[dict[str, str]]:
        with (self.path / name).open() as file:
            return [*csv.DictReader(file)]

    def of_variants(self, change: Callable[[dict[str, str]], float]) -> dict[str, Numbers]:
        """A number for each row of `results.csv`, by variant, seeds in their order."""
        rows = self.rows()
        return {
            label: np.array([change(row) for row in rows if row["variant"] == label])
            for label in dict.fromkeys(row["variant"] for row in rows)
        }


def solved_epochs(row: dict[str, str]) -> float:
    return float(row["solved_epoch"]) if row["solved"] == "True" else np.inf


def intervals(picture, study):
    comparison = study.record["comparison"]
    names = {"xor": ["seeds solved", "epochs to solve"], "moons": ["validation loss", "validation accuracy"]}
    for place, name in enumerate(names[study.record["name"]]):
        panel = picture.panel(name)
        for row, variant in enumerate(comparison["variants"]):
            label = variant["label"]
            if name in ("seeds solved", "epochs to solve"):
                own = variant["solve_rate" if name == "seeds solved" else "epochs_to_solve"]
                value, ends = own.get("rate", own.get("median")), own["interval"]
            else:
                own = variant["metrics"][name.replace(" ", "_")]["median"]
                value, ends = own["value"], own["interval"]
            if value is None:
                assert panel.groups(f"none {label}")
                continue
            (at,) = panel.positions(f"value {label}")
            assert panel.x.numbers(at[:1]) == pytest.approx([value], abs=1e-3 * panel.x.step)
            assert place or panel.y.name(at[1]) == label
            ((found, _),) = panel.strokes(f"interval {label}")
            assert (found[:, 1] == at[1]).all()
            low, high = (end if end is None else panel.x.positions(np.array([end]))[0] for end in ends)
            border = panel.box[1][0] if high is None else high
            assert found[:, 0] == pytest.approx([low, border], abs=1e-2), row


def survival(picture, study):
    panel = picture.panel("share of seeds not solved")
    (planned,) = {own["result"]["epochs_planned"] for own in study.record["variants"]}
    for label, solved in study.of_variants(solved_epochs).items():
        unsolved(panel, f" {label}", solved, planned)
        assert any(text.startswith(f"{label}: {np.isfinite(solved).sum()} of 8") for text in picture.legend)


def paired(picture, study):
    comparison = study.record["comparison"]
    assert len(comparison["measures"]) == (2 if study.record["name"] == "xor" else 1)
    panels = [own for own in picture.panels if "zero" in own.gids]
    for measure, panel in zip(comparison["measures"], panels, strict=True):

        def number(row, measure=measure):
            if measure == "solved":
                return float(row["solved"] == "True")
            own = min(solved_epochs(row), comparison["horizon"]) if measure == "epochs" else float(row[measure])
            return -own

        values = study.of_variants(number)
        for variant in comparison["variants"][1:]:
            label = variant["label"]
            differences = values[label] - values[comparison["baseline"]]
            drawn, near = panel.positions(f"pairs {label}"), NEAR * panel.x.step
            assert panel.x.numbers(drawn[:, 0]) == pytest.approx(differences, abs=near)
            assert {panel.y.name(at) for at in drawn[:, 1]} == {label}
            (test,) = [own for own in variant["against_baseline"] if own["measure"] == measure]
            middle = test["difference"] if measure == "solved" else np.median(differences)
            assert panel.x.numbers(panel.positions(f"centre {label}")[:, 0]) == pytest.approx([middle], abs=near)
            if measure == "solved":
                ((ends, _),) = panel.strokes(f"interval {label}")
                assert panel.x.numbers(ends[:, 0]) == pytest.approx(test["interval"], abs=near)


def curves(picture, study):
    for metric in ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy"):
        panel = picture.panel(metric.replace("_", " "))
        for variant in study.record["variants"]:
            with (study.path / variant["result"]["run"] / "metrics.csv").open() as file:
                rows = [*csv.DictReader(file)]
            values = np.array([float(row[metric]) for row in rows]).reshape(-1, len(variant["result"]["seeds"]))
            points = np.column_stack([np.arange(len(values)), *np.percentile(values, (50, 5, 95), axis=1)])
            same(panel, panel.line(f"median {variant['label']}"), points[:, [0, 1]])
            drawn = band(panel.area(f"band {variant['label']}"))
            for side in (1, 2):
                same(panel, drawn[:, [0, side]], points[:, [0, 1 + side]])


def effects(picture, study):
    """In a full grid, η² of an axis is the sum of squares between the means of its values over that of all."""
    (panel,), rows = picture.panels, study.rows()
    solved = np.array([row["solved"] == "True" for row in rows], float)
    spread, size = solved.var(), len(solved)

    def between(*keys):
        groups = [tuple(row[key] for key in keys) for row in rows]
        means = [solved[[own == group for own in groups]].mean() for group in groups]
        return float(np.var(means))

    axes = study.record["axes"]
    expected = {axis: between(axis) for axis in axes} | {"seed": between("seed")}
    together = between(*axes)
    expected["axes together"] = together - sum(expected[axis] for axis in axes)
    expected["rest"] = spread - together - expected["seed"]
    bars = {gid.removeprefix("share "): panel.strokes(gid)[0][0] for gid in panel.gids if gid.startswith("share ")}
    assert bars.keys() == expected.keys()
    for source, corners in bars.items():
        low, high = panel.x.numbers(np.array([corners[:, 0].min(), corners[:, 0].max()]))
        assert (low, high) == pytest.approx((0, expected[source] / spread), abs=1e-4), source
        at = corners[:, 1].mean()
        assert panel.y.name(at) == source.rpartition(".")[2]
        text = min((own for own in panel.texts if "%" in own[0]), key=lambda own: abs(own[2] - at))[0]
        assert float(text.split(" ")[0]) == pytest.approx(100 * expected[source] / spread, abs=0.06)
    chance = dict.fromkeys(axes, 1 / (size - 1)) | {"seed": 3 / (size - 1), "axes together": 4 / (size - 1)}
    for source, share in chance.items():
        (at,) = panel.positions(f"by chance {source}")
        assert panel.x.numbers(at[:1]) == pytest.approx([share], abs=1e-4)


def heatmap(picture, study):
    """Each cell is the median over the other axes, of the solve rates of the leaderboard."""
    words = [key.rpartition(".")[2] for key in study.record["axes"]]
    panels = [own for own in picture.panels if {*own.labels} < {*words}]
    assert [panel.labels[::-1] for panel in panels] == [*combinations(words, 2)]
    for panel in panels:
        column, row = map(words.index, panel.labels)
        assert len(panel.texts) == 4
        for text, x, y in panel.texts:
            values = {row: panel.y.name(y), column: panel.x.name(x)}
            rates = [
                own["solve_rate"]["rate"]
                for own in study.record["leaderboard"]
                if all(own["values"][axis] == value for axis, value in values.items())
            ]
            assert len(rates) == 2
            assert float(text) == pytest.approx(np.median(rates), abs=0.006)
            same_shades(panel, picture, np.array([[x, y]]), np.array([np.median(rates)]))


def parallel(picture, study):
    """Each line crosses each axis near its value, in the color of its solve rate."""
    panel = picture.panel("axes of the study")
    scale, axes = picture.scale(panel), [at for at, _, _ in panel.x.ticks]
    names = [[own for own in panel.texts if abs(own[1] - at) < 10] for at in axes]
    found = []
    for gid in (own for own in panel.gids if own.startswith("trial ")):
        ((line, style),) = panel.strokes(gid)
        assert line[:, 0] == pytest.approx(axes, abs=1e-3)
        values = [min(own, key=lambda name: abs(name[2] - y))[0] for own, y in zip(names, line[:, 1], strict=True)]
        found.append((*values, float(scale.numbers(rgb(style["stroke"])))))
    expected = [(*own["values"], own["solve_rate"]["rate"]) for own in study.record["leaderboard"]]
    assert len({*expected}) == 8
    assert sorted(found) == [(*own[:-1], pytest.approx(own[-1], abs=SHADE)) for own in sorted(expected)]


def atlas(picture, study):
    panel = picture.panels[0]
    cells, colors = panel.lines("cells"), panel.fills("cells")
    scale, rows = picture.scale(panel), study.rows("atlas.csv")
    assert len(cells) == len(rows) == 6
    y_key, x_key = [*rows[0]][:2]
    for row in rows:
        at = np.array([float(row[x_key]), float(row[y_key])])
        ((_, color),) = [
            own for own in zip(cells, colors, strict=True) if (own[0].min(0) < at).all() and (at < own[0].max(0)).all()
        ]
        assert scale.numbers(color) == pytest.approx(float(row["solve_rate"]), abs=SHADE)
    critical = sorted({(float(row[x_key]), float(row["critical"])) for row in rows if row["critical"]})
    assert len(critical) == 2
    same(panel, panel.line("critical"), np.array(critical))


def made(name: str, folder: Path) -> Study:
    """The study that one of `COMMANDS` makes."""
    (folder / "deep.yaml").write_text(DEEP, "utf-8")
    command, config, *changes = COMMANDS[name]
    path = (folder if config == "deep.yaml" else CONFIGS) / config
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["nncli", command, str(path), *changes, "--runs-dir", f"{folder}/runs", "-q"])
        with pytest.raises(SystemExit) as end:
            main()
    assert not end.value.code
    (found,) = (folder / "runs").iterdir()
    return Study(found)


CHECKS = {
    ("xor", "intervals"): intervals,
    ("xor", "survival"): survival,
    ("xor", "paired"): paired,
    ("moons", "intervals"): intervals,
    ("moons", "paired"): paired,
    ("moons", "curves"): curves,
    ("sweep", "effects"): effects,
    ("sweep", "heatmap"): heatmap,
    ("sweep", "parallel"): parallel,
    ("atlas", "atlas"): atlas,
}
