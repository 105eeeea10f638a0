"""The bank of known faults: every case is valid, and the diagnosis finds plain ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bank import bases, built_to_fail, faults, faulty, halves, healthy, injected, pairs

from nncli.config.resolve import resolve
from nncli.diagnosis.diagnose import RULES

ROOT = Path(__file__).parents[3]
HALVES = ("develop", "held_back")


def test_every_kind_of_task_is_in_one_half():
    split = yaml.safe_load((ROOT / "tests" / "bank" / "split.yaml").read_text("utf-8"))
    kinds = [kind for half in HALVES for kind in split[half]]
    assert sorted(kinds) == sorted({*kinds})
    assert {base.kind for base in bases()} == {*kinds}
    assert len({*halves().values()}) == 2


def test_no_base_of_one_half_has_the_task_of_the_other():
    tasks: dict[str, set[str]] = {half: set() for half in HALVES}
    for base in bases():
        task = base.config["task"]
        tasks[halves()[base.kind]].add(task if isinstance(task, str) else next(iter(task)))
    assert not tasks["develop"] & tasks["held_back"]


def test_every_fault_is_a_valid_config_that_differs_from_its_base(tmp_path):
    one_each = {fault.name: (fault, base) for half in HALVES for fault, base in pairs(half)}
    assert {*one_each} == {fault.name for fault in faults()}
    for name, (fault, base) in one_each.items():
        document = injected(fault, base, tmp_path)
        assert document.data != base.document.data, name
        assert len(resolve(document).seeds) == 10, name


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_every_case_is_a_valid_config(half, tmp_path):
    cases = [*faulty(half, tmp_path), *healthy(half), *built_to_fail(half)]
    for case in cases:
        resolve(case.document)
    assert len({case.name for case in cases}) == len(cases)
    assert sum(case.fault is None for case in cases) >= 30


def test_the_bank_is_as_large_as_it_should_be():
    for half in HALVES:
        found = [*pairs(half)]
        assert len({fault.name for fault, _ in found}) >= 16
        assert len({base.kind for _, base in found}) >= 4
        assert len({base.architecture for _, base in found}) >= 3


def test_every_shipped_config_is_in_the_bank():
    table = yaml.safe_load((ROOT / "tests" / "bank" / "healthy.yaml").read_text("utf-8"))
    listed = [name for names in table["shipped"].values() for name in names]
    listed += [row["config"] for row in table["not_healthy"]]
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


def test_every_name_that_is_right_is_one_that_a_rule_gives():
    known = {rule.__name__ for rule in RULES} | {"dead_units", "saturated_units"}  # the rules of idle units name two
    for fault in faults():
        assert {*fault.causes} <= known, fault.name
        assert len(fault.causes) == 1 or fault.because, f"{fault.name}: why is more than one name right?"


@pytest.mark.slow
def test_plain_faults_are_found_and_healthy_runs_are_not_accused():
    words = ["zero_weights/xor", "rate_too_low/moons_dense", "dead_relu/moons", "contradictory_rows/xor", "configs/or"]
    only = [each for word in words for each in ("--only", word)]
    command = [sys.executable, str(ROOT / "benchmarks" / "diagnosis.py"), *only, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["figures"]["develop"]
    assert found["first"]["count"] == found["first"]["of"] >= 4
    assert found["false_alarms"]["count"] == 0 < found["false_alarms"]["of"]
