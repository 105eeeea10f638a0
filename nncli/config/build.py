"""From a complete description to the layers of its network."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from nncli.config.document import Path
from nncli.nn.activations import Activation, activations
from nncli.nn.activations.linear import Linear
from nncli.nn.layers import Block, Layer, Shape, layers, unfold
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.normalization import BatchNorm, LayerNorm
from nncli.nn.parameters import ParameterSpec, trained_size
from nncli.nn.regularizers import DropoutRegularizer, Normalization
from nncli.registry import options_of

if TYPE_CHECKING:
    from nncli.config.resolve import Experiment


def build_layers(experiment: Experiment) -> list[Layer]:
    """All layers of the network one behind the other, blocks unfolded, the output layer last."""
    return unfold([*hidden_layers(experiment), output_layer(experiment)], input_shape(experiment))


def hidden_layers(experiment: Experiment) -> list[Layer | Block]:
    """The hidden layers as they are written, with the layers that their regularizers add."""
    return regularized(experiment.config.architecture)


def output_layer(experiment: Experiment) -> Dense:
    """The last layer."""
    output: Any = experiment.config.output
    applied_by_loss = output.loss.includes != "linear"
    return Dense(
        units=experiment.splits.train.targets.shape[1],
        activation=Linear() if applied_by_loss else output.activation,
        initializer=output.initializer,
        bias_initializer=output.bias_initializer,
        regularizer=output.regularizer,
        bias=output.bias,
    )


def regularized(written: Iterable[Layer | Block]) -> list[Layer | Block]:
    """Layers, also those inside blocks, with the normalization and the dropout that their regularizers ask for."""
    return [part for layer in written for part in _regularized(layer)]


def walk(written: Iterable[Layer | Block], above: Path = ()) -> Iterator[tuple[Path, Layer | Block]]:
    """Layers, blocks, and what is inside them, each once, as they are written: with the path of each."""
    for index, layer in enumerate(written):
        path = (*above, index)
        yield path, layer
        if isinstance(layer, Block):
            yield from walk(layer.layers, _inside(path, layer))


def trace(written: Iterable[Layer | Block], shape: Shape, above: Path = ()) -> Iterator[tuple[Path, Layer, Shape]]:
    """The layers of the network one behind the other, each with the path where it is written and its input's shape.

    Raises:
        UserError: where a layer does not take its input, after it was yielded.
    """
    for index, layer in enumerate(written):
        shape = yield from _trace(layer, shape, (*above, index))


def input_shape(experiment: Experiment) -> Shape:
    """The shape of one sample."""
    return tuple(experiment.splits.train.inputs.shape[1:])


def parameter_count(experiment: Experiment) -> int:
    """The trained parameters of one replica."""
    return sum(map(trained_size, _parameters(experiment)))


def weight_count(experiment: Experiment) -> int:
    """The same with those that are not trained: all numbers of one replica in `weights.npz`."""
    return sum(spec.size for of_layer in _parameters(experiment) for spec in of_layer)


def _parameters(experiment: Experiment) -> Iterator[tuple[ParameterSpec, ...]]:
    """What each layer learns."""
    shape = input_shape(experiment)
    for layer in build_layers(experiment):
        yield layer.parameters(shape)
        shape = layer.output_shape(shape)


def steps_per_epoch(experiment: Experiment) -> int:
    """The batches that the training rows make."""
    return -(-len(experiment.splits.train.inputs) // batch_size(experiment))


def batch_size(experiment: Experiment) -> int:
    """The rows per step as a number."""
    given: Any = experiment.config.training.batch_size
    rows = len(experiment.splits.train.inputs)
    return rows if given == "all" else min(given, rows)


def _trace(layer: Layer | Block, shape: Shape, path: Path) -> Generator[tuple[Path, Layer, Shape], None, Shape]:
    """As `trace`, of one that is written; the shape of its output."""
    if isinstance(layer, Block):
        places = {id(inner): place for place, inner in enumerate(layer.layers)}
        for part in layer.unfold(shape):
            place = places.get(id(part))
            shape = yield from _trace(part, shape, path if place is None else (*_inside(path, layer), place))
        return shape
    for plain in _with_regularizers(layer):
        yield path, cast("Layer", plain), shape
        shape = cast("Layer", plain).output_shape(shape)
    return shape


def _inside(path: Path, block: Block) -> Path:
    return (*path, layers.name_of(block), "layers")


def _regularized(layer: Any) -> Iterator[Any]:
    if isinstance(layer, Block):
        yield dataclasses.replace(layer, layers=tuple(regularized(layer.layers)))  # type: ignore[type-var]
    else:
        yield from _with_regularizers(layer)


def _with_regularizers(layer: Any) -> Iterator[Any]:
    parts = getattr(layer, "regularizer", None) or ()
    normalization = next((part for part in parts if isinstance(part, Normalization)), None)
    if normalization is None:
        yield layer
    else:
        yield from _normalized(layer, normalization)
    yield from (Dropout(part.rate, part.per) for part in parts if isinstance(part, DropoutRegularizer))


def _normalized(layer: Any, normalization: Normalization) -> Iterator[Any]:
    """The layer with its normalization behind it; but before its activation, if that comes last in what it does."""
    norm = BatchNorm() if normalization.over == "batch" else LayerNorm()
    options = options_of(type(layer))
    if "activation" not in options or options["activation"].part_of is not activations:
        yield from (layer, norm)
        return
    function: Activation = layer.activation
    without_bias = {"bias": False} if normalization.over == "batch" and "bias" in options else {}
    yield from (dataclasses.replace(layer, activation=Linear(), **without_bias), norm)
    if not isinstance(function, Linear):
        yield ActivationLayer(function)
