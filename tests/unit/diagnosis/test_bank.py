"""The bank of faults: every case is a config, every right answer a cause that a rule can name."""

import bank
import pytest

from nncli.config.resolve import resolve
from nncli.diagnosis.diagnose import RULES, diagnose
from nncli.diagnosis.evidence import evidence_of_run
from nncli.experiments.train import run_stack
from nncli.runs.directory import RunDirectory

HALVES: tuple[bank.Half, ...] = ("develop", "held_back")
NAMES = {rule.__name__ for rule in RULES}


@pytest.mark.parametrize("half", HALVES)
def test_every_case_is_a_config_and_has_a_known_cause(half):
    cases = [*bank.faulty(half), *bank.healthy(half)]
    assert len({case.name for case in cases}) == len(cases)
    assert {cause for case in cases for cause in case.causes} <= NAMES
    for case in cases[:: len(cases) // 12]:
        resolve(case.document)


def test_the_halves_have_no_kind_of_task_in_common():
    kinds = [{case.kind for case in bank.faulty(half)} for half in HALVES]
    assert not kinds[0] & kinds[1]
    assert [len(own) for own in kinds] == [4, 4]
    assert len({case.fault for half in HALVES for case in bank.faulty(half)}) >= 16
    assert sum(1 for half in HALVES for _ in bank.healthy(half)) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["zeros", "no_hidden_layer", "rate_by_2000", "sigmoid_output", "dropout"])
def test_faults_of_the_bank_are_named_first(fault, tmp_path):
    for case in bank.faulty("develop"):
        if case.fault == fault and ("dense" in case.name):
            (finished,) = run_stack([resolve(case.document)], runs_dir=tmp_path)
            found = diagnose(evidence_of_run(RunDirectory(finished.path)))
            assert not found.missed or found.causes[0].cause in case.causes, case.name
