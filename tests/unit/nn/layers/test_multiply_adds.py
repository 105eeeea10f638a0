"""Multiply-adds, counted by hand."""

from __future__ import annotations

import pytest
from samples import dense, layer_cases, linear, sample, unfold

from nncli.nn.layers import multiply_adds
from nncli.nn.layers.attention import Attention
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.embedding import Embedding
from nncli.nn.layers.gru import GRU
from nncli.nn.layers.lstm import LSTM
from nncli.nn.layers.normalization import BatchNorm
from nncli.nn.layers.pooling import MaxPool
from nncli.nn.layers.recurrent import RNN
from nncli.nn.layers.residual import Repeat, Residual


def count(layer, shape):
    """Of a layer, or of all that a block stands for."""
    total = 0
    for plain in unfold([layer], shape):
        total += multiply_adds(plain, shape)
        shape = plain.output_shape(shape)
    return total


def conv(filters, **given):
    return sample(Convolution, filters=filters, **given)


@pytest.mark.parametrize(
    ("layer", "shape", "products"),
    [
        (dense(4), (3,), 3 * 4),
        (dense(4, bias=False), (3,), 3 * 4),
        (dense(4), (5, 3), 5 * 3 * 4),
        (dense(4), (6, 5, 3), 6 * 5 * 3 * 4),
        (conv(8), (6, 5, 3), 30 * 9 * 3 * 8),
        (conv(8, stride=2), (6, 5, 3), (3 * 3) * 9 * 3 * 8),
        (conv(8, padding="valid"), (6, 5, 3), (4 * 3) * 9 * 3 * 8),
        (conv(8, padding="valid", dilation=2), (6, 5, 3), (2 * 1) * 9 * 3 * 8),
        (conv(8, kernel=1), (6, 5, 3), 30 * 3 * 8),
        (conv(8), (7, 3), 7 * 3 * 3 * 8),
        (sample(RNN, units=4), (5, 3), 5 * (3 + 4) * 4),
        (sample(GRU, units=4), (5, 3), 5 * (3 + 4) * 12),
        (sample(LSTM, units=4), (5, 3), 5 * (3 + 4) * 16),
        (sample(LSTM, units=4, return_sequence=True), (5, 3), 5 * (3 + 4) * 16),
        # four projections of 5 steps, from 6 to 6; scores and means for 5 queries with 5 keys of 6 numbers
        (sample(Attention, heads=1), (5, 6), 4 * (5 * 6 * 6) + 2 * (5 * 5 * 6)),
        (sample(Attention, heads=3, causal=True), (5, 6), 4 * (5 * 6 * 6) + 2 * (5 * 5 * 6)),
        (sample(Attention, heads=2, units=8), (5, 6), 3 * (5 * 6 * 8) + 5 * 8 * 8 + 2 * (5 * 5 * 8)),
        (sample(Residual, layers=(dense(3),)), (3,), 9),
        (sample(Residual, layers=(dense(4),)), (3,), 12 + 12),
        (sample(Residual, layers=(dense(4), linear(5))), (2, 3), 2 * (12 + 20 + 15)),
        (Repeat(3, (dense(4),)), (3,), 12 + 16 + 16),
        (Dropout(0.5), (3,), 0),
        (BatchNorm(), (6, 5, 3), 0),
        (MaxPool(2), (6, 5, 3), 0),
        (sample(Embedding, vocabulary=7, units=4), (5,), 0),
    ],
    ids=str,
)
def test_by_hand(layer, shape, products):
    assert count(layer, shape) == products


@pytest.mark.parametrize(("layer", "shape"), layer_cases(lambda layer: hasattr(layer, "parameters")))
def test_a_layer_with_matrices_multiplies(layer, shape):
    """Each weight of a matrix is used at least once; an embedding only looks its up."""
    weights = sum(spec.size for spec in layer.parameters(shape) if spec.decay)
    assert multiply_adds(layer, shape) >= weights or isinstance(layer, Embedding)
