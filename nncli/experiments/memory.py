"""Estimate the memory that training takes from a description, without allocating it."""

from __future__ import annotations

import math

import numpy as np

from nncli.config.disk_space import history_bytes
from nncli.config.experiment import Experiment
from nncli.nn.layers import Layer, Shape
from nncli.nn.passes import divide, numbers_per_sample, room, together
from nncli.training.flow import ROWS
from nncli.training.settings import piece_sizes

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
        scratch      what the layers declare in addition, for each batch size
        batches      if they are shuffled, R (B rows, and the order of all N); else B rows, if B is not N
        data         N rows, in float64 and in the dtype; and R outcomes
        flow         if it is recorded, a network of one replica on up to 256 rows; with its optimizer or, if larger,
                     float64 copies of the weights or activations of a layer
        history      if weights are recorded, R P for each recorded epoch, twice: in the stack and in the outcomes

    Or, if larger, theta, its gradient, and the largest parameter twice in float64 while it is drawn.
    """
    R, itemsize = len(experiment.seeds), experiment.dtype.itemsize
    layers = [(placed.layer, placed.input_shape) for placed in experiment.placed_layers]
    sizes = [spec.size for placed in experiment.placed_layers for spec in placed.parameters]
    P = sum(sizes)
    numbers = _rows_of_parameters(experiment) * P + _buffers(experiment, layers)
    drawn = 2 * R * P * itemsize + 2 * max(sizes, default=0) * FLOAT64
    trained = numbers * itemsize + _scratch(experiment, layers) + _batches(experiment, itemsize)
    recorded = _flow(experiment, layers, P) + _history(experiment)
    return R * OUTCOME + _data(experiment, itemsize) + max(trained, drawn) + recorded


def _flow(experiment: Experiment, layers: list[tuple[Layer, Shape]], P: int) -> int:
    """The bytes of measuring what flows through the layers of one replica."""
    if "flow" not in experiment.training.record:
        return 0
    rows = min(ROWS, len(experiment.splits.train.inputs))
    widest = max(math.prod(layer.output_shape(shape)) for layer, shape in layers)
    largest = max(sum(spec.size for spec in layer.parameters(shape)) for layer, shape in layers)
    slots = len(experiment.training.optimizer.slots) * P * experiment.dtype.itemsize
    passed_on = max(slots, 4 * largest * FLOAT64, 3 * rows * widest * FLOAT64)
    return rows * _sample_bytes(experiment, layers) + 2 * P * experiment.dtype.itemsize + passed_on


def _history(experiment: Experiment) -> int:
    """The bytes of recorded weights."""
    return 2 * history_bytes(experiment) if "weights" in experiment.training.record else 0


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
    per_sample = numbers_per_sample(layers, experiment.first_trained_layer)
    outputs = 3 * R * B * experiment.outputs
    return room(R, B, _sample_bytes(experiment, layers)) * per_sample + outputs


def _sample_bytes(experiment: Experiment, layers: list[tuple[Layer, Shape]]) -> int:
    """The bytes kept for each sample in the buffers."""
    return numbers_per_sample(layers, experiment.first_trained_layer) * experiment.dtype.itemsize


def _scratch(experiment: Experiment, layers: list[tuple[Layer, Shape]]) -> int:
    """The bytes of the scratch that layers declare, for every size of a batch."""
    R, first, itemsize = len(experiment.seeds), experiment.first_trained_layer, experiment.dtype.itemsize
    train, others = _batch_sizes(experiment)
    found: dict[object, int] = {}
    for B, training in [*((B, True) for B in train), *((B, False) for B in others)]:
        group = divide(R, together(R, B, _sample_bytes(experiment, layers)))[0].stop
        for index, (layer, shape) in enumerate(layers):
            for name, array in layer.scratch(shape, group, B, back=training and index > first).items():
                own = math.prod(array.shape) * (itemsize if array.dtype is None else np.dtype(array.dtype).itemsize)
                key = (index, name, array.shape[1:])
                found[key] = max(own, found.get(key, 0))
    return sum(found.values())


def _batch_sizes(experiment: Experiment) -> tuple[set[int], set[int]]:
    """The sizes of the training batches and of the evaluation batches."""
    most = experiment.capacity
    splits = experiment.splits.named()
    train = piece_sizes(len(splits["train"].inputs), experiment.batch_size)
    return train, set().union(*(piece_sizes(len(data.inputs), most) for data in splits.values()))


def _batches(experiment: Experiment, itemsize: int) -> int:
    """The bytes of batches: shuffled, with the order of all rows and the indices of a batch; and of pieces in order."""
    rows, size = experiment.splits.train, experiment.batch_size
    row: int = (math.prod(rows.inputs.shape[1:]) + rows.targets.shape[1]) * itemsize
    evaluated = [len(data.inputs) for data in experiment.splits.named().values()]
    most = experiment.capacity
    in_order = row * sum(sum(piece_sizes(count, most)) for count in evaluated if count > most)
    if size == len(rows.inputs):
        return in_order
    if not experiment.training.shuffle:
        return in_order + row * sum(piece_sizes(len(rows.inputs), size))
    index = np.dtype(np.intp).itemsize
    return in_order + len(experiment.seeds) * (size * (row + index) + len(rows.inputs) * index)


def _data(experiment: Experiment, itemsize: int) -> int:
    """The bytes of all rows, as read and as trained on."""
    numbers = sum(data.inputs.size + data.targets.size for data in experiment.splits.named().values())
    return int(numbers) * (FLOAT64 + itemsize)
