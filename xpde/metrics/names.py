"""Metrics by name, and the evaluation of a set of trajectories."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xpde.conventions import EXACT, Conventions
from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput, unknown_name
from xpde.metrics import fourier, sobolev, spatial, spectrum, variance
from xpde.metrics.correlation import correlation
from xpde.metrics.fourier import Extent, check_band

__all__ = ["METRICS", "Entry", "Metric", "evaluate", "metric"]

Metric = Callable[..., Array]

_BAND = {"low": int, "high": int, "derivative": int}
_BOX = ("extent", "conventions")


@dataclass(frozen=True)
class Entry:
    """One metric of two states, callable as its function ``(pred, ref, *, dims, ...)`` is.

    Attributes
    ----------
    function
        The function; its name is the name of the metric.
    form
        The arguments of its string in order, with their types: ``NAME;LOW;HIGH;DERIVATIVE``.
    settings
        What it takes from :func:`metric` besides: ``extent``, ``conventions``.
    check
        Refuses values of the arguments before there are states.
    """

    function: Metric
    form: Mapping[str, type] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    check: Callable[..., None] | None = None

    def __call__(self, *states: Array, dims: int, **options: Any) -> Array:
        """Measure states (..., C, *N), of absolute forms one alone; leading axes are kept."""
        return self.function(*states, dims=dims, **options)

    @property
    def string(self) -> str:
        """The string that asks for the metric, arguments in capitals."""
        return ";".join([self.function.__name__, *(part.upper() for part in self.form)])

    @property
    def meaning(self) -> str:
        """The first line of the function's documentation."""
        return (self.function.__doc__ or "").partition("\n")[0].removesuffix(".")


METRICS: dict[str, Entry] = {
    "MAE": Entry(spatial.MAE),
    "nMAE": Entry(spatial.nMAE),
    "sMAE": Entry(spatial.sMAE),
    "MSE": Entry(spatial.MSE),
    "nMSE": Entry(spatial.nMSE),
    "sMSE": Entry(spatial.sMSE),
    "RMSE": Entry(spatial.RMSE),
    "nRMSE": Entry(spatial.nRMSE),
    "sRMSE": Entry(spatial.sRMSE),
    "fourier_MAE": Entry(fourier.fourier_MAE, _BAND, _BOX, check_band),
    "fourier_nMAE": Entry(fourier.fourier_nMAE, _BAND, _BOX, check_band),
    "fourier_MSE": Entry(fourier.fourier_MSE, _BAND, _BOX, check_band),
    "fourier_nMSE": Entry(fourier.fourier_nMSE, _BAND, _BOX, check_band),
    "fourier_RMSE": Entry(fourier.fourier_RMSE, _BAND, _BOX, check_band),
    "fourier_nRMSE": Entry(fourier.fourier_nRMSE, _BAND, _BOX, check_band),
    "H1_MAE": Entry(sobolev.H1_MAE, settings=_BOX),
    "H1_nMAE": Entry(sobolev.H1_nMAE, settings=_BOX),
    "H1_MSE": Entry(sobolev.H1_MSE, settings=_BOX),
    "H1_nMSE": Entry(sobolev.H1_nMSE, settings=_BOX),
    "H1_RMSE": Entry(sobolev.H1_RMSE, settings=_BOX),
    "H1_nRMSE": Entry(sobolev.H1_nRMSE, settings=_BOX),
    "sobolev": Entry(sobolev.sobolev, {"s": float}, ("extent",), sobolev.check_order),
    "nsobolev": Entry(sobolev.nsobolev, {"s": float}, ("extent",), sobolev.check_order),
    "spectrum_error": Entry(spectrum.spectrum_error, settings=("extent",)),
    "VRMSE": Entry(variance.VRMSE),
    "correlation": Entry(correlation),
}
"""Every metric of two states by name; ``mean_`` before a name averages over the first axis."""


def metric(name: str, *, extent: Extent = 1.0, conventions: Conventions = EXACT) -> Metric:
    """Return the function ``(pred, ref, *, dims)`` of a string ``NAME;VALUE;...``.

    ``nRMSE`` keeps all leading axes; ``mean_nRMSE`` is its arithmetic mean over the first one,
    the samples. Absolute forms need no reference. Arguments are mandatory:
    ``mean_fourier_nRMSE;0;5;1`` is the first derivative of the modes up to 5. The keywords reach
    the metrics that use derivatives; the benchmark has ``extent=1.0`` whatever its box.

    Raises
    ------
    InvalidInput
        If the name is unknown (the text lists the nearest) or an argument is missing or wrong.
    """
    word, *values = (part.strip() for part in name.split(";"))
    base = word.removeprefix("mean_")
    if base not in METRICS:
        raise unknown_name("metric", word, [*METRICS, *(f"mean_{m}" for m in METRICS)])
    entry = METRICS[base]
    options = _arguments(name, entry, values)
    given = {"extent": extent, "conventions": conventions}
    options |= {key: given[key] for key in entry.settings}

    def each(pred: Array, ref: Array | None = None, *, dims: int) -> Array:
        return entry(*(x for x in (pred, ref) if x is not None), dims=dims, **options)

    def over_samples(pred: Array, ref: Array | None = None, *, dims: int) -> Array:
        values = each(pred, ref, dims=dims)
        return namespace_of(values).mean(values, axis=0)

    return each if base == word else over_samples


def _arguments(name: str, entry: Entry, values: Sequence[str]) -> dict[str, Any]:
    if len(values) != len(entry.form):
        raise InvalidInput(
            f"metric {name!r}: expected {entry.string}, got {len(values)} of "
            f"{len(entry.form)} values"
        )
    read: dict[str, Any] = {}
    for (part, kind), value in zip(entry.form.items(), values, strict=True):
        try:
            number = float(value)
            read[part] = int(number) if kind is int and number.is_integer() else kind(value)
        except ValueError as error:
            like = {int: "an integer", float: "a number"}[kind]
            raise InvalidInput(
                f"metric {name!r}: expected {part} as {like}, got {value!r}"
            ) from error
    if entry.check is not None:
        entry.check(**read)
    return read


def evaluate(
    pred: Array,
    ref: Array,
    metrics: Sequence[str],
    dims: int,
    *,
    extent: Extent = 1.0,
    conventions: Conventions = EXACT,
) -> dict[str, Array]:
    """Measure a set of trajectories step by step: ``{name: (T,)}``, or (S, T) without ``mean_``.

    Parameters
    ----------
    pred, ref
        (S, T, C, *N), both **without** the given initial state, which no emulator predicts.
    metrics
        Strings, see :func:`metric`.
    dims
        D, the number of space axes.
    extent, conventions
        See :func:`metric`.

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
    functions = {name: metric(name, extent=extent, conventions=conventions) for name in metrics}
    return {name: function(pred, ref, dims=dims) for name, function in functions.items()}
