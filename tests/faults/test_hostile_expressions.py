"""What is read as a formula, a condition, a claim or a range is nothing else, whoever wrote it."""

from __future__ import annotations

import pytest
from bad_configs.expressions import CLAIMS, CONDITIONS, FORMULAS, RANGES
from faults.limits import bounded
from faults.sentences import check_sentence

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.config.yaml_writer import write_yaml


@pytest.fixture(scope="module", autouse=True)
def _loaded(xor):
    """What is loaded once, such as NumPy, counts for nobody."""
    resolve(load_document(xor))


@pytest.fixture
def refused(cli, tmp_path):
    """Runs a command that must refuse, in one sentence, within limits, and touch nothing: the sentence."""

    def run(*arguments):
        before = sorted(tmp_path.iterdir())
        with bounded():
            code, out, err = cli(*arguments)
        assert (code, out) == (2, "")
        sentence = err.removesuffix("\n")
        check_sentence(sentence)
        assert sorted(tmp_path.iterdir()) == before
        return sentence

    return run


def name(text):
    """A short name of a case."""
    return ascii(text[:40])


def test_there_are_as_many_as_promised():
    assert len(FORMULAS) >= 120


@pytest.mark.parametrize("text", FORMULAS, ids=name)
def test_a_hostile_formula(text, refused, write):
    write(write_yaml({"task": {"function": {"expression": text, "inputs": 2, "samples": 16}}}))
    said = refused("check", "x.yaml")
    assert said.startswith(("x.yaml:3:17: task.function.expression: ", "x.yaml:2:3: task: "))
    assert FORMULAS[text] in said


@pytest.mark.parametrize("text", CONDITIONS, ids=name)
def test_a_hostile_condition(text, refused, write):
    write(write_yaml({"task": "xor", "training": {"stop": {"target": text}}}))
    said = refused("check", "x.yaml")
    assert said.startswith("x.yaml:4:13: training.stop.target: ")
    assert CONDITIONS[text] in said
    write("task: xor\n")
    said = refused("train", "x.yaml", "--quiet", "--expect", text)
    assert said.startswith("--expect: ")
    assert CONDITIONS[text] in said


@pytest.mark.parametrize("text", CLAIMS, ids=name)
def test_a_hostile_claim(text, refused, xor):
    said = refused("compare", xor, "activation=tanh,relu", "--expect", text)
    assert CLAIMS[text] in said


@pytest.mark.parametrize("text", RANGES, ids=name)
def test_a_hostile_range(text, refused, xor):
    said = refused("compare", xor, f"training.learning_rate={text}")
    assert "training.learning_rate=" in said
    assert RANGES[text] in said
