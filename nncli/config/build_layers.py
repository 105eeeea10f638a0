"""Turn the layers of a config into the layers of a network."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nncli.errors import KeyPath
from nncli.nn.activations import Activation, activations
from nncli.nn.activations.linear import Linear
from nncli.nn.layers import Block, Layer, Shape, layers
from nncli.nn.parameters import ParameterSpec
from nncli.registry import changed, options_of

if TYPE_CHECKING:
    from nncli.nn.regularizers.added_layers import Normalization


@dataclass(frozen=True)
class PlacedLayer:
    """A layer in its network.

    Attributes:
        path: its path in the config; a layer added by a block or a regularizer has the path of that part.
        layer: what it does.
        input_shape: of one sample.
    """

    path: KeyPath
    layer: Layer
    input_shape: Shape

    @cached_property
    def output_shape(self) -> Shape:
        """Of one sample. Raises: `UserError` if it does not take its input."""
        return self.layer.output_shape(self.input_shape)

    @cached_property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """What it declares."""
        return tuple(self.layer.parameters(self.input_shape))

    @property
    def name(self) -> str:
        """The layer's name in a config."""
        return layers.name_of(self.layer)


def regularized(written: Iterable[Layer | Block]) -> list[Layer | Block]:
    """Layers, including those inside blocks, with the normalization and dropout that their regularizers add."""
    return [part for layer in written for part in _regularized(layer)]


def walk(written: Iterable[Layer | Block], above: KeyPath = ()) -> Iterator[tuple[KeyPath, Layer | Block]]:
    """Layers, blocks, and what is inside them, each once, as they are written: with the path of each."""
    for index, layer in enumerate(written):
        path = (*above, index)
        yield path, layer
        if isinstance(layer, Block):
            yield from walk(layer.layers, _inside(path, layer))


def trace(written: Iterable[Layer | Block], shape: Shape, above: KeyPath = ()) -> Iterator[PlacedLayer]:
    """Yield the layers of the network in order, for inputs of a shape.

    Raises:
        UserError: where a layer does not take its input, after it was yielded.
    """
    for index, layer in enumerate(written):
        shape = yield from _trace(layer, shape, (*above, index))


def _trace(layer: Layer | Block, shape: Shape, path: KeyPath) -> Generator[PlacedLayer, None, Shape]:
    """Like `trace`, for one written layer; returns its output shape."""
    if isinstance(layer, Block):
        places = {id(inner): place for place, inner in enumerate(layer.layers)}
        for part in layer.unfold(shape):
            place = places.get(id(part))
            shape = yield from _trace(part, shape, path if place is None else (*_inside(path, layer), place))
        return shape
    for plain in _with_regularizers(layer):
        yield (placed := PlacedLayer(path, plain, shape))
        shape = placed.output_shape
    return shape


def _inside(path: KeyPath, block: Block) -> KeyPath:
    return (*path, layers.name_of(block), "layers")


def _regularized(layer: Layer | Block) -> Iterator[Layer | Block]:
    if isinstance(layer, Block):
        yield changed(layer, layers=tuple(regularized(layer.layers)))
    else:
        yield from _with_regularizers(layer)


def _with_regularizers(layer: Layer) -> Iterator[Layer]:
    parts = getattr(layer, "regularizer", None) or ()
    if not parts:
        yield layer
        return
    from nncli.nn.layers.dropout import Dropout
    from nncli.nn.regularizers.added_layers import DropoutRegularizer, Normalization

    normalization = next((part for part in parts if isinstance(part, Normalization)), None)
    if normalization is None:
        yield layer
    else:
        yield from _normalized(layer, normalization)
    yield from (Dropout(part.rate, part.per) for part in parts if isinstance(part, DropoutRegularizer))


def _normalized(layer: Layer, normalization: Normalization) -> Iterator[Layer]:
    """The layer followed by its normalization, which goes before the activation if that is the layer's last step."""
    from nncli.nn.layers.activation import ActivationLayer
    from nncli.nn.layers.normalization import BatchNorm, LayerNorm

    norm = BatchNorm() if normalization.over == "batch" else LayerNorm()
    options = options_of(type(layer))
    if "activation" not in options or options["activation"].part_of is not activations:
        yield from (layer, norm)
        return
    function: Activation = getattr(layer, "activation")  # noqa: B009
    without_bias = {"bias": False} if normalization.over == "batch" and "bias" in options else {}
    yield from (changed(layer, activation=Linear(), **without_bias), norm)
    if not isinstance(function, Linear):
        yield ActivationLayer(function)
