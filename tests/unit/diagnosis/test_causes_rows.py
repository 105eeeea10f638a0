"""Causes in rows, numbers and capacity: each is named where it was put, and not on a healthy relative."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.config.load import override
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis import row_facts
from nncli.diagnosis.causes import capacity, numbers, rows
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.evidence import evidence_of_config, evidence_of_run
from nncli.experiments.train import run
from nncli.nn.activations import activations
from nncli.runs.directory import RunDirectory

XOR = "task: xor\narchitecture: [4]\ntraining: {learning_rate: 0.1, epochs: 200}\nseeds: [0, 1, 4]\n"
CURVE = "task: {function: {expression: sin(3*x), samples: 64}}\narchitecture: [8]\n"
CURVE += "training: {epochs: 300, learning_rate: 0.05}\nseeds: 3\n"
NOISE = "task: {random_labels: {inputs: 2, samples: 120}}\narchitecture: [100]\nactivation: relu\n"
NOISE += "training: {epochs: 300, learning_rate: 0.01, batch_size: 25, test: 0.4}\nseeds: 2\n"
TABLE = "task: {table: {file: t.csv, target: y}}\narchitecture: [8]\n"
TABLE += "training: {epochs: 200, learning_rate: 0.05}\nseeds: 3\n"

LINEAR = ("output.activation=linear",)
FAULTS = {
    "no hidden layer": (XOR, ["architecture=[]"], "not_representable", "certain", ("architecture=[16]",)),
    "one hidden unit": (XOR, ["architecture=[1]"], "not_representable", "certain", ("architecture=[8]",)),
    "linear layers": (XOR, ["activation=linear"], "not_representable", "certain", ("activation=tanh",)),
    "a straight line": (CURVE, ["architecture=[]"], "not_representable", "likely", ("architecture=[16]",)),
    "sigmoid": (
        CURVE,
        ["task.expression=4+sin(3*x)", *LINEAR, "output.activation=sigmoid"],
        "output_out_of_reach",
        "certain",
        LINEAR,
    ),
    "relu": (CURVE, ["output.activation=relu"], "output_out_of_reach", "certain", LINEAR),
    "thousands": (
        CURVE,
        ["task.expression=3000+900*sin(3*x)", "training.epochs=600"],
        "unscaled_targets",
        "likely",
        None,
    ),
    "far inputs": (
        CURVE,
        ["task.expression=sin(3*x)", "task.domain=[40, 42]"],
        "unscaled_inputs",
        "likely",
        ("training.standardize=true",),
    ),
    "noise": (NOISE, [], "random_labels", "likely", ()),
    "absolute error": (
        XOR,
        ["output.activation=sigmoid", "output.loss=mean_absolute_error", "training.learning_rate=0.1"],
        "mismatched_loss",
        "likely",
        None,
    ),
}
HEALTHY = {
    "xor": (XOR, []),
    "curve": (CURVE, []),
    "a line": (CURVE, ["task.expression=3*x", "architecture=[]"]),
    "sigmoid for shares": (
        CURVE,
        ["task.expression=0.5+0.3*sin(3*x)", "output.activation=sigmoid", "training.learning_rate=0.1"],
    ),
    "separable": (XOR, ["task=and", "architecture=[]", "training.epochs=1000"]),
}


def diagnosed(tmp_path, text, changes):
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    finished = run(path, changes, runs_dir=tmp_path / "runs")
    return diagnose(evidence_of_run(RunDirectory(finished.path)))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_first_cause(fault, tmp_path):
    text, changes, cause, certainty, fix = FAULTS[fault]
    found = diagnosed(tmp_path, text, changes)
    assert found.causes, found
    first = found.causes[0]
    assert (first.cause, first.certainty) == (cause, certainty), found.causes
    assert first.fix == fix or fix is None, first.fix


@pytest.mark.parametrize("case", HEALTHY)
def test_a_healthy_run_has_no_cause(case, tmp_path):
    found = diagnosed(tmp_path, *HEALTHY[case])
    assert found.healthy, found


def table(tmp_path, rows, *changes):
    """Before training: what is seen in a table with the columns x1, x2 and y."""
    lines = ["x1,x2,y", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n", "utf-8")
    document = override(read_yaml(TABLE, str(tmp_path / "c.yaml")), changes)
    return evidence_of_config(document)


RNG = np.random.default_rng(0)
POINTS = RNG.standard_normal((40, 2)).round(3).tolist()
SIDES = ["left" if x < y else "right" for x, y in POINTS]
GRID = [[x1, x2, (x1 > 1) ^ (x2 > 1)] for x1 in range(4) for x2 in range(4)]


@pytest.mark.parametrize(
    ("rule", "rows", "evidence"),
    [
        (
            rows.contradictory_rows,
            [[0, 0, "a"], [0, 0, "b"], [0, 0, "a"], [1, 1, "b"]],
            {"rows": 3, "best_accuracy": 0.75},
        ),
        (numbers.constant_input, [[1, 5, y] for y in "ab" * 8], {"constant": 2, "of": 2}),
        (
            numbers.constant_input,
            [[x, 5, side] for (x, _), side in zip(POINTS, SIDES, strict=True)],
            {"constant": 1, "columns": ("x2",)},
        ),
        (
            numbers.float32_resolution,
            [[1e9 + n, x, n % 2] for n, (x, _) in enumerate(POINTS)],
            {"different": 40, "in_float32": 2},
        ),
        (numbers.unscaled_inputs, [[x * 1000, y, side] for (x, y), side in zip(POINTS, SIDES, strict=True)], {}),
    ],
)
def test_what_is_wrong_with_rows_is_seen_before_training(rule, rows, evidence, tmp_path):
    (found,) = rule(table(tmp_path, rows))
    assert {name: found.evidence[name] for name in evidence} == evidence
    healthy = [[x, y, side] for (x, y), side in zip(POINTS, SIDES, strict=True)]
    assert not [*rule(table(tmp_path, healthy))]


def test_a_split_without_a_class_is_named(tmp_path):
    labels = ["rare", *SIDES[1:]]
    found = [
        *rows.missing_class(
            table(
                tmp_path,
                [[*point, label] for point, label in zip(POINTS, labels, strict=True)],
                "training.test=0.2",
                "training.validation=0.2",
            )
        )
    ]
    assert [(cause.evidence["split"], cause.evidence["lacking"]) for cause in found] == [
        ("validation", ("rare",)),
        ("test", ("rare",)),
    ]


@pytest.mark.parametrize(
    ("name", "ends"),
    {
        "sigmoid": (0, 1),
        "tanh": (-1, 1),
        "relu": (0, np.inf),
        "linear": (-np.inf, np.inf),
        "elu": (-1, np.inf),
        "softplus": (0, np.inf),
        "swish": (-0.2785, np.inf),
        "step": (0, 1),
    }.items(),
)
def test_how_far_an_output_reaches(name, ends):
    assert row_facts.reach(activations.get(name)()) == pytest.approx(ends, abs=1e-4)


def test_a_certificate_of_xor_is_told_in_rows():
    document = override(read_yaml(XOR, "c.yaml"), ["architecture=[]"])
    (found,) = capacity.not_representable(evidence_of_config(document))
    assert found.evidence == {"positive_rows": ("2 × 1/2", "3 × 1/2"), "negative_rows": ("1 × 1/2", "4 × 1/2")}
