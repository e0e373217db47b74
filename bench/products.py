"""How many products a network needs: counted over its layers, none of them computed."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from math import log2, prod
from typing import Any

from xpde.nn import (
    MLP,
    Attention,
    Convolution,
    Network,
    Planned,
    Pointwise,
    SpectralConvolution,
    TransposedConvolution,
)
from xpde.nn.fno import SpectralBlock
from xpde.nn.hierarchy import Hierarchy

__all__ = ["layers", "multiply_adds", "updating"]

Points = tuple[int, ...]


def layers(node: Any, points: Points) -> Iterator[tuple[Any, Points]]:
    """Yield the layers of a network that have parameters, each with the grid of its input."""
    if isinstance(node, MLP):
        yield from layers(node.plan, (1,))  # a state is one column
    elif isinstance(node, Planned):
        yield from layers(node.plan, points)
    elif isinstance(node, Hierarchy):
        yield from layers((node.lift, node.project), points)
        for level in node.levels:
            coarse = tuple(n // 2 for n in points)
            yield from layers((level.down, level.right), points)
            yield from layers((level.left, level.up), coarse)
            points = coarse
    elif isinstance(node, SpectralBlock):
        yield from layers((node.spectral, node.bypass), points)
    elif isinstance(node, tuple):
        for part in node:
            yield from layers(part, points)
    elif is_dataclass(node):
        parts = tuple(part for field in fields(node) if _holds(part := getattr(node, field.name)))
        yield from layers(parts, points) if parts else iter([(node, points)])


def _holds(part: Any) -> bool:
    """Whether a part of a layer is a layer, or several of them."""
    return is_dataclass(part) or (isinstance(part, tuple) and any(map(is_dataclass, part)))


def _products(layer: Any, points: Points) -> int:
    """Return the multiply-adds of one layer for one state; 0 if it is not made of products.

    Convolution: every output sees kᴰ cells of every channel. Transposed: every input goes to as
    many, the zeros between inputs cost nothing. Spectral: four products for each pair of channels
    and mode, and a fast real transform of each channel, 5/2 P log₂ P operations, half as many
    multiply-adds. Attention: four matrices at every point, and twice all pairs of points.
    """
    size = prod(points)
    match layer:
        case Convolution():
            size = prod(-(-n // layer.stride) for n in points)
            return layer.kernel**layer.dims * layer.channels_in * layer.channels_out * size
        case TransposedConvolution():
            return layer.kernel**layer.dims * layer.channels_in * layer.channels_out * size
        case Pointwise():
            return layer.channels_in * layer.channels_out * size
        case SpectralConvolution():
            modes = 2 ** (layer.dims - 1) * layer.modes**layer.dims
            transforms = 1.25 * (layer.channels_in + layer.channels_out) * size * log2(size)
            return 4 * modes * layer.channels_in * layer.channels_out + round(transforms)
        case Attention():
            return 4 * layer.channels**2 * size + 2 * layer.channels * size**2
    return 0  # norms and activations go over each number once


def multiply_adds(network: Network, points: Points) -> int:
    """Return the multiply-adds of one application to one state on a grid of so many points."""
    return sum(_products(layer, at) for layer, at in layers(network, points))


def updating(network: Network, points: Points, batch: int, steps: int = 1) -> int:
    """Return the multiply-adds of an update on ``batch`` windows of ``steps`` steps.

    Three times those of the forward pass: a product y = W x has two in reverse, Wᵀ ȳ and ȳ xᵀ.
    """
    return 3 * steps * batch * multiply_adds(network, points)
