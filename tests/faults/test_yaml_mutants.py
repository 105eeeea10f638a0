"""A config that was damaged by chance is a config, or an error with its place, and nothing else."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT
from faults.counts import count
from faults.limits import bounded
from faults.sentences import check_sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_faulty_yaml
from nncli.config.yaml_writer import write_yaml
from nncli.errors import UserError

SOURCE = str(ROOT / "configs" / "mutant.yaml")
"""Where a mutant would lie: paths in it start there."""

# Few rows: making them is not part of reading, and each config is read many times.
CONFIGS = [
    re.sub(rb"samples: [0-9]+", b"samples: 200", path.read_bytes())
    for path in sorted((ROOT / "configs").glob("*.yaml"))
]
SCALAR = re.compile(rb"(?<=[:\[,] )[^\s:,\[\]{}#]+")
TOKENS = [
    *"[]{}:,-?&*!|>'\"%@`#\\~\t\r\n\0\x1b\x85\xff\ufeff\u2028\u202eé😀",
    *("<<", "<<: ", "---\n", "...\n", "!!python/object:os.system ", "&a ", "*a", '"\\ud800"', '"\\x00"', "\x1b[31m"),
    *("null", "true", "yes", ".inf", "-.nan", "010", "0x10", "1e999", "-1", "0", "1_000", "12:30", "9" * 20, "9" * 400),
    *(
        "''",
        "[]",
        "{}",
        "[[]]",
        "[[[[[[[[",
        "{a: b}",
        "{xor: {}}",
        "[4, 4]",
        "__class__",
        "[red]x[/red]",
        "$HOME",
        "../x",
    ),
    *("xor", "sine", "table", "lstm", "residual", "repeat", "relu", "units", "layers", "seeds", "task", "training"),
]


def flip_a_bit(draw, text):
    place, bit = draw(st.integers(0, len(text) - 1)), draw(st.integers(0, 7))
    return text[:place] + bytes([text[place] ^ 1 << bit]) + text[place + 1 :]


def delete(draw, text):
    start = draw(st.integers(0, len(text) - 1))
    return text[:start] + text[start + draw(st.integers(1, 12)) :]


def repeat_a_line(draw, text):
    lines = text.split(b"\n")
    return b"\n".join([*lines, lines[draw(st.integers(0, len(lines) - 1))]])


def swap_lines(draw, text):
    lines = text.split(b"\n")
    i, j = (draw(st.integers(0, len(lines) - 1)) for _ in "ij")
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def splice(draw, text):
    other = draw(st.sampled_from(CONFIGS))
    return text[: draw(st.integers(0, len(text)))] + other[draw(st.integers(0, len(other))) :]


def splice_lines(draw, text):
    lines, other = text.split(b"\n"), draw(st.sampled_from(CONFIGS)).split(b"\n")
    return b"\n".join(lines[: draw(st.integers(0, len(lines)))] + other[draw(st.integers(0, len(other))) :])


def indent(draw, text):
    lines = text.split(b"\n")
    place = draw(st.integers(0, len(lines) - 1))
    lines[place] = b" " * draw(st.integers(0, 4)) + lines[place].lstrip()
    return b"\n".join(lines)


def insert(draw, text):
    place = draw(st.integers(0, len(text)))
    return text[:place] + draw(st.sampled_from(TOKENS)).encode() + text[place:]


def replace_a_value(draw, text):
    values = list(SCALAR.finditer(text))
    if not values:
        return text
    found = draw(st.sampled_from(values))
    return text[: found.start()] + draw(st.sampled_from(TOKENS)).encode() + text[found.end() :]


DAMAGE = (
    flip_a_bit,
    delete,
    repeat_a_line,
    swap_lines,
    splice,
    splice_lines,
    indent,
    insert,
    replace_a_value,
)


@st.composite
def mutants(draw):
    text = draw(st.sampled_from(CONFIGS))
    for damage in draw(st.lists(st.sampled_from(DAMAGE), min_size=1, max_size=6)):
        text = damage(draw, text) or b"\n"
    return text


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    """What is loaded once, such as scikit-learn's data, counts for nobody."""
    for text in CONFIGS:
        resolve(read_faulty_yaml(text, SOURCE))


@given(mutants())
@settings(max_examples=count(10_000, 60), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_mutant_is_a_config_or_an_error_with_its_place(text):
    try:
        with bounded():
            experiment = resolve(override(read_faulty_yaml(text, SOURCE), ()))
    except UserError as error:
        for one in error.errors:
            assert one.where.source == SOURCE
            check_sentence(str(one).removeprefix(SOURCE), longest=600)
        return
    again = resolve(read_faulty_yaml(write_yaml(experiment.written), SOURCE))
    assert again.written == experiment.written
