"""The receptive field of a network, measured by its Jacobian."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of
from xpde.errors import InvalidInput
from xpde.nn.network import Network

Array = Any

__all__ = ["footprint", "measured_receptive_field"]


def footprint(
    network: Network, params: Tree, u: Array, at: Sequence[int], tolerance: float = 0.0
) -> np.ndarray:
    """Return which cells of the input the output at one point depends on, to first order.

    A host array of booleans (*N): true at x where |∂y[o, at] / ∂u[c, x]| is above ``tolerance``
    times the largest of these derivatives, for any channels o and c and any member of a batch.

    Parameters
    ----------
    network, params
        The plan, and its parameters on the backend of ``u``.
    u
        The states (..., C, *N) to differentiate at. One is enough for smooth activations; with
        relu, a batch of random states makes it likely that every path is open somewhere.
    at
        The point, an index for each axis.
    tolerance
        0 where convolutions sum exact zeros (all backends on a CPU); a few units of rounding
        where a library computes them by transforms.

    Raises
    ------
    InvalidInput
        If ``at`` is not an index of the grid.
    """
    size: tuple[int, ...] = tuple(u.shape[-network.dims :])
    if len(at) != len(size) or not all(0 <= i < n for i, n in zip(at, size, strict=True)):
        raise InvalidInput(f"at: expected an index of the grid {size}, got {tuple(at)}")
    bk = backend_of(u)
    out, pull = bk.vjp(lambda v: network.apply(params, v), u)
    slope = np.zeros(size)
    for channel in range(out.shape[-network.dims - 1]):
        host = np.zeros(out.shape)
        index: tuple[Any, ...] = (..., channel, *at)
        host[index] = 1.0
        (gradient,) = pull(bk.asarray(host, like=out))
        found = np.abs(bk.to_numpy(gradient)).reshape(-1, *size)
        slope = np.maximum(slope, found.max(axis=0))
    return slope > tolerance * slope.max()


def measured_receptive_field(
    network: Network, params: Tree, u: Array, tolerance: float = 0.0
) -> tuple[tuple[int, int], ...]:
    """Return (left, right) for each axis: how many cells away the output in the middle sees.

    Distances are counted from N//2, so on a periodic grid that is too small for the network they
    end at N//2 and (N-1)//2. Takes what :func:`footprint` takes.
    """
    middle = tuple(n // 2 for n in u.shape[-network.dims :])
    seen = np.argwhere(footprint(network, params, u, middle, tolerance)) - np.asarray(middle)
    if not seen.size:
        return ((0, 0),) * network.dims
    return tuple((int(max(-s.min(), 0)), int(max(s.max(), 0))) for s in seen.T)
