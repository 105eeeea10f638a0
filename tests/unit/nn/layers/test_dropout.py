"""Dropout of units and of channels."""

from __future__ import annotations

import numpy as np
import pytest
from samples import SHAPES, Bench, build, data, linear

from nncli.nn.layers.dropout import Dropout


@pytest.mark.parametrize("shape", SHAPES.values(), ids=str)
@pytest.mark.parametrize("per", ["unit", "channel"])
def test_what_is_silent_at_once(per, shape):
    """With channels, all numbers of a channel of a sample; each channel of each sample and replica by itself."""
    network = build(Dropout(0.3, per), linear(2), shape=shape, capacity=200)
    network.begin_epoch(1)
    bench = Bench(network, data(network, 200)[2].x)
    bench.forward()
    mask = bench.bound.mask
    mask = np.broadcast_to(mask, (3, 200, *shape)).reshape(3, 200, -1, shape[-1])
    assert len(np.unique(mask)) == 2
    np.testing.assert_allclose(np.unique(mask), [0, 1 / 0.7])
    together = (mask == mask[:, :, :1]).all()
    assert together == (per == "channel" or len(shape) == 1)
    assert abs((mask[:, :, 0] > 0).mean() - 0.7) < 0.05
    for other in (mask[0, :, 0, 1], mask[1, :, 0, 0]):
        assert abs(np.corrcoef(mask[0, :, 0, 0], other)[0, 1]) < 0.25
