"""Activations, optimizers and schedules against PyTorch, from `tests/golden/torch_training.npz`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from golden import torch_training as golden
from samples import norms_of, replay

from nncli.nn.activations import activations
from nncli.nn.descent import Descent
from nncli.nn.initializers.fixed_scale import Normal
from nncli.nn.optimizers import optimizers
from nncli.nn.parameters import ParameterSpec, lay_out
from nncli.nn.schedules import factor_at, schedules

EXPECTED = np.load(golden.PATH)
# Sums of products whose order differs, so that small ones next to large ones carry the rounding of those.
CLOSE: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-13}


def test_every_optimizer_and_schedule_has_its_values():
    assert {here for here, *_ in golden.OPTIMIZERS.values()} == set(optimizers)
    assert {here for here, *_ in golden.SCHEDULES.values()} == set(schedules)


@pytest.mark.parametrize("name", golden.OPTIMIZERS)
def test_optimizers(name):
    here, options, *_ = golden.OPTIMIZERS[name]
    theta, grad = golden.THETA[None].copy(), np.zeros((1, len(golden.THETA)))
    spec = ParameterSpec("W", (len(golden.THETA),), Normal(), 1, 1, decay=True)
    descent = Descent(
        optimizers.get(here)(**options), theta, grad, lay_out([[spec]]), learning_rate=golden.LEARNING_RATE
    )
    found = []
    for step in range(1, golden.STEPS + 1):
        grad[0] = golden.gradient(theta[0])
        descent.step(step, 1.0, norms_of(descent))
        found.append(theta[0].copy())
    np.testing.assert_allclose(found, EXPECTED[f"optimizer {name}"], **CLOSE)


@pytest.mark.parametrize("name", golden.SCHEDULES)
def test_schedules(name):
    here, options, *_ = golden.SCHEDULES[name]
    schedule = schedules.get(here)(**options)
    found = [
        golden.LEARNING_RATE * factor_at(schedule, step, golden.STEPS_PER_EPOCH, golden.EPOCHS)
        for step in range(1, golden.STEPS + 1)
    ]
    np.testing.assert_allclose(found, EXPECTED[f"schedule {name}"], **CLOSE)


@pytest.mark.parametrize("name", golden.ACTIVATIONS)
def test_activations(name):
    here, options, *_ = golden.ACTIVATIONS[name]
    activation = activations.get(here)(**options)
    a, dz, dslope = np.empty_like(golden.Z), np.empty_like(golden.Z), np.empty((1, golden.Z.shape[1]))
    values = (golden.SLOPES[None],) if here == "prelu" else ()
    replay(activation.forward, golden.Z, a, *values)
    replay(activation.backward, golden.Z, a, golden.DA, dz, *values, *((dslope,) if values else ()))
    np.testing.assert_allclose(a, EXPECTED[f"activation {name} a"], **CLOSE)
    np.testing.assert_allclose(dz, EXPECTED[f"activation {name} dz"], **CLOSE)
    if values:
        np.testing.assert_allclose(dslope[0], EXPECTED[f"activation {name} dslope"], **CLOSE)
