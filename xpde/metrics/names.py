"""Metrics by name, and the evaluation of a set of trajectories."""

from collections.abc import Callable, Sequence

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput, unknown_name
from xpde.metrics.correlation import correlation
from xpde.metrics.spatial import MAE, MSE, RMSE, nMAE, nMSE, nRMSE, sMAE, sMSE, sRMSE

__all__ = ["METRICS", "Metric", "evaluate", "metric"]

Metric = Callable[..., Array]

METRICS: dict[str, Metric] = {
    "MAE": MAE,
    "MSE": MSE,
    "RMSE": RMSE,
    "correlation": correlation,
    "nMAE": nMAE,
    "nMSE": nMSE,
    "nRMSE": nRMSE,
    "sMAE": sMAE,
    "sMSE": sMSE,
    "sRMSE": sRMSE,
}
"""Every metric of two states by name; ``mean_`` before a name averages over the first axis."""


def metric(name: str) -> Metric:
    """Return the function ``(pred, ref, *, dims)`` of a name.

    ``nRMSE`` keeps all leading axes; ``mean_nRMSE`` is its arithmetic mean over the first one,
    the samples.

    Raises
    ------
    InvalidInput
        If the name is unknown; the text lists the nearest valid ones.
    """
    base = name.removeprefix("mean_")
    if base not in METRICS:
        raise unknown_name("metric", name, [*METRICS, *(f"mean_{m}" for m in METRICS)])
    if base == name:
        return METRICS[base]

    def over_samples(pred: Array, ref: Array, *, dims: int) -> Array:
        return namespace_of(pred, ref).mean(METRICS[base](pred, ref, dims=dims), axis=0)

    return over_samples


def evaluate(pred: Array, ref: Array, metrics: Sequence[str], dims: int) -> dict[str, Array]:
    """Measure a set of trajectories step by step: ``{name: (T,)}``, or (S, T) without ``mean_``.

    Parameters
    ----------
    pred, ref
        (S, T, C, *N), both **without** the given initial state, which no emulator predicts.
    metrics
        Names, see :func:`metric`.
    dims
        D, the number of space axes.

    Raises
    ------
    InvalidInput
        If the shapes differ: a reference with one more frame still holds the initial state.
    """
    given, wanted = tuple(pred.shape), tuple(ref.shape)
    if given != wanted or len(given) != dims + 3:
        raise InvalidInput(
            f"evaluate: expected two sets (S, T, C, *N) of one shape with {dims} space axes, got "
            f"{given} and {wanted}; leave the initial state out of both"
        )
    functions = {name: metric(name) for name in metrics}
    return {name: function(pred, ref, dims=dims) for name, function in functions.items()}
