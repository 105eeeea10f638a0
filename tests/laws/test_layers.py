"""Laws of every layer."""

from __future__ import annotations

import numpy as np
import pytest
from allocations import operands, owner
from gradients import relative_errors
from samples import (
    DTYPES,
    SHAPES,
    add_penalty_gradients,
    build,
    cases,
    crossed,
    data,
    dense,
    descent,
    forward,
    layer_cases,
    linear,
    peak_memory,
    placed,
    placed_cases,
    same,
    step,
    unfold,
)

from nncli.nn.layers import Block, OverBatch, ReadsData, layers
from nncli.nn.optimizers import optimizers
from nncli.nn.parameters import lay_out
from nncli.nn.regularizers import Penalty, regularizers


def has_a_true_gradient(layer):
    """Back-propagation that is cut off after some steps gives another one, on purpose."""
    return getattr(layer, "truncation", None) is None


def passes_a_gradient_back(layer, shape, place):
    """Without parameters of its own, and with none in front of it, its backward pass has nothing to do."""
    network = placed(layer, shape, place)
    return any(segment.spec.trained for segment in network.segments if segment.layer < len(network.layers) - 1)


every_layer = pytest.mark.parametrize(("layer", "shape"), layer_cases())
every_place = pytest.mark.parametrize(("layer", "shape", "place"), placed_cases())


def is_affine(layer, shape):
    """Whether a prediction in the middle between two samples is the mean of theirs."""
    network = build(layer, linear(2), shape=shape)
    first, second = np.random.default_rng(3).standard_normal((2, *shape))
    z = forward(network, network.prepare(np.array([first, second, (first + second) / 2])))
    return bool(np.allclose(z[:, 2], (z[:, 0] + z[:, 1]) / 2, rtol=0, atol=1e-9))


@pytest.mark.parametrize("name", list(layers))
def test_a_layer_is_affine_if_it_says_so(name):
    """A class is declared affine if each of its variants is, and only then."""
    known = [case.values for case in layer_cases(lambda layer: type(layer) is layers.get(name))]
    if isinstance(known[0][0], (Block, ReadsData)):
        return
    assert all(is_affine(*case) for case in known) == known[0][0].affine


@pytest.mark.parametrize(
    ("layer", "shape", "place", "batch"),
    crossed([case for case in placed_cases(has_a_true_gradient) if passes_a_gradient_back(*case.values)], [1, 7]),
)
def test_gradients_match_central_differences(layer, shape, place, batch):
    """Of a pass in training, with the smallest batch and another one."""
    network = placed(layer, shape, place)
    _, _, rows = data(network, max(batch, network.least_rows))
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@pytest.mark.parametrize("penalty", cases(regularizers, where=lambda part: isinstance(part, Penalty)))
def test_gradients_of_penalties_match_central_differences(penalty):
    network = build(dense(4, regularizer=(penalty,)), linear(2, regularizer=(penalty, penalty)))
    _, _, rows = data(network, 7)
    assert (network.penalties() > 0).all()
    assert max(relative_errors(network, rows.x, rows.y).values()) <= 1e-6


@pytest.mark.parametrize("penalty", cases(regularizers, where=lambda part: isinstance(part, Penalty)))
def test_penalties_reach_only_what_decays(penalty):
    network = build(dense(4, regularizer=(penalty,)), linear(2))
    add_penalty_gradients(network)
    for segment in network.segments:
        reached = segment.view(network.grad) != 0
        assert reached.all() if segment.spec.penalties else not reached.any(), segment.spec.name
        assert segment.spec.decay or not segment.spec.penalties


@every_layer
def test_parameters_are_what_the_layer_says(layer, shape):
    for plain in unfold([layer], shape):
        specs = plain.parameters(shape)
        assert len({spec.name for spec in specs}) == len(specs)
        assert not any(spec.decay or spec.penalties for spec in specs if not spec.trained)
        for segment in lay_out([specs]):
            rows = np.zeros((3, sum(spec.size for spec in specs)))
            view = segment.view(rows)
            view[...] = 1
            assert rows.sum() == 3 * segment.spec.size
            assert view.shape == (3, *segment.spec.shape)
        shape = plain.output_shape(shape)


@pytest.mark.parametrize(
    ("layer", "shape", "place", "dtype", "training"), crossed(placed_cases(), DTYPES, [False, True])
)
def test_output_shape_dtype_and_input(layer, shape, place, dtype, training):
    """A forward pass writes neither to its input nor to theta."""
    network = placed(layer, shape, place, dtype=dtype)
    _, _, rows = data(network, 7)
    before = rows.x.copy(), network.theta.copy()
    network.begin_epoch(1)
    out = forward(network, rows.x, training)
    assert out.shape == (3, 7, 2)
    assert out.dtype == dtype
    assert same(rows.x, before[0])
    assert same(network.theta, before[1])


@every_place
def test_prediction_is_a_function_of_the_row_alone(layer, shape, place):
    """Neither of the other rows of the batch nor of noise; after a step, which statistics may have moved."""
    network = placed(layer, shape, place)
    _, _, rows = data(network, 7)
    network.begin_epoch(1)
    step(network, descent(network), rows.x, rows.y)
    whole = forward(network, rows.x).copy()
    for b in range(7):
        np.testing.assert_allclose(forward(network, rows.x[:, b : b + 1])[:, 0], whole[:, b], rtol=1e-13, atol=1e-14)


@every_place
def test_training_differs_from_prediction_only_where_that_is_declared(layer, shape, place):
    network = placed(layer, shape, place)
    _, _, rows = data(network, 16)
    network.begin_epoch(1)
    alike = same(forward(network, rows.x, training=True).copy(), forward(network, rows.x))
    assert alike == network.trains_as_it_predicts


@every_layer
def test_noise_is_declared_and_begins_anew_with_each_epoch(layer, shape):
    network = placed(layer, shape)
    _, _, rows = data(network, 16)

    def passes(epoch):
        network.begin_epoch(epoch)
        return [forward(network, rows.x, training=True).copy() for _ in range(2)]

    (a, b), (c, d), (e, _) = passes(1), passes(1), passes(2)
    assert np.array_equal(a, c)
    assert np.array_equal(b, d)
    assert np.array_equal(a, b) == np.array_equal(a, e) == (not network.noisy)


def statistics_of(layer):
    """What a layer learns without a gradient."""
    shape = SHAPES[layer.ranks[0]]
    return [spec for plain in unfold([layer], shape)[:1] for spec in plain.parameters(shape) if not spec.trained]


@pytest.mark.parametrize(
    ("layer", "shape", "optimizer"),
    crossed(layer_cases(statistics_of), [case.values[0] for case in cases(optimizers)]),
)
def test_what_is_not_trained_follows_its_layer_alone(layer, shape, optimizer):
    """Neither gradients, penalties, weight decay nor any optimizer move it, to the bit."""
    network = placed(layer, shape)
    kept = [segment for segment in network.segments if not segment.spec.trained]
    _, _, rows = data(network, 7)
    update = descent(network, optimizer, clip_norm=0.1)
    before = network.theta.copy()
    for number in (1, 2, 3):
        step(network, update, rows.x, rows.y, number, statistics=number == 3)
        for segment in kept:
            assert same(segment.view(network.theta), segment.view(before)) == (number < 3)
            assert not segment.view(network.grad).any()


@pytest.mark.parametrize(("layer", "shape"), layer_cases(lambda layer: isinstance(layer, OverBatch)))
def test_a_batch_that_is_too_small_to_train_on_is_refused(layer, shape):
    network = placed(layer, shape, "first")
    rows = data(network, least := layer.least_rows(shape))[2]
    assert network.least_rows == least
    assert np.isfinite(forward(network, rows.x, training=True)).all()
    if least > 1:
        with pytest.raises(ValueError, match=f"at least {least} rows"):
            forward(network, rows.x[:, 1:], training=True)


@pytest.mark.parametrize(("layer", "shape", "place"), placed_cases())
def test_a_layer_allocates_what_it_declares(layer, shape, place):
    """Beyond its parameters, and numbers by themselves: what binding and both passes leave is what was declared."""
    network = placed(layer, shape, place, capacity=64)
    _, _, rows = data(network, 64)
    network.begin_epoch(1)
    declared, shapes = set(), {}
    for index, (each, given) in enumerate(zip(network.layers, network.shapes, strict=False)):
        back = index > network._first_trained_layer
        found = each.scratch(given, 3, 64, back=back) | each.buffers(given) | ({"da_prev": given} if back else {})
        declared |= {(index, name) for name in found}
        for name, scratch in each.scratch(given, 3, 64, back=back).items():
            shapes[index, name] = scratch.shape[1:]
    output = network.gradient(rows.x, rows.y)
    made = set(network._buffers.arrays) | {key for key, *_ in network._scratch}
    assert made == declared
    assert {key: array.shape[1:] for (key, *_), array in network._scratch.items()} == shapes
    owned = [network.theta, network.grad, network._next, rows.x, rows.y, *network._buffers.arrays.values()]
    owned += [*network._outputs.arrays.values(), *network._scratch.values(), output.loss]
    known = {id(owner(array)) for array in owned}
    program = network._pass(rows.x, rows.y, True).forward_and_backward
    starts = {section.start: section.phase for section in program.sections}
    phase = ""
    for place, call in enumerate(program.calls):
        phase = starts.get(place, phase)
        for array in operands(call):  # the laws of losses say what those allocate
            assert id(owner(array)) in known or array.size == 1 or phase == "loss", (phase, array.shape)


@pytest.mark.parametrize(("layer", "shape"), layer_cases())
def test_a_step_allocates_nothing_that_grows_with_the_batch(layer, shape):
    """Formulas of activations have temporaries of a block; NumPy has some for the strides of small arrays."""
    network = placed(layer, shape, capacity=256)
    _, _, rows = data(network, 256)
    network.begin_epoch(1)
    network.gradient(rows.x, rows.y)
    largest = max(array.nbytes for array in network._buffers.arrays.values())
    assert peak_memory(lambda: network.gradient(rows.x, rows.y)) < max(largest, 32_768)
