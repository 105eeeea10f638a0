"""Truth tables against tables written by hand."""

import pickle

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.registry import doc_of
from nncli.tasks import tasks

BY_HAND = [
    ("and", {}, [0, 0, 0, 1]),
    ("or", {}, [0, 1, 1, 1]),
    ("xor", {}, [0, 1, 1, 0]),
    ("nand", {}, [1, 1, 1, 0]),
    ("nor", {}, [1, 0, 0, 0]),
    ("xnor", {}, [1, 0, 0, 1]),
    ("boolean", {"table": "01"}, [0, 1]),
    ("boolean", {"table": "0010"}, [0, 0, 1, 0]),
    ("boolean", {"table": "11010001"}, [1, 1, 0, 1, 0, 0, 0, 1]),
    ("parity", {"bits": 1}, [0, 1]),
    ("parity", {"bits": 2}, [0, 1, 1, 0]),
    ("parity", {}, [0, 1, 1, 0, 1, 0, 0, 1]),
    ("majority", {"bits": 1}, [0, 1]),
    ("majority", {"bits": 2}, [0, 0, 0, 1]),
    ("majority", {}, [0, 0, 0, 1, 0, 1, 1, 1]),
    ("majority", {"bits": 4}, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 1]),
]
ROWS = {
    1: [[0], [1]],
    2: [[0, 0], [0, 1], [1, 0], [1, 1]],
    3: [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]],
}


@pytest.mark.parametrize(("name", "options", "outputs"), BY_HAND)
def test_outputs_are_those_of_the_hand_written_table(name, options, outputs):
    data = tasks.get(name)(**options).data()
    assert data.targets.tolist() == [[y] for y in outputs]
    assert data.kind == "binary"
    assert data.complete
    assert data.inputs.shape == (len(outputs), (len(outputs) - 1).bit_length())
    assert data.inputs.dtype == data.targets.dtype == np.float64


@pytest.mark.parametrize("n", ROWS)
def test_rows_count_up_with_the_first_input_as_the_most_significant_bit(n):
    zero_one = tasks.get("parity")(bits=n).data()
    signed = tasks.get("parity")(bits=n, signed=True).data()
    assert zero_one.inputs.tolist() == ROWS[n]
    assert signed.inputs.tolist() == [[2 * bit - 1 for bit in row] for row in ROWS[n]]
    assert signed.targets.tolist() == zero_one.targets.tolist()
    assert zero_one.input_names == ("x1", "x2", "x3")[:n]


def test_the_largest_table_has_ten_inputs():
    assert tasks.get("boolean")(table="01" * 512).data().inputs.shape == (1024, 10)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("boolean", {"table": ""}, "0 digits"),
        ("boolean", {"table": "1"}, "has 1 digit."),
        ("boolean", {"table": "011"}, "3 digits"),
        ("boolean", {"table": "0" * 1023}, "1023 digits"),
        ("boolean", {"table": "0" * 2048}, "2048 digits"),
        ("boolean", {"table": "0120"}, "'2' as digit 3"),
        ("boolean", {"table": "01 0"}, "' ' as digit 3"),
        ("boolean", {"table": "0١10"}, "as digit 2"),
        ("parity", {"bits": 0}, "bits is 0. It must be at least 1."),
        ("parity", {"bits": 11}, "bits is 11. It must be at most 10."),
        ("majority", {"bits": -3}, "bits is -3"),
    ],
)
def test_impossible_options_are_refused(name, options, words):
    with pytest.raises(UserError) as caught:
        tasks.get(name)(**options)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("name", ["and", "or", "xor", "nand", "nor", "xnor"])
def test_the_printed_truth_table_of_a_gate_is_its_data(name):
    part = tasks.get(name)
    printed = [line.replace("|", "").split() for line in doc_of(part).splitlines() if "|" in line][1:]
    data = part().data()
    assert [[float(digit) for digit in row] for row in printed] == np.hstack([data.inputs, data.targets]).tolist()


@pytest.mark.parametrize(("name", "options"), [("xor", {"signed": True}), ("boolean", {"table": "10"}), ("parity", {})])
def test_a_task_survives_pickling(name, options):
    task = tasks.get(name)(**options)
    assert pickle.loads(pickle.dumps(task)) == task
