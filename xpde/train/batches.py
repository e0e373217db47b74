"""Which windows each update sees: a permutation per epoch, drawn on the host."""

from collections.abc import Iterator

import numpy as np

from xpde.core import stream
from xpde.errors import InvalidInput

__all__ = ["batch_plan"]


def batch_plan(
    count: int, batch_size: int, updates: int, seed: int, first: int = 0
) -> Iterator[np.ndarray]:
    """Yield the window numbers of updates ``first``, ..., ``updates - 1``.

    Epoch e is the permutation of ``count`` drawn from ``stream(seed, "batches", e)``, cut into
    ⌈count / batch_size⌉ batches. The last one may be short; it is kept and never filled. Update i
    is batch i mod ⌈·⌉ of epoch i div ⌈·⌉, so a plan can begin anywhere.
    """
    if batch_size < 1 or count < 1:
        raise InvalidInput(f"batches: expected sizes above 0, got {batch_size} of {count}")
    per_epoch = -(-count // batch_size)
    epoch, order = -1, np.empty(0, np.int64)
    for update in range(first, updates):
        if update // per_epoch != epoch:
            epoch = update // per_epoch
            order = stream(seed, "batches", epoch).permutation(count)
        slot = update % per_epoch
        yield order[slot * batch_size : (slot + 1) * batch_size]
