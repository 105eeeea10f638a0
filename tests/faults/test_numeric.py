"""What is not finite is noticed in its step; its replica keeps its last finite weights, and no other notices."""

from __future__ import annotations

import numpy as np
import pytest
from samples import Tape, build, data, dense, linear, same, settings

from nncli.training.loop import Training

SICK = 1
STEPS_PER_EPOCH, STEPS = 3, 9


WHERE = ["data", "loss", "gradient", "first weight", "last weight", "update"]


class Fault(Tape):
    """A recorder, and what spoils something of one replica in one step."""

    def __init__(self, training_of, where, value, at):
        super().__init__()
        self.training, self.where, self.value, self.at = training_of(self), where, value, at
        network, descent = self.training.network, self.training.stack.descent
        assert not self.training.stack.batches.full  # so that each replica has rows of its own
        gradient, step = network.gradient, descent.step

        def spoilt_gradient(x, y):
            self.spoil("data", x)
            self.spoil("first weight", network.theta, 0)
            self.spoil("last weight", network.theta)
            calls, spoil = (
                network._pass(x, y, training=True).forward_and_backward.calls,
                (self.spoil, ("gradient", network.grad)),
            )
            if spoil not in calls[-3:]:
                calls.insert(-2, spoil)  # before the norms
            output = gradient(x, y)
            self.spoil("loss", output.loss[:, None])
            return output

        def spoilt_step(*arguments):
            step(*arguments)
            self.spoil("update", network.theta)

        network.gradient, descent.step = spoilt_gradient, spoilt_step

    def spoil(self, where, array, element=-1):
        """The array, after a number of the sick replica has been spoilt in it, if it is time to."""
        if where == self.where and self.training.step == self.at and SICK in self.training.stack.replicas:
            array[self.training.stack.replicas.index(SICK)].flat[element] = self.value
        return array


def training_of(seeds, dtype):
    def make(recorder):
        network = build(dense(6), linear(2), seeds=seeds, dtype=dtype)
        return Training(network, {"train": data(network, 10)[2]}, settings(), recorder)

    return make


def weights_after(step, dtype):
    """The sick replica's weights after a step of an undisturbed training, by itself; the initial ones for 0."""
    if step == 0:
        return build(dense(6), linear(2), seeds=(SICK,), dtype=dtype).theta[0]
    tape = Tape(stop_at=step)
    (outcome,) = training_of((SICK,), dtype)(tape).run()
    return outcome.theta


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("at", [1, 2, 4, 9])
def test_it_is_noticed_in_its_step(where, value, at, dtype):
    if where == "update" and at == STEPS:
        at = STEPS - 1  # what comes after the last step is checked below
    healthy = training_of((0, SICK, 2), dtype)(Tape()).run()
    fault = Fault(training_of((0, SICK, 2), dtype), where, value, at)
    outcomes = fault.training.run()
    for replica in (0, 2):
        assert same(outcomes[replica].theta, healthy[replica].theta)
        assert outcomes[replica].optimizer_sha256 == healthy[replica].optimizer_sha256
        assert outcomes[replica].metrics == healthy[replica].metrics
    sick = outcomes[SICK]
    assert sick.stop_reason == "diverged"
    noticed = at + (where == "update")
    assert (sick.divergence.step, sick.step) == (noticed, noticed)
    assert sick.divergence.epoch == -(-noticed // STEPS_PER_EPOCH)
    kept = at - 1 if where in ("data", "loss", "gradient") else (at - 1) // STEPS_PER_EPOCH * STEPS_PER_EPOCH
    assert sick.divergence.weights_step == kept
    assert same(sick.theta, weights_after(kept, dtype))
    named = {"data": {"loss", "gradient"}, "gradient": {"gradient"}, "loss": {"loss"}}.get(where, {"weights"})
    assert sick.divergence.what in named


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_behind_the_last_step_it_is_noticed_by_the_evaluation(value):
    fault = Fault(training_of((0, SICK, 2), np.float64), "update", value, STEPS)
    outcomes = fault.training.run()
    sick = outcomes[SICK]
    assert [outcome.stop_reason for outcome in outcomes] == ["epochs", "diverged", "epochs"]
    assert (sick.divergence.what, sick.divergence.step, sick.divergence.weights_step) == ("weights", STEPS + 1, 6)
    assert same(sick.theta, weights_after(6, np.float64))
