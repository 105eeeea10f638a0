"""Random streams: a pure function of seed, purpose and key."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nncli.seeds import Purpose, stream

KEYS = [
    (seed, purpose, *key)
    for seed in (0, 1, 2**40)
    for purpose in Purpose
    for key in ((), (0,), (1,), (0, 0), (0, 1), (1, 0))
]


def test_every_key_has_a_stream_of_its_own():
    drawn = {key: tuple(stream(*key).integers(2**63, size=2)) for key in KEYS}
    assert len(set(drawn.values())) == len(KEYS)


@pytest.mark.parametrize("key", KEYS[:6])
def test_nothing_is_carried_from_one_use_to_the_next(key):
    first = stream(*key).standard_normal(5)
    for other in itertools.islice(KEYS, 3):
        stream(*other).standard_normal(3)
    assert (stream(*key).standard_normal(5) == first).all()


def test_the_numbers_are_those_of_every_earlier_result():
    """What PCG64 draws from SeedSequence(7, spawn_key=(1, 3)): a change here changes every run there ever was."""
    expected = np.random.Generator(np.random.PCG64(np.random.SeedSequence(7, spawn_key=(1, 3)))).random(3)
    assert (stream(7, Purpose.SHUFFLE, 3).random(3) == expected).all()
    assert {purpose.name: int(purpose) for purpose in Purpose} == {
        "INITIALIZE": 0, "SHUFFLE": 1, "DROPOUT": 2, "DATA": 3, "SPLIT": 4,
    }  # fmt: skip
