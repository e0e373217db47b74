"""Numbers of a whole rollout: how long it holds, and its error in one figure."""

import math

import numpy as np

from xpde.core import backend_of, namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.metrics.correlation import correlation

__all__ = ["correlation_time", "gmean"]


def correlation_time(pred: Array, ref: Array, *, dims: int, threshold: float = 0.8) -> Array:
    """Return the first step whose correlation is below the threshold, for every sample.

    Steps count from 1, the first prediction; T + 1 says that all T steps hold. Nothing is
    interpolated between steps, and NaN is below every threshold. Multiply by dt for a time.

    Parameters
    ----------
    pred, ref
        (..., T, C, *N), both without the given initial state.
    dims
        D, the number of space axes.
    threshold
        The least correlation (see :func:`~xpde.metrics.correlation`) that counts as held.

    Returns
    -------
    Array of the leading axes, whole numbers in the precision of the states.

    Raises
    ------
    InvalidInput
        If the shapes of T, C and N differ.
    """
    shapes = tuple(pred.shape), tuple(ref.shape)
    if len(shapes[0]) < dims + 2 or shapes[0][-dims - 2 :] != shapes[1][-dims - 2 :]:
        raise InvalidInput(
            f"correlation_time: expected two rollouts (..., T, C, *N) of one shape with {dims} "
            f"space axes, got {shapes[0]} and {shapes[1]}; leave the initial state out of both"
        )
    values = correlation(pred, ref, dims=dims)
    xp, bk = namespace_of(values), backend_of(values)
    steps = bk.asarray(np.arange(1.0, values.shape[-1] + 1), like=values)
    never = xp.ones_like(values) * (values.shape[-1] + 1.0)
    return xp.min(xp.where(values >= threshold, never, steps), axis=-1)


def gmean(errors: Array, upto: int | None = None) -> Array:
    """(∏ e_t)^(1/T) over the steps t = 1 .. T of an error curve (..., T), through logarithms.

    The benchmark's figure of a rollout is the geometric mean of ``mean_nRMSE`` with
    ``upto=100``. One zero makes it 0; a negative or missing error makes it NaN.

    Parameters
    ----------
    errors
        (..., T), as :func:`~xpde.metrics.evaluate` gives them; leading axes are kept.
    upto
        The last step that counts, inclusive; step 1 is the first prediction. None takes all.

    Raises
    ------
    InvalidInput
        If ``upto`` is not one of the steps.

    References: Koehler et al., APEBench (2024), ``aggregate_gmean``.
    """
    steps = errors.shape[-1]
    last = steps if upto is None else upto
    if not 1 <= last <= steps:
        raise InvalidInput(f"gmean: expected upto from 1 to the {steps} steps, got {upto}")
    xp, errors = namespace_of(errors), errors[..., :last]
    one = xp.ones_like(errors)
    positive = errors > 0
    lost = xp.where(errors == 0, 0 * one, one * math.nan)
    factor = xp.min(xp.where(positive, one, lost), axis=-1)  # 1, or 0 or NaN where one entry is
    return factor * xp.exp(xp.mean(xp.log(xp.where(positive, errors, one)), axis=-1))
