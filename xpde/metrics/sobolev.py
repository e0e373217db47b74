"""Errors of a state and its derivatives: Sobolev norms, and the benchmark's six sums."""

import math
from typing import Any, Unpack

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.metrics.form import Mode, check_states, compare
from xpde.metrics.fourier import (
    BandOptions,
    Extent,
    box,
    fourier_MAE,
    fourier_MSE,
    fourier_nMAE,
    fourier_nMSE,
    fourier_nRMSE,
    fourier_RMSE,
    half_weights,
    spectral_size,
)
from xpde.space import Symbols

__all__ = [
    "H1_MAE",
    "H1_MSE",
    "H1_RMSE",
    "H1_nMAE",
    "H1_nMSE",
    "H1_nRMSE",
    "check_order",
    "nsobolev",
    "sobolev",
]


def sobolev(
    pred: Array,
    ref: Array | None = None,
    *,
    dims: int,
    s: float = 1.0,
    extent: Extent = 1.0,
    mode: Mode = "absolute",
) -> Array:
    """Σ_c |u - r| in the Sobolev space H^s, per unit volume.

    A(v) = (Σ_k (1 + |κ|²)^s |v̂(k)/N|²)^(1/2),  κ_j = 2π k_j / L_j

    s = 0 is the RMSE; s < 0 weighs large scales. For odd N_j, A² at s = 1 is ``H1_MSE``; an even
    axis keeps the curvature of its Nyquist mode here, the slope of which is zero there.

    Parameters
    ----------
    pred, ref
        u and r, real, (..., C, *N); leading axes broadcast and are kept, channels are summed.
    dims
        D, the number of space axes.
    s
        Order, any real number.
    extent
        Length of the box, one number or one per axis. The 1 and |κ|² are added, so the value
        depends on the unit of length.
    mode
        Form of the comparison, see :func:`~xpde.metrics.norm`.

    Raises
    ------
    InvalidInput
        If the shapes differ, the states are complex, or s is not finite.
    """
    check_states(pred, ref, dims)
    check_order(s)
    grid = box(pred, dims, extent)
    weights = [half_weights(grid) * (1 + Symbols(grid).kappa2) ** s / grid.size**2]
    return compare(lambda v: spectral_size(v, weights, 2, 0.5), pred, ref, mode)


def nsobolev(pred: Array, ref: Array, *, dims: int, s: float = 1.0, extent: Extent = 1.0) -> Array:
    """Σ_c |u - r| / |r| in the Sobolev space H^s."""
    return sobolev(pred, ref, dims=dims, s=s, extent=extent, mode="normalized")


def check_order(s: Any) -> None:
    """Raise :class:`InvalidInput` unless the order of a Sobolev space is finite."""
    if not math.isfinite(s):
        raise InvalidInput(f"metrics: expected a finite order s, got {s}")


def H1_MAE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[BandOptions]
) -> Array:
    """fourier_MAE of the state plus fourier_MAE of its first derivatives."""
    slope = fourier_MAE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_MAE(pred, ref, dims=dims, **options) + slope


def H1_nMAE(pred: Array, ref: Array, *, dims: int, **options: Unpack[BandOptions]) -> Array:
    """fourier_nMAE of the state plus fourier_nMAE of its first derivatives: two ratios."""
    slope = fourier_nMAE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_nMAE(pred, ref, dims=dims, **options) + slope


def H1_MSE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[BandOptions]
) -> Array:
    """Σ_c ⟨(u - r)²⟩ + ⟨|∇(u - r)|²⟩, the squared H¹ norm per unit volume."""
    slope = fourier_MSE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_MSE(pred, ref, dims=dims, **options) + slope


def H1_nMSE(pred: Array, ref: Array, *, dims: int, **options: Unpack[BandOptions]) -> Array:
    """fourier_nMSE of the state plus fourier_nMSE of its first derivatives: two ratios."""
    slope = fourier_nMSE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_nMSE(pred, ref, dims=dims, **options) + slope


def H1_RMSE(
    pred: Array, ref: Array | None = None, *, dims: int, **options: Unpack[BandOptions]
) -> Array:
    """fourier_RMSE of the state plus that of its derivatives: roots are added, unlike in H¹."""
    slope = fourier_RMSE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_RMSE(pred, ref, dims=dims, **options) + slope


def H1_nRMSE(pred: Array, ref: Array, *, dims: int, **options: Unpack[BandOptions]) -> Array:
    """fourier_nRMSE of the state plus fourier_nRMSE of its first derivatives: two ratios."""
    slope = fourier_nRMSE(pred, ref, dims=dims, derivative=1, **options)
    return fourier_nRMSE(pred, ref, dims=dims, **options) + slope
