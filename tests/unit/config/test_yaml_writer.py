"""The YAML writer: the inverse of the reader, and plain to look at."""

from __future__ import annotations

import math

import pytest
import yaml

from nncli.config.document import Data
from nncli.config.yaml_reader import read_yaml
from nncli.config.yaml_writer import write_yaml


def same(left: Data, right: Data) -> bool:
    """Equal in values, types and order; a NaN is equal to itself, and -0.0 is not 0.0."""
    return repr(left) == repr(right)


def test_a_resolved_config():
    data: Data = {
        "name": "xor",
        "task": {"function": {"expression": "sin(3*x)", "samples": 256, "noise": 0.05}},
        "architecture": [{"dense": {"units": 8, "activation": None}}, {"dropout": {"rate": 0.5}}],
        "kernel": [3, 3],
        "regularizer": {"l2": 1e-5},
        "stop": {"solved": True, "options": {}, "names": []},
        "seeds": list(range(40)),
        "nested": [[1, 2], [[3]]],
    }
    text = write_yaml(data)
    assert text.replace("\n" + "\n".join(f"  - {i}" for i in range(40)), " …") == (
        "name: xor\n"
        "task:\n  function:\n    expression: sin(3*x)\n    samples: 256\n    noise: 0.05\n"
        "architecture:\n  - dense:\n      units: 8\n      activation: null\n  - dropout:\n      rate: 0.5\n"
        "kernel: [3, 3]\n"
        "regularizer:\n  l2: 1.0e-05\n"
        "stop:\n  solved: true\n  options: {}\n  names: []\n"
        "seeds: …\n"
        "nested:\n  - [1, 2]\n  - - [3]\n"
    )
    assert same(read_yaml(text, "x").data, data)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"), (True, "true"), (False, "false"), (0, "0"), (-7, "-7"), (1.0, "1.0"), (-0.0, "-0.0"),
        (0.1, "0.1"), (1e-3, "0.001"),
        (1e-5, "1.0e-05"), (1e16, "1.0e+16"), (1.5e300, "1.5e+300"), (5e-324, "5.0e-324"),
        (math.inf, ".inf"), (-math.inf, "-.inf"), (math.nan, ".nan"),
        ("relu", "relu"), ("a b", "a b"), ("sin(3*x)", "sin(3*x)"), ("x/y.csv", "x/y.csv"), ("adam-2", "adam-2"),
        ("_", "_"),
        *[(word, f'"{word}"') for word in ("", " ", "a ", " a", "1", "-1", "1e-3", ".5", "0x1F", "010", "1_000",
            "12:30")],
        *[(word, f'"{word}"') for word in ("true", "No", "on", "y", "N", "null", "~", ".nan", "2026-11-22", "=", "<<",
            "---")],
        *[(word, f'"{word}"') for word in ("a: b", "a:", "a #b", "[a]", "{a}", "a, b", "- a", "*a", "&a", "!a", "%a",
            "@a", "?")],
        ('say "x"', r'"say \"x\""'), ("C:\\x", r'"C:\\x"'), ("a\nb\t", r'"a\nb\t"'), ("é😀", '"é😀"'),
        ("\x00\x7f\x85\u2028\ufeff\ufffe", r'"\u0000\u007f\u0085\u2028\ufeff\ufffe"'),
    ],
)  # fmt: skip
def test_scalars(value, expected):
    assert write_yaml(value) == f"{expected}\n"
    for wrapped in (value, {"k": value}, [value], [[value], value]):
        assert same(read_yaml(write_yaml(wrapped), "x").data, wrapped)
        assert same(yaml.safe_load(write_yaml(wrapped)), wrapped)
