"""Find the first NaN or infinity of a trajectory."""

import math

import numpy as np

from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput

__all__ = ["first_nonfinite"]


def first_nonfinite(trajectory: Array, dims: int) -> tuple[int, int] | None:
    """Return (step, sample) of the first value that is not finite, or None if all are.

    Parameters
    ----------
    trajectory
        (..., T, C, *N); leading axes are samples, counted in row-major order.
    dims
        D, the number of space axes.

    The step is the smallest index along T with a value that is not finite in any sample; the
    sample is the first one there. The answer is computed where the array lives and read once by
    the host.
    """
    if trajectory.ndim < dims + 2:
        raise InvalidInput(
            f"trajectory: expected (..., T, C, *N) with {dims} space axes, "
            f"got shape {tuple(trajectory.shape)}"
        )
    bk = backend_of(trajectory)
    finite = bk.xp.all(bk.xp.isfinite(trajectory), axis=tuple(range(-dims - 1, 0)))
    bad = ~bk.to_numpy(finite).astype(bool)
    steps = bad.reshape(math.prod(bad.shape[:-1]), bad.shape[-1])
    if not steps.any():
        return None
    step = int(np.argmax(steps.any(axis=0)))
    return step, int(np.argmax(steps[:, step]))
