"""Estimate the memory that training takes from a description, without allocating it."""

from __future__ import annotations

import math

import numpy as np

from nncli.config.experiment import Experiment
from nncli.nn.layers import Layer, Shape
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.embedding import Embedding
from nncli.nn.layers.windows import COLUMNS
from nncli.nn.passes import numbers_per_sample, room, together

FLOAT64 = np.dtype(np.float64).itemsize

OUTCOME = 800
"""Bytes of the Python objects of one replica's outcome."""


def training_bytes(experiment: Experiment) -> int:
    """The approximate peak memory of training in bytes, besides that of the program itself.

    With R replicas of P parameters, passes of at most B rows, N rows in all, and numbers of the config's dtype:

        parameters   R P (3 + slots): theta, its gradient, the last finite theta, the optimizer's
                     slots; R P more with patience, for the best.
                     At the end R P more, the outcome; or if one replica may leave the stack before the others,
                     (R - 1) P (2 + slots) + P, as theirs are gathered before the old ones are free
        buffers      what the layers declare, and da_prev of each, for R B samples or as many as pass together; and
                     R B times three outputs
        own          what some layers allocate in addition, for each batch size
        batches      if they are shuffled, R (B rows, and the order of all N)
        data         N rows, in float64 and in the dtype; and R outcomes

    Or, if larger, theta, its gradient, and the largest parameter twice in float64 while it is drawn.
    """
    R, itemsize = len(experiment.seeds), experiment.dtype.itemsize
    layers = [(placed.layer, placed.input_shape) for placed in experiment.placed_layers]
    sizes = [spec.size for placed in experiment.placed_layers for spec in placed.parameters]
    P = sum(sizes)
    numbers = _rows_of_parameters(experiment) * P + _buffers(experiment, layers) + _own(experiment, layers)
    drawn = 2 * R * P * itemsize + 2 * max(sizes, default=0) * FLOAT64
    return R * OUTCOME + _data(experiment, itemsize) + max(numbers * itemsize + _batches(experiment, itemsize), drawn)


def _rows_of_parameters(experiment: Experiment) -> int:
    """The number of rows of P numbers held at once."""
    R, training, stop = len(experiment.seeds), experiment.training, experiment.training.stop
    of_each = 2 + len(training.optimizer.slots)
    one_by_one = stop.solved or stop.patience is not None or stop.target is not None
    gathered = of_each * (R - 1) + 1 if one_by_one else 0
    return (of_each + 1) * R + max(R, gathered) + (R if stop.patience is not None else 0)


def _buffers(experiment: Experiment, layers: list[tuple[Layer, Shape]]) -> int:
    """The numbers kept for all samples of a batch."""
    R, B = len(experiment.seeds), experiment.capacity
    per_sample = numbers_per_sample(layers, _first_trained(layers))
    outputs = 3 * R * B * experiment.outputs
    return room(R, B, _sample_bytes(experiment, layers)) * per_sample + outputs


def _sample_bytes(experiment: Experiment, layers: list[tuple[Layer, Shape]]) -> int:
    """The bytes kept for each sample in the buffers."""
    return numbers_per_sample(layers, _first_trained(layers)) * experiment.dtype.itemsize


def _first_trained(layers: list[tuple[Layer, Shape]]) -> int:
    """The index of the first layer with trained parameters: no gradient flows further back."""
    trained = (i for i, (layer, shape) in enumerate(layers) if any(spec.trained for spec in layer.parameters(shape)))
    return next(trained, len(layers))


def _own(experiment: Experiment, layers: list[tuple[Layer, Shape]]) -> int:
    """The numbers that layers allocate besides their buffers, anew for each batch size."""
    R, first = len(experiment.seeds), _first_trained(layers)
    train, others = _batch_sizes(experiment)
    group = {B: together(R, B, _sample_bytes(experiment, layers)) for B in train | others}
    total = 0
    for index, (layer, shape) in enumerate(layers):
        W = sum(spec.size for spec in layer.parameters(shape))
        if isinstance(layer, Convolution):
            total += 3 * R * W * len(train | others)
            total += sum(_windows(layer, shape, group[B] * B) for B in train | others)
            total += sum(_windows_back(layer, shape, group[B] * B) for B in train if index > first)
        elif isinstance(layer, Embedding):
            total += sum(group[B] * (W + 2 * B * math.prod(shape)) for B in train | others)
    return total


def _batch_sizes(experiment: Experiment) -> tuple[set[int], set[int]]:
    """The sizes of the training batches and of the evaluation batches."""
    most = experiment.capacity
    splits = experiment.splits.named()
    train = _pieces(len(splits["train"].inputs), experiment.batch_size)
    return train, set().union(*(_pieces(len(data.inputs), most) for data in splits.values()))


def _pieces(rows: int, size: int) -> set[int]:
    """The sizes of the pieces that rows are cut into: the last may be smaller."""
    return {min(size, rows), rows % size} - {0}


def _windows(layer: Convolution, shape: Shape, samples: int) -> int:
    """The matrix of the windows over some samples, block by block, and the padded samples of a block."""
    places = math.prod(layer.output_shape(shape)[:-1])
    return _block(places * (_cells(layer, shape) * shape[-1] + layer.bias), math.prod(shape), samples)


def _windows_back(layer: Convolution, shape: Shape, samples: int) -> int:
    """The same for the gradients in the backward pass."""
    gradients = math.prod(shape[:-1]) * layer.filters
    return _block(gradients * _cells(layer, shape), gradients, samples)


def _cells(layer: Convolution, shape: Shape) -> int:
    """The numbers of one window."""
    return math.prod(layer.kernel for _ in shape[:-1])


def _block(matrix: int, padded: int, samples: int) -> int:
    """The numbers of as many samples as fit in a block of columns; see `windows.blocks`."""
    return min(samples, max(1, COLUMNS // matrix)) * (matrix + padded)


def _batches(experiment: Experiment, itemsize: int) -> int:
    """The bytes of shuffled batches, of the order of all rows, and of the indices of a batch."""
    rows, size = experiment.splits.train, experiment.batch_size
    if not experiment.training.shuffle or size == len(rows.inputs):
        return 0
    index = np.dtype(np.intp).itemsize
    row: int = (math.prod(rows.inputs.shape[1:]) + rows.targets.shape[1]) * itemsize
    return len(experiment.seeds) * (size * (row + index) + len(rows.inputs) * index)


def _data(experiment: Experiment, itemsize: int) -> int:
    """The bytes of all rows, as read and as trained on."""
    numbers = sum(data.inputs.size + data.targets.size for data in experiment.splits.named().values())
    return int(numbers) * (FLOAT64 + itemsize)
