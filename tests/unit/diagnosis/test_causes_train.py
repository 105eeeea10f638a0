"""Causes in first weights, signals, descent and capacity: what is named for a fault, and what for healthy relatives."""

from __future__ import annotations

import pytest

from nncli.analysis.diagnosis_record import Cause
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.causes.descent import stopped_too_early
from nncli.diagnosis.diagnose import diagnose
from nncli.diagnosis.evidence import BUDGET, Evidence, evidence_of_config, evidence_of_run
from nncli.diagnosis.remedy import by_chance
from nncli.diagnosis.symmetry import layers_alike
from nncli.experiments.train import run_stack
from nncli.runs.directory import RunDirectory

XOR = "task: xor\narchitecture: [4]\ntraining: {learning_rate: 0.05, epochs: 300}\nseeds: 4\n"
BLOBS = """
task: {blobs: {classes: 4, samples: 80}}
architecture: [12]
training: {learning_rate: 0.05, epochs: 15, batch_size: 20, stop: {solved: false}}
seeds: 3
"""
NOISE = """
task: {function: {expression: sin(3*x), samples: 60, sampling: random, noise: 0.5}}
architecture: [32, 32]
training: {learning_rate: 0.03, epochs: 1500, validation: 0.5, stop: {solved: false}}
seeds: "1-2"
"""
WAVE = """
task: {sine: {samples: 60}}
architecture: [16]
training: {learning_rate: 0.02, epochs: 300}
seeds: 2
"""
PARITY = """
task: {temporal_parity: {length: 4, samples: 120}}
architecture: [{rnn: {units: 12}}]
training: {learning_rate: 0.02, epochs: 60, batch_size: 40}
seeds: 2
"""
DEEP = "architecture=[8, 8, 8, 8, 8, 8, 8, 8]"
BIASED = "architecture=[{{dense: {{units: 12, bias_initializer: {{constant: {{value: {0}}}}}}}}}]"

FAULTS = [
    ("symmetric_initialization", XOR, "initializer=zeros"),
    ("symmetric_initialization", PARITY, "initializer=zeros"),
    ("initialization_too_small", BLOBS, "architecture=[8, 8, 8, 8]", "initializer={normal: {std: 0.001}}"),
    ("initialization_too_large", BLOBS, "initializer={normal: {std: 20}}"),
    ("initialization_too_large", PARITY, "architecture[0].recurrent_initializer={orthogonal: {gain: 10}}"),
    ("dead_units", XOR, "activation=relu", BIASED.format(-20)),
    ("saturated_units", BLOBS, BIASED.format(12)),
    ("vanishing_gradient", BLOBS, DEEP, "activation=sigmoid"),
    ("vanishing_gradient", XOR, "activation=step"),
    ("learning_rate_too_high", XOR, "training.learning_rate=3"),
    ("learning_rate_too_low", BLOBS, "training.learning_rate=1e-6"),
    ("stopped_too_early", BLOBS, "training.epochs=1"),
    ("stopped_too_early", PARITY, "training.stop={patience: 1, min_delta: 0.1}"),
    ("batch_too_small", BLOBS, "regularizer.normalization.over=batch", "training.batch_size=2"),
    ("dropout_too_strong", XOR, "regularizer.dropout=0.95"),
    ("penalty_too_strong", XOR, "regularizer.l2=3"),
    ("underfitting", WAVE, "architecture=[1]"),
    ("overfitting", NOISE),
]

HEALTHY = [
    (XOR,),
    (XOR, "initializer={normal: {std: 0.2}}"),
    (XOR, "activation=sigmoid", "training.epochs=600"),
    (BLOBS,),
    (BLOBS, "activation=relu", "initializer=he_normal"),
    (BLOBS, "regularizer={dropout: 0.1, l2: 0.0001}"),
    (BLOBS, "regularizer.normalization.over=batch"),
    (WAVE,),
    (PARITY,),
]


def resolved(text, *overrides):
    return resolve(override(read_yaml(text, "c.yaml"), overrides))


@pytest.fixture
def evidence(tmp_path):
    """Trains a config, and gives the evidence about its run."""

    def of(text, *overrides):
        (finished,) = run_stack([resolved(text, *overrides)], runs_dir=tmp_path)
        return evidence_of_run(RunDirectory.open(finished.path))

    return of


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: f"{case[0]} {' '.join(case[2:])}")
def test_a_fault_is_named_first_with_a_fix_that_is_valid(evidence, case):
    name, *config = case
    own = evidence(*config)
    found = diagnose(own)
    assert [cause.cause for cause in found.causes[:1]] == [name]
    first = found.causes[0]
    assert {*first.seeds} <= {*own.seeds}
    assert first.certainty in ("certain", "likely")
    assert own.changed(first.fix) is not None
    assert not found.healthy


@pytest.mark.parametrize("config", HEALTHY, ids=" ".join)
def test_a_healthy_run_has_no_causes(evidence, config):
    found = diagnose(evidence(*config))
    assert (found.missed, found.causes, found.remark) == ((), (), "")
    assert found.healthy


def test_no_cause_is_named_for_what_another_draw_would_mend_as_well(evidence):
    """With two units, some seeds of XOR end in a poor minimum, and no change is to be praised for the next draw."""
    found = diagnose(evidence(XOR, "architecture=[2]", "seeds=12"))
    assert 0 < len(found.missed) < 6
    assert {cause.cause for cause in found.causes} <= {"not_representable", "stopped_too_early"}
    if not found.causes:
        assert "by chance" in found.remark or "still improving" in found.remark


def test_the_probability_of_as_many_by_chance():
    assert by_chance(0, 5, 0.5) == 1
    assert by_chance(5, 5, 0.5) == 1 / 32
    assert by_chance(1, 3, 0.0) == 0


def cause(name, seeds, certainty, **evidence):
    return Cause(name, seeds, (), evidence, (), "", certainty)


def test_confirmed_causes_come_first_and_explain_their_seeds(evidence):
    own = evidence(XOR, "initializer=zeros", "seeds=3")
    seen = []

    def rule(*causes):
        def found(of):
            seen.append(of.open)
            yield from causes

        return found

    rules = [
        rule(cause("unsure", (0, 1), "possible"), cause("alone", (2,), "possible")),
        rule(cause("half", (0,), "likely", mended=0.5)),
        rule(cause("tried", (0, 1), "likely", mended=1.0)),
        rule(cause("sure", (1,), "certain")),
    ]
    found = diagnose(own, rules)
    assert [each.cause for each in found.causes] == ["sure", "tried", "half", "alone"]
    assert seen == [(0, 1, 2), (0, 1, 2), (0, 1, 2), (2,)]
    assert own.trial("training.learning_rate=0.1").seeds == (2,)


def test_it_was_still_improving(evidence):
    own = evidence(BLOBS, "training.epochs=4", "training.learning_rate=0.0005")
    assert diagnose(own, ()).remark == "they were still improving when training stopped"
    assert "stopped_too_early" in [found.cause for found in stopped_too_early(own)]


def test_trials_are_made_once_and_stop_at_the_budget(evidence):
    own = evidence(BLOBS, "training.epochs=2")
    first = own.trial("training.epochs=3")
    assert own.trial("training.epochs=3") is first
    assert len(own._spent) == 1
    own._spent.append(BUDGET)
    assert own.trial("training.epochs=4") is None
    assert own.helps("training.epochs=4") == 0


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("task: xor\narchitecture: [4]\ninitializer: zeros", (1,)),
        ("task: xor\narchitecture: [4, {dropout: 0.5}]\ninitializer: zeros", ()),
        ("task: xor\narchitecture: [{dropout: 0.5}, 4]\ninitializer: zeros", (2,)),
        ("task: glyphs\narchitecture: [{conv: 4}, {max_pool: 2}, flatten, 8]\ninitializer: zeros", (1, 4)),
        ("task: glyphs\narchitecture: [{conv: 4}, flatten, 8]", ()),
        ("task: xor\narchitecture: [4, {residual: {layers: [3, 4]}}]\ninitializer: zeros", (1, 3, 4)),
        ("task: xor\narchitecture: [{residual: {layers: [3, 2]}}]\ninitializer: zeros", (2,)),
        ("task: temporal_parity\narchitecture: [{lstm: 4}]\ninitializer: zeros", (1,)),
        ("task: temporal_parity\narchitecture: [{lstm: 4}]\ninitializer: {constant: {value: 0.3}}", ()),
    ],
)
def test_units_that_stay_alike(text, alike):
    assert layers_alike(resolved(text)) == alike


def test_before_training_only_what_the_start_shows_is_named():
    def names(text, *overrides):
        found = diagnose(evidence_of_config(override(read_yaml(text, "c.yaml"), overrides)))
        return [cause.cause for cause in found.causes]

    assert names(BLOBS) == []
    assert names(XOR, "initializer=zeros") == ["symmetric_initialization"]
    assert names(BLOBS, "initializer={normal: {std: 20}}")[0] == "initialization_too_large"
    assert isinstance(evidence_of_config(read_yaml(XOR, "c.yaml")), Evidence)
