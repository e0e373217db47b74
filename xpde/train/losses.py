"""Losses of one time level: a mean over channels and space, then over the batch.

``pred`` p and ``ref`` q are batches (B, C, *N) and the result is a scalar. Sums over space are
means, as in :mod:`xpde.metrics`, but channels are averaged where metrics add them. Roots and
quotients are formed per sample, before the mean over the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of
from xpde.metrics import fourier_MSE
from xpde.metrics.fourier import Extent, box, check_band, half_weights, spectral_size
from xpde.metrics.sobolev import check_order
from xpde.space import Symbols

Array = Any
LevelLoss = Callable[[Array, Array], Array]

__all__ = [
    "MAE",
    "MSE",
    "RMSE",
    "FourierMSE",
    "LevelLoss",
    "SobolevMSE",
    "nMAE",
    "nMSE",
    "nRMSE",
]


def _per_sample(x: Array) -> Array:
    return namespace_of(x).mean(x, axis=tuple(range(1, x.ndim)))


def _mean_root(x: Array) -> Array:
    """Return mean √x, with slope 0 instead of infinity at a perfect sample."""
    xp = namespace_of(x)
    perfect = x == 0
    root = xp.sqrt(xp.where(perfect, xp.ones_like(x), x))
    return xp.mean(xp.where(perfect, xp.zeros_like(x), root))


def MSE(pred: Array, ref: Array) -> Array:
    """Return mean_B mean_{C,N} (p - q)² of two batches (B, C, *N), a scalar; no root, no volume."""
    error = pred - ref
    return namespace_of(error).mean(error * error)  # samples are equally large: one mean


def MAE(pred: Array, ref: Array) -> Array:
    """Return mean_B mean_{C,N} |p - q| of two batches (B, C, *N), a scalar."""
    xp = namespace_of(pred, ref)
    return xp.mean(xp.abs(pred - ref))


def RMSE(pred: Array, ref: Array) -> Array:
    """Return mean_B √[mean_{C,N} (p - q)²]; a sample without error has slope 0."""
    error = pred - ref
    return _mean_root(_per_sample(error * error))


def nMSE(pred: Array, ref: Array) -> Array:
    """Return mean_B [mean (p - q)² / mean q²]: the quotient is formed per sample, without ε."""
    error = pred - ref
    quotient = _per_sample(error * error) / _per_sample(ref * ref)
    return namespace_of(quotient).mean(quotient)


def nMAE(pred: Array, ref: Array) -> Array:
    """Return mean_B [mean |p - q| / mean |q|]: the quotient is formed per sample, without ε."""
    xp = namespace_of(pred, ref)
    quotient = _per_sample(xp.abs(pred - ref)) / _per_sample(namespace_of(ref).abs(ref))
    return xp.mean(quotient)


def nRMSE(pred: Array, ref: Array) -> Array:
    """Return mean_B √[mean (p - q)² / mean q²], without ε; a sample without error has slope 0."""
    error = pred - ref
    return _mean_root(_per_sample(error * error) / _per_sample(ref * ref))


def _reduced(size: Callable[[Array], Array], pred: Array, ref: Array, normalized: bool) -> Array:
    """Return mean_B A(p - q) / C, or mean_B A(p - q) / A(q), for a sum A over channels."""
    error = size(pred - ref)
    xp = namespace_of(error)
    return xp.mean(error / size(ref)) if normalized else xp.mean(error) / pred.shape[1]


@dataclass(frozen=True)
class FourierMSE:
    """The mean square error of a band of modes, or of its derivatives.

    l = mean_B A(p - q) / C,  or mean_B A(p - q) / A(q),
    A(v) = Σ_c Σ_j N⁻² Σ_k |κ_j^m v̂_c(k)|²

    over low ≤ max_j |k_j| ≤ high: A is :func:`xpde.metrics.fourier_MSE`. The whole band without
    derivative is :func:`MSE` or :func:`nMSE` (Parseval).

    Attributes
    ----------
    low, high
        Smallest and largest max_j |k_j| that counts, both inclusive; None has no upper end.
    derivative
        m; None takes none.
    extent
        Length of the box, one number or one per axis; it enters through derivatives alone.
    normalized
        Whether every sample is divided by the size of its reference in the band, without ε.

    Raises
    ------
    InvalidInput
        Unless 0 ≤ low ≤ high and derivative ≥ 0 are integers; at the call, if the states are
        complex or the band is empty on their grid.
    """

    low: int = 0
    high: int | None = None
    derivative: int | None = None
    extent: Extent = 1.0
    normalized: bool = False

    def __post_init__(self) -> None:
        check_band(self.low, self.high, self.derivative)

    def __call__(self, pred: Array, ref: Array) -> Array:
        """Return the loss of two batches (B, C, *N), a scalar."""

        def size(v: Array) -> Array:
            return fourier_MSE(
                v,
                dims=pred.ndim - 2,
                low=self.low,
                high=self.high,
                derivative=self.derivative,
                extent=self.extent,
            )

        return _reduced(size, pred, ref, self.normalized)


@dataclass(frozen=True)
class SobolevMSE:
    """The squared error in the Sobolev space H^s, per unit volume: at s = 1 slopes count too.

    l = mean_B A(p - q) / C,  or mean_B A(p - q) / A(q),
    A(v) = Σ_c Σ_k (1 + |κ|²)^s |v̂_c(k)/N|²,  κ_j = 2π k_j / L_j

    For one channel A is the square of :func:`xpde.metrics.sobolev`; s = 0 is :func:`MSE`, and
    s = 1 on odd N_j is ⟨v²⟩ + ⟨|∇v|²⟩.

    Attributes
    ----------
    s
        Order, any finite number; below 0 large scales weigh most.
    extent
        Length of the box, one number or one per axis. On the unit box the modes k = ±1 weigh 40
        times the mean at s = 1; lengths in units of the waves make H¹ milder.
    normalized
        Whether every sample is divided by the size of its reference in H^s, without ε.

    Raises
    ------
    InvalidInput
        If s is not finite; at the call, if the states are complex.
    """

    s: float = 1.0
    extent: Extent = 1.0
    normalized: bool = False

    def __post_init__(self) -> None:
        check_order(self.s)

    def __call__(self, pred: Array, ref: Array) -> Array:
        """Return the loss of two batches (B, C, *N), a scalar."""
        grid = box(pred, pred.ndim - 2, self.extent)
        weights = [half_weights(grid) * (1 + Symbols(grid).kappa2) ** self.s / grid.size**2]

        def size(v: Array) -> Array:
            return namespace_of(v).sum(spectral_size(v, weights, 2, 1), axis=-1)

        return _reduced(size, pred, ref, self.normalized)
