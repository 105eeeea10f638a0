"""Hyperparameters that differ within a stack: merging, and each replica as if it were alone."""

from __future__ import annotations

import numpy as np
import pytest
from samples import DTYPES, alone, build, data, dense, fit, linear, same, settings

from nncli.nn.initializers.he import HeNormal
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.layers.dropout import Dropout
from nncli.nn.optimizers.adam import Adam, AdamW
from nncli.nn.optimizers.adaptive import RMSprop
from nncli.nn.optimizers.sgd import SGD, Momentum, Nesterov
from nncli.nn.regularizers.penalties import L1, L2
from nncli.nn.replicas import merge, select, single

RATES = (0.1, 1 / 3, 0.001, 0.7)
SEEDS = (3, 1, 4, 1)


def test_equal_parts_stay_one():
    assert merge([Adam(), Adam(), Adam()]) == Adam()
    assert merge([0.1, 0.1]) == 0.1


def test_numbers_that_differ_become_a_column():
    merged = merge([Adam(beta1=0.5), Adam(beta1=0.25)])
    assert merged.beta1.tolist() == [[0.5], [0.25]]
    assert merged.beta1.dtype == np.float64
    assert merged.beta2 == Adam().beta2


def test_parts_within_parts_are_merged():
    layer = merge([dense(4, initializer=HeNormal(gain), regularizer=(L1(0.1), L2(gain))) for gain in (1.0, 2.0)])
    assert layer.initializer.gain.tolist() == layer.regularizer[1].rate.tolist() == [[1.0], [2.0]]
    assert layer.regularizer[0] == L1(0.1)
    assert single(layer.initializer, 1) == HeNormal(2.0)
    assert select(layer, np.array([1])).regularizer[1].rate.tolist() == [[2.0]]


def test_what_is_the_same_is_not_copied():
    part = dense(4)
    assert select(part, np.array([0])) is part
    assert single(part, 0) is part


@pytest.mark.parametrize(
    "parts",
    [
        [dense(4), dense(5)],
        [dense(4), linear(4)],
        [Adam(), SGD()],
        [(L1(0.1),), (L1(0.1), L2(0.1))],
        [(L1(0.1),), (L2(0.1),)],
        [0.1, 0.2],
    ],
    ids=["units", "activation", "optimizer", "count", "kind", "no option"],
)
def test_what_must_not_differ(parts):
    with pytest.raises(ValueError, match="replicas of one stack"):
        merge(parts)


# What differs, as (layers, settings) for each replica.
GRID = {
    "learning rate": lambda rate: ([dense(5), linear(2)], {"learning_rate": rate}),
    "learning rate of sgd": lambda rate: ([dense(5), linear(2)], {"learning_rate": rate, "optimizer": SGD()}),
    "clip_norm": lambda rate: ([dense(5), linear(2)], {"clip_norm": rate}),
    "beta1": lambda rate: ([dense(5), linear(2)], {"optimizer": Adam(beta1=rate)}),
    "beta2": lambda rate: ([dense(5), linear(2)], {"optimizer": Adam(beta2=rate)}),
    "epsilon": lambda rate: ([dense(5), linear(2)], {"optimizer": Adam(epsilon=rate)}),
    "weight_decay": lambda rate: ([dense(5), linear(2)], {"optimizer": AdamW(weight_decay=rate)}),
    "weight_decay and learning rate": lambda rate: (
        [dense(5), linear(2)],
        {"optimizer": AdamW(weight_decay=rate), "learning_rate": rate / 2},
    ),
    "momentum": lambda rate: ([dense(5), linear(2)], {"optimizer": Momentum(rate)}),
    "nesterov": lambda rate: ([dense(5), linear(2)], {"optimizer": Nesterov(rate)}),
    "rho": lambda rate: ([dense(5), linear(2)], {"optimizer": RMSprop(rho=rate)}),
    "l1": lambda rate: ([dense(5, regularizer=(L1(rate),)), linear(2)], {}),
    "l2": lambda rate: ([dense(5, regularizer=(L2(rate),)), linear(2, regularizer=(L2(rate),))], {}),
    "dropout": lambda rate: ([dense(5), Dropout(rate), linear(2)], {}),
    "gain": lambda rate: ([dense(5, initializer=HeNormal(rate)), linear(2, initializer=Orthogonal(rate))], {}),
}


@pytest.mark.parametrize("make", GRID.values(), ids=GRID.keys())
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_size", [10, 4])
def test_a_value_per_replica_gives_the_bits_of_that_value_alone(make, dtype, batch_size):
    singles = [make(rate) for rate in RATES]

    def trained(layers, given, seeds):
        network = build(*layers, seeds=seeds, dtype=dtype)
        outcomes = fit(network, data(network, 10)[2], settings(batch_size=batch_size, **given))
        return outcomes, network

    numbers = {name: [given[name] for _, given in singles] for name in singles[0][1]}
    merged = {
        name: np.array(values)[:, None] if isinstance(values[0], float) else merge(values)
        for name, values in numbers.items()
    }
    stack = [merge(column) for column in zip(*(layers for layers, _ in singles), strict=True)]
    stacked, _ = trained(stack, merged, SEEDS)
    solo = [trained(layers, given, (seed,))[0][0] for (layers, given), seed in zip(singles, SEEDS, strict=True)]
    for a, b in zip(stacked, solo, strict=True):
        assert same(a.theta, b.theta)
        assert a.metrics == b.metrics
    assert not same(stacked[1].theta, stacked[3].theta)  # the same seed: what differs makes a difference


@pytest.mark.parametrize("replica", range(4))
def test_rows_that_stay_keep_their_own_values(replica):
    part = merge([Adam(beta1=rate, beta2=rate) for rate in RATES])
    assert alone(part, replica).beta1.tolist() == [[RATES[replica]]]
    assert single(part, replica) == Adam(beta1=RATES[replica], beta2=RATES[replica])
