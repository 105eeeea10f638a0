"""Turn the layers of a config into the layers of a network."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from nncli.errors import KeyPath
from nncli.nn.layers import Block, Layer, Shape, config_name, layers
from nncli.nn.parameters import ParameterSpec
from nncli.nn.regularizers import added_by
from nncli.registry import changed


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
        return config_name(self.layer)


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


def _with_regularizers(layer: Layer) -> Sequence[Layer]:
    """The layer with those that its regularizers add."""
    found: Sequence[Layer] = (layer,)
    for part in sorted(added_by(getattr(layer, "regularizer", None) or ()), key=lambda part: part.order):
        found = part.add_to(found)
    return found
