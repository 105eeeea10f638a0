"""Walk a stack in cache-sized blocks, with a learned value per unit."""

from __future__ import annotations

from collections.abc import Iterator

from nncli.nn.arrays import BLOCK, Array


def replica_blocks(values: Array, *arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Matching pieces of `values` (..., 1, n) and of contiguous arrays (..., B, n), at most `BLOCK` elements each.

    A piece is several whole replicas, values (r, 1, n) with arrays (r, B, n), or some rows of one,
    values (1, 1, n) with arrays (1, b, n): always contiguous. A single row is never split.
    """
    B, n = arrays[0].shape[-2:]
    values = values.reshape(-1, 1, n)
    stacks = [array.reshape(-1, B, n) for array in arrays]
    replicas, rows = max(1, BLOCK // max(1, B * n)), max(1, BLOCK // n)
    for r in range(0, len(values), replicas):
        for b in range(0, B, rows):
            yield values[r : r + replicas], *(stack[r : r + replicas, b : b + rows] for stack in stacks)
