"""From a checkpoint after any batch, training ends with the same bits as if it had never stopped."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from samples import DTYPES, Tape, build, crossed, data, dense, linear, same, sample, settings

from nncli.analysis.conditions import Condition
from nncli.nn.layers import layers
from nncli.nn.losses.cross_entropy import BinaryCrossEntropy
from nncli.nn.losses.margin import Perceptron
from nncli.nn.optimizers import optimizers
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules import schedules
from nncli.runs.checkpoints import read_checkpoint, write_checkpoint
from nncli.storage import system
from nncli.training.loop import Training
from nncli.training.settings import Stop
from nncli.training.snapshot import Snapshot

STEPS = 9
"""Three epochs of ten rows in batches of four."""

INSIDE: dict[str, Any] = {
    "dropout": [("dropout", {"rate": 0.3}), ("dropout", {"rate": 0.1})],
    "batch norm": [("batch_norm", {})],
}
"""The layers after a hidden one; no layer is the same in two networks."""

GIVEN = {
    "schedule": {"schedule": sample(schedules.get("cosine"), warmup=1.0)},
    "early stopping": {"stop": Stop(solved=False, patience=1, min_delta=0.02)},
    "dropout": {"clip_norm": 0.5},
}
FEATURES = ["dropout", "schedule", "early stopping", "batch norm"]


class Camera(Tape):
    """A recorder that takes a snapshot after every step, through a file, and knows what was recorded before it."""

    def __init__(self, folder):
        super().__init__()
        self.folder, self.taken = folder, []

    def tick(self, epoch, step, loss, take):
        snapshot = take()
        path = self.folder / f"{step}.npz"
        write_checkpoint(path, *snapshot.as_plain())
        self.taken.append((path, len(self.rows), snapshot.replicas))
        return super().tick(epoch, step, loss, take)


@pytest.fixture
def quick(monkeypatch):
    """No waiting for the disk."""
    monkeypatch.setattr(system.system, "fsync", lambda descriptor: None)


def prepared(feature, optimizer, dtype, seeds, target):
    """A fresh network with its rows and settings."""
    inside = [sample(layers.get(name), **options) for name, options in INSIDE.get(feature, [])]
    network = build(dense(6), *inside, dense(4), linear(2), seeds=seeds, dtype=dtype)
    splits = {"train": data(network, 10)[2], "validation": data(network, 6, seed=5)[2]}
    given = settings(optimizer=sample(optimizers.get(optimizer)), learning_rate=0.1, **GIVEN.get(feature, {}))
    if target is not None:
        given = dataclasses.replace(given, stop=dataclasses.replace(given.stop, target=target))
    return network, splits, given


def finish(start, *case):
    """Train, from a checkpoint if one is given; the outcomes, and what was recorded."""
    tape = Tape()
    training = Training(*prepared(*case), tape)
    if start is not None:
        found = read_checkpoint(start)
        training.restore(Snapshot.from_plain(found.record, found.arrays))
    return training.run(), tape


def assert_equal(mine, theirs):
    """Outcomes are the same to the bit."""
    for a, b in zip(mine, theirs, strict=True):
        assert same(a.theta, b.theta)
        for field in dataclasses.fields(a):
            if field.name != "theta":
                assert repr(getattr(a, field.name)) == repr(getattr(b, field.name)), field.name


def assert_every_step_resumes(whole, camera, *case):
    outcomes, tape = whole
    for path, recorded, _ in camera.taken:
        again, rest = finish(path, *case)
        assert_equal(again, outcomes)
        assert repr(rest.rows) == repr(tape.rows[recorded:])


def target_of_some(rows):
    """A target that some seeds reach in the first or second epoch, and most do not."""
    for loss in sorted(row["train_loss"] for row in rows):
        first = {}
        for row in rows:
            if row["train_loss"] <= loss:
                first.setdefault(row["replica"], row["epoch"])
        if {1, 2} & set(first.values()):
            return Condition("train_loss", "<=", float(loss))
    raise AssertionError("no seed becomes better")


@pytest.mark.parametrize(("optimizer", "feature", "dtype"), crossed(optimizers, FEATURES, DTYPES))
def test_one_seed(optimizer, feature, dtype, tmp_path, quick):
    case = feature, optimizer, dtype, (7,), None
    camera = Camera(tmp_path)
    outcomes = Training(*prepared(*case), camera).run()
    assert len(camera.taken) == (outcomes[0].step if feature == "early stopping" else STEPS) >= 3
    assert_every_step_resumes((outcomes, camera), camera, *case)


@pytest.mark.parametrize(("optimizer", "feature", "dtype"), crossed([*optimizers][::-1], FEATURES, DTYPES))
def test_a_stack_of_which_some_have_stopped(optimizer, feature, dtype, tmp_path, quick):
    seeds = tuple(range(8))
    _, tape = finish(None, feature, optimizer, dtype, seeds, None)
    case = feature, optimizer, dtype, seeds, target_of_some(tape.rows)
    camera = Camera(tmp_path)
    outcomes = Training(*prepared(*case), camera).run()
    assert len({replicas for *_, replicas in camera.taken}) >= 2
    assert_every_step_resumes((outcomes, camera), camera, *case)


def test_one_run_of_a_stack_resumes_alone(tmp_path, quick):
    """A run that trained beside others resumes without them."""
    case = "dropout", "adam", np.float32
    camera = Camera(tmp_path)
    whole = Training(*prepared(*case, (3, 4, 5, 6), None), camera).run()
    for path, *_ in camera.taken:
        found = read_checkpoint(path)
        training = Training(*prepared(*case, (4, 6), None), Tape())
        training.restore(Snapshot.from_plain(found.record, found.arrays).of([1, 3]))
        assert_equal(training.run(), [whole[1], whole[3]])


WATCHED = {
    "cycles": settings(optimizer=SGD(), learning_rate=1.0, epochs=24, batch_size=1, shuffle=False, watch_cycles=True),
    "solved": settings(learning_rate=0.1, epochs=40, batch_size=3, stop=Stop(tolerance=0.3)),
}


POINTS = {  # in circles of four epochs; and xor, with a fifth point
    "cycles": ([[3, 2], [2, 0], [3, -2], [1, 2], [3, 1]], [0, 0, 0, 0, 1]),
    "solved": ([[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 0.5]], [0, 1, 1, 0, 0]),
}


@pytest.mark.parametrize("what", list(WATCHED))
def test_what_is_watched_is_known_again(what, tmp_path, quick):
    """The epoch from which a perceptron's weights repeat lies before the checkpoint; a partial epoch is continued."""

    def start(tape):
        hidden, loss = ([], Perceptron()) if what == "cycles" else ([dense(8)], BinaryCrossEntropy())
        network = build(*hidden, linear(1), loss=loss, seeds=tuple(range(5)), shape=(2,))
        rows = data(network, 5, kind="binary")[2]
        points, rows.y[0, :, 0] = POINTS[what]
        rows.x[0, :, :2] = points
        return Training(network, {"train": rows}, WATCHED[what], tape)

    camera = Camera(tmp_path)
    whole = start(camera).run()
    if what == "cycles":
        assert all(outcome.cycle_from for outcome in whole)
    else:
        assert len({outcome.solved_epoch for outcome in whole}) > 2
    for path, *_ in camera.taken:
        found, training = read_checkpoint(path), start(Tape())
        training.restore(Snapshot.from_plain(found.record, found.arrays))
        assert_equal(training.run(), whole)


SPOILS = {
    "another step": (lambda record, arrays: record.update(step=record["step"] + 1), "step 6 is not batch 2 of epoch 2"),
    "an epoch too late": (
        lambda record, arrays: record.update(epoch=4),
        "its epoch 4 or batch 2 is not part of this run",
    ),
    "a seed too few": (lambda record, arrays: record.update(replicas=[0]), "it does not hold 2 seeds"),
    "a seed twice": (lambda record, arrays: record.update(replicas=[0, 0]), "it does not hold 2 seeds"),
    "no slot": (lambda record, arrays: arrays.pop("slot_M"), "it holds"),
    "another dtype": (lambda record, arrays: arrays.update(theta=arrays["theta"] + 0j), "theta is complex"),
    "a parameter less": (
        lambda record, arrays: arrays.update(theta=arrays["theta"][:, 1:]),
        "theta is float32 (2, 61)",
    ),
}


@pytest.mark.parametrize("spoil", list(SPOILS))
def test_a_snapshot_of_something_else_is_refused(spoil, tmp_path, quick):
    case = "dropout", "adam", np.float32, (0, 1), None
    camera = Camera(tmp_path)
    Training(*prepared(*case), camera).run()
    found = read_checkpoint(camera.taken[4][0])
    act, message = SPOILS[spoil]
    act(found.record, found.arrays)
    training = Training(*prepared(*case), Tape())
    with pytest.raises(ValueError) as caught:
        training.restore(Snapshot.from_plain(found.record, found.arrays))
    assert str(caught.value).startswith(message)


INTERRUPTIONS = {
    "target": {},  # see below
    "patience": {"stop": Stop(solved=False, patience=1, min_delta=1e9)},
    "solved": {"stop": Stop(tolerance=0.49)},
    "a seed diverges": {"learning_rate": np.array([[0.1], [1e6], [0.1]]), "optimizer": SGD()},
}
"""Rules that would stop training if they were asked of a part of an epoch; and a seed that ends otherwise."""


@pytest.mark.parametrize("what", INTERRUPTIONS)
def test_an_interruption_decides_nothing(what, tmp_path, quick):
    """Stopped inside an epoch, at each of its steps: all seeds that still train are unfinished, and end the same."""

    given: Any = INTERRUPTIONS[what]

    def start(tape):
        network = build(dense(6), linear(2), seeds=(0, 1, 2))
        rows = data(network, 10)[2]
        rows.y[...] *= 0.01  # right by a wide tolerance as soon as it is small
        return Training(network, {"train": rows}, settings(epochs=4, **given), tape)

    if what == "target":  # which the best of the untrained networks reaches with a single step
        tape = Tape()
        start(tape).run()
        best = min(row["train_loss"] for row in tape.rows if row["epoch"] == 0)
        given = {"stop": Stop(solved=False, target=Condition("train_loss", "<", float(best)))}
    whole = start(Tape()).run()
    for step in (1, 2):  # of three in the first epoch
        camera = Camera(tmp_path)
        camera.stop_at = step
        cut = start(camera).run()
        path, _, replicas = camera.taken[-1]
        assert [cut[replica].stop_reason for replica in replicas] == ["interrupted"] * len(replicas)
        found, training = read_checkpoint(path), start(Tape())
        training.restore(Snapshot.from_plain(found.record, found.arrays))
        assert_equal(training.run(), whole)


def test_a_divergence_behind_the_checkpoint_is_told_the_same(tmp_path, quick):
    """With the loss of the step before it, which lies before the checkpoint."""

    def start(tape):
        network = build(dense(6), linear(2), seeds=(0, 1, 2))
        rates = np.array([[0.1], [1e6], [0.1]])
        given = settings(epochs=40, batch_size=10, optimizer=SGD(), learning_rate=rates)
        return Training(network, {"train": data(network, 10)[2]}, given, tape)

    camera = Camera(tmp_path)
    whole = start(camera).run()
    assert whole[1].divergence.loss_before is not None
    for path, *_ in camera.taken:
        found, training = read_checkpoint(path), start(Tape())
        training.restore(Snapshot.from_plain(found.record, found.arrays))
        assert_equal(training.run(), whole)
