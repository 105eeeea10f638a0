"""Numbers of metrics as text."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest

from nncli.runs.metrics_csv import csv_text, numbers_text


def numbers():
    """Of every size: random bits, every decade, and what float32 has."""
    rng = np.random.default_rng(0)
    bits = (struct.unpack("d", rng.bytes(8))[0] for _ in range(20_000))
    single = (rng.standard_normal(20_000) * 10.0 ** rng.integers(-37, 38, 20_000)).astype(np.float32)
    decades = (scale * 10.0**power for power in range(-323, 308) for scale in (1, -1, 3.7, 9.999999999999999))
    return [v for v in (*bits, *map(float, single), *decades, 0.0, -0.0, math.inf, -math.inf) if not math.isnan(v)]


def test_rows_of_numbers_have_the_text_of_python():
    rows = [(seed, 2**63 - 1, value, None) for seed, value in enumerate(numbers())]
    assert numbers_text(rows, 4) == csv_text(rows, 4)


def test_nan_is_an_empty_cell():
    assert numbers_text([(1, math.nan, None), (2, 1e-5, 0.00012)], 3) == "1,,\n2,1e-05,0.00012\n"
    assert numbers_text([], 3) == ""


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="3 cells under 2 columns"):
        numbers_text([(1, 2), (1, 2, 3)], 2)
