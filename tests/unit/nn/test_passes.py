"""How a stack is divided into groups of replicas that pass together."""

from __future__ import annotations

import pytest

from nncli.nn.passes import CACHE, divide, room, together


@pytest.mark.parametrize(
    ("replicas", "most", "sizes"),
    [(1, 1, [1]), (5, 9, [5]), (5, 5, [5]), (5, 4, [3, 2]), (10, 4, [4, 3, 3]), (7, 1, [1] * 7)],
)
def test_groups_are_few_and_about_equal(replicas, most, sizes):
    groups = divide(replicas, most)
    assert [rows.stop - rows.start for rows in groups] == sizes
    assert [r for rows in groups for r in range(rows.start, rows.stop)] == list(range(replicas))


@pytest.mark.parametrize("sample_bytes", [0, 1, CACHE // 60, CACHE // 8, 2 * CACHE])
def test_the_buffers_have_room_for_batches_of_any_size(sample_bytes):
    most = room(6, 20, sample_bytes)
    for batch in range(1, 21):
        size = together(6, batch, sample_bytes)
        assert 1 <= size <= 6
        assert size * batch <= most
        assert size == 1 or size * batch * sample_bytes <= CACHE
        assert size == 6 or (size + 1) * batch * sample_bytes > CACHE
    assert most == 120 or most * sample_bytes <= max(CACHE, 20 * sample_bytes)
