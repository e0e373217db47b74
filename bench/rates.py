"""What the machine gives to a framework: products and bytes a second, measured in this process.

From them come floors: the seconds that the products (or bytes) of a case take at that rate, which
no other work of the case, activations, normalizations, optimizer, makes longer.
"""

from functools import cache
from statistics import median
from typing import Any

import numpy as np

import xpde
from bench import products as counted
from bench.clock import Case, Waiting, seconds, waiting
from xpde.nn import Network

__all__ = ["bandwidth", "bytes_moved", "gemm", "products", "update_floor"]

ROUNDS = 9
SIZE = {"cpu": 1024, "cuda": 8192}
"""Of the matrices: on a device a small product would time its launch."""
BYTES = 2**28
"""Of the array that is copied: more than any cache holds."""


def _median(bk: xpde.Backend, case: Case) -> float:
    for _ in range(2):
        case()
    return median(seconds(bk, case, 1) for _ in range(ROUNDS))


@cache
def gemm(bk: xpde.Backend) -> float:
    """Return multiply-adds a second of a product of two square matrices in the backend's type."""
    n = SIZE[bk.device.partition(":")[0]]
    a = bk.asarray(np.random.default_rng(0).standard_normal((n, n), dtype=np.float32))
    return n**3 / _median(bk, waiting(bk, lambda a, b: a @ b, a, a))


@cache
def bandwidth(bk: xpde.Backend) -> float:
    """Return bytes a second, read and written, of a large array copied to memory that is there.

    A new array would time the pages that the system gives, which are slower than the copy.
    """
    x = bk.asarray(np.ones(BYTES // np.dtype(bk.dtype).itemsize))
    return 2 * BYTES / _median(bk, _copying(bk, x))


def _copying(bk: xpde.Backend, x: Any) -> Waiting:
    buffer = bk.row_buffer(x, 1)
    if buffer is not None:

        def copy() -> None:
            buffer[0, ...] = x
            bk.synchronize(buffer)

        return Waiting(bk, copy)
    import jax

    # its arrays are never written, but a program may write where an argument was
    negative, state = jax.jit(lambda x: -x, donate_argnums=0), [x]

    def case() -> None:
        state[0] = jax.block_until_ready(negative(state[0]))

    return Waiting(bk, case)


def products(bk: xpde.Backend, flops: float) -> float:
    """Return the seconds that so many operations (two a multiply-add) take at the rate of GEMM."""
    return 0.5 * flops / gemm(bk)


def bytes_moved(bk: xpde.Backend, count: float) -> float:
    """Return the seconds that so many bytes, read and written, take at the bandwidth."""
    return count / bandwidth(bk)


def update_floor(
    bk: xpde.Backend, network: Network, points: tuple[int, ...], batch: int, steps: int = 1
) -> float:
    """Return the seconds that the products of one update take: a floor of training.

    ``points`` is the grid (N1, ..., ND), ``batch`` the windows of a batch, ``steps`` how often the
    network is applied to each. See :func:`bench.products.updating` for what is counted.
    """
    return products(bk, 2 * counted.updating(network, points, batch, steps))
