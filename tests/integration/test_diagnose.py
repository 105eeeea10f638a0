"""`nncli diagnose`: what it says, what it trains, and what it refuses."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nncli.analysis.diagnosis_record import Cause, Diagnosis
from nncli.diagnosis.causes.generalization import underfitting
from nncli.diagnosis.evidence import evidence_of_run
from nncli.errors import UserError
from nncli.experiments.train import run
from nncli.report.diagnosis_text import diagnosis_lines, pasteable
from nncli.report.proof_text import proof_lines
from nncli.runs.directory import RunDirectory
from nncli.studies.prove import prove

RELU = "name: r\ntask: xor\narchitecture: [4]\nactivation: relu\nseeds: 12\n"
RELU += "training: {optimizer: adam, learning_rate: 0.05, epochs: 200}\n"
CONFIGS = Path(__file__).parents[2] / "configs"
TWINS = "a,b,y\n0,0,no\n0,0,yes\n1,1,yes\n0,1,no\n"


@pytest.fixture(scope="module")
def relu(tmp_path_factory):
    """A run in which some seeds do not solve xor, for they begin with dead units."""
    folder = tmp_path_factory.mktemp("relu")
    (folder / "r.yaml").write_text(RELU, "utf-8")
    return evidence_of_run(RunDirectory(run(folder / "r.yaml", runs_dir=folder / "runs").path))


def diagnosis(evidence, *fixes):
    causes = tuple(Cause(f"cause_{n}", evidence.missed, (1,), {}, fix, "a reason") for n, fix in enumerate(fixes))
    return Diagnosis("r", str(evidence.goal), evidence.seeds, evidence.missed, causes)


def test_a_proof_counts_the_same_seeds_before_and_after(relu, tmp_path):
    found = diagnosis(relu, (), ("activation=tanh",), ("training.epochs=2",), ("activation=tanh",))
    assert 2 < len(relu.missed) < 9
    proof = prove(relu, found, every=True, runs_dir=tmp_path)
    tanh, short = proof.fixes
    assert (tanh.causes, tanh.fix) == (("cause_1", "cause_3"), ("activation=tanh",))
    assert tanh.before.reached == 12 - len(relu.missed)
    assert tanh.after.reached == tanh.before.reached + len(tanh.gained) - len(tanh.lost)
    assert tanh.gained == relu.missed
    assert (tanh.verdict, tanh.helps, proof.helps) == ("mended", True, True)
    plain: Any = tanh.as_plain()
    assert plain["difference"] == pytest.approx(len(relu.missed) / 12)
    assert plain["interval"][0] < plain["difference"] < plain["interval"][1]
    assert (short.after.reached, short.verdict, short.helps) == (0, "worse", False)
    assert short.lost == relu.reached
    trained = RunDirectory(Path(tanh.path))
    assert (trained.status, trained.path.parent) == ("completed", tmp_path)
    assert evidence_of_run(trained).seeds == relu.seeds
    text = list(proof_lines(proof, 80))
    assert [line for line in text if len(line) > 80 and not line.startswith("run ")] == []
    assert "mended" in "\n".join(text)
    twice = replace(proof, fixes=(replace(tanh, causes=("dead_units", "dead_units")),))
    assert "proof     dead units, on the same 12 seeds" in list(proof_lines(twice, 80))


def test_a_network_that_some_seeds_train_to_the_goal_is_not_too_small(train):
    narrow = evidence_of_run(RunDirectory(train(CONFIGS / "xor.yaml", "architecture=[2]", "seeds=20").path))
    assert 0 < len(narrow.missed) < 20
    assert list(underfitting(narrow)) == []


def test_only_the_first_fix_is_proved_and_few_seeds_conclude_nothing(relu, tmp_path):
    found = diagnosis(relu, ("training.learning_rate=0.02",), ("activation=tanh",))
    (fix,) = prove(relu, found, runs_dir=tmp_path).fixes
    assert fix.fix == ("training.learning_rate=0.02",)
    assert fix.verdict in ("cannot conclude", "no better")
    assert not fix.helps


def test_a_fix_that_is_not_valid_trains_nothing(relu, tmp_path):
    found = diagnosis(relu, ("activation=tanh",), ("activation=tanhh",))
    with pytest.raises(UserError, match="tanhh"):
        prove(relu, found, every=True, runs_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_fix_can_be_pasted_at_any_width(relu):
    cause = Cause("c", relu.missed, (1, 2), {"share": 0.5, "expected": 0.25}, ("a.b={c: [1, 2]}", "d=1"), "why")
    found = Diagnosis("r", "goal", relu.seeds, relu.missed, (cause,))
    lines = list(diagnosis_lines(found, 40, "my runs/r/config.yaml", trained=True))
    assert f"in {len(relu.missed)} of 12 seeds" in " ".join(" ".join(lines).split())
    assert "   share 0.5 (expected 0.25)" in lines
    command = "\n".join(lines[next(n for n, line in enumerate(lines) if "try" in line) :]).removeprefix("   try   ")
    printed = f"nncli() {{ printf '%s|' \"$@\"; }}; {command}"
    shown = subprocess.run(["sh", "-c", printed], check=True, capture_output=True, text=True)
    assert shown.stdout == "train|my runs/r/config.yaml|a.b={c: [1, 2]}|d=1|"
    assert len(list(pasteable(["nncli", "train", "x"], 80, ""))) == 1


@pytest.fixture
def twins(tmp_path):
    (tmp_path / "rows.csv").write_text(TWINS)
    text = "task: {table: {file: rows.csv, target: y}}\narchitecture: [3]\ntraining: {epochs: 0}\nseeds: 2\n"
    (tmp_path / "twins.yaml").write_text(text)


def test_a_run_and_a_config_are_diagnosed(cli, twins):
    cli("train", "twins.yaml")
    code, out, err = cli("diagnose", "twins")
    assert (code, err) == (0, "")
    assert "reached   by 0 of 2 seeds" in out
    assert "\n1. contradictory rows   certain" in out
    plain = json.loads(cli("diagnose", "twins", "--json")[1])
    assert list(plain) == ["run", "healthy", "goal", "seeds", "missed", "causes", "remark", "proof"]
    assert (plain["healthy"], plain["missed"], plain["proof"]) == (False, [0, 1], None)
    code, out, err = cli("diagnose", "twins", "--prove")
    assert (code, err) == (8, "there is no fix to train\n")


def test_a_healthy_run_is_healthy_and_has_nothing_to_prove(cli, xor):
    cli("train", xor, "seeds=2")
    code, out, _ = cli("diagnose", "xor", "--prove")
    assert (code, "no fault found in training: every seed reached the goal" in out) == (0, True)
    assert json.loads(cli("diagnose", "xor", "--json")[1])["healthy"] is True
    assert "speaks against this network" in cli("diagnose", xor)[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 4, "'nothing' is not a run"),
        (["none.yaml"], 2, "none.yaml"),
        (["twins.yaml", "--prove"], 2, "--prove: only the fix of a run can be proved"),
        (["latest", "seeds=3"], 2, "takes no overrides"),
        (["twins", "--seeds", "3"], 2, "--seeds"),
    ],
)
def test_what_cannot_be_diagnosed(arguments, code, said, cli, twins):
    cli("train", "twins.yaml")
    found, out, err = cli("diagnose", *arguments)
    assert (found, out) == (code, "")
    assert said in err


def test_where_all_learned_their_rows_a_proof_counts_those_that_generalize(train, tmp_path):
    evidence = evidence_of_run(RunDirectory(train(CONFIGS / "overfit_noise.yaml", "seeds=3").path))
    early = "training.stop={solved: false, patience: 100}"
    (fix,) = prove(evidence, diagnosis(evidence, (early,)), runs_dir=tmp_path / "proofs").fixes
    assert (evidence.missed, fix.held_out) == ((), "validation")
    assert fix.before.reached < fix.after.reached == 3
    (same,) = prove(evidence, diagnosis(evidence, ("training.log_every=100",)), runs_dir=tmp_path / "proofs").fixes
    assert (same.verdict, same.gained, same.lost) == ("no better", (), ())
