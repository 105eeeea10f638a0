"""The value of an initializer's scale, such as its `std` or `gain`, at which a network is critical."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

from nncli.analysis.forecast_record import Critical
from nncli.config.experiment import Experiment
from nncli.diagnosis.forecast import ChainLayer, dense_chain
from nncli.diagnosis.mean_field import critical
from nncli.errors import UserError

EQUAL = 1e-9
"""Relative difference below which two variances count as equal."""

_critical = functools.cache(critical)


def critical_value(experiments: Mapping[float, Experiment]) -> float | None:
    """The value at which gradients neither grow nor shrink from one hidden layer to the next.

        sigma_w2 = unit · value²,   critical value = √(critical sigma_w2 / unit)

    The value is a scale of the weights if `unit` is the same at its least and its greatest, and for all hidden layers
    but the first, whose inputs are the rows of the task.

    Args:
        experiments: the network at two or more values, equal in all else.

    Returns:
        The value; None if it does not scale the weights of all of these layers alike; if there are fewer than two
        hidden layers; if their activations, biases or dropout differ; if a layer is not dense, dropout or flatten; or
        if theory knows no stable critical point with these biases.

    Source: Poole et al. (2016); Schoenholz et al. (2017), as in `mean_field.py`.
    """
    scales = sorted(value for value in experiments if value > 0)
    if len(scales) < 2:
        return None
    try:
        chains = {value: dense_chain(experiments[value]) for value in (scales[0], scales[-1])}
    except UserError:
        return None
    units = [layer.sigma_w2 / (value * value) for value, chain in chains.items() for layer in chain[1:-1]]
    kinds = {kind for chain in chains.values() for kind in _kinds(chain)}
    if len(kinds) != 1 or not units or not 0 < min(units) <= max(units) < math.inf:
        return None
    if max(units) - min(units) > EQUAL * max(units):
        return None
    target: Critical | None = _critical(*kinds.pop())
    return None if target is None else math.sqrt(target.sigma_w2 / units[0])


def _kinds(chain: list[ChainLayer]) -> set[tuple[object, float, float]]:
    """Activation, sigma_b2 and kept share of the hidden layers; the first keeps a share of the task's rows."""
    return {(layer.f, layer.sigma_b2, inner.keep) for layer in chain[:-1] for inner in chain[1:-1]}
