"""Kolmogorov forcing: one body force, in the forms that the conventions name."""

import numpy as np

from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde.products import Products
from xpde.space import Grid

__all__ = ["body_force", "curl_of_force"]


def curl_of_force(s: Products, mode: int) -> Array:
    """Return the spectrum of the curl of sin(κ x_1) e_0 in 2D, κ = 2πk/L_1, as (*M).

    ω = ∂_1 U - ∂_0 V, hence +κ cos(κ x_1). The reference adds -k cos(κ x_1).
    """
    kappa = _checked(s, mode)
    strength = {"curl": kappa, "reference": -float(mode)}[s.conventions.forcing]
    return s.after.place(strength * _wave(s.band.modes, s.band.grid.size, mode, 0.5, 0.5))


def body_force(s: Products, mode: int) -> Array:
    """Return the spectrum of sin(κ x_1) e_0, κ = 2πk/L_1, as (D, *M).

    The reference sets the coefficient of +k alone to half the number of points, which the real
    transform shows as ½ cos(κ x_1) in 3D.
    """
    _checked(s, mode)
    up, down = {"curl": (-0.5j, 0.5j), "reference": (0.5, 0.0)}[s.conventions.forcing]
    along = _wave(s.band.modes, s.band.grid.size, mode, up, down)
    return s.after.place(np.stack([along, *[np.zeros_like(along)] * (s.band.grid.dims - 1)]))


def _wave(modes: Grid, size: int, mode: int, up: complex, down: complex) -> np.ndarray:
    """Return ``size`` (up e^{iκx_1} + down e^{-iκx_1}) as an unscaled spectrum; half in 2D."""
    spectrum = np.zeros(modes.spectral_shape, dtype=np.complex128)
    rest = (0,) * (modes.dims - 2)
    spectrum[(0, mode, *rest)] = up * size
    if rest:  # in 2D axis 1 is the last, of which only k ≥ 0 is stored
        spectrum[(0, -mode, *rest)] = down * size
    return spectrum


def _checked(s: Products, mode: int) -> float:
    """Return κ; refuse a mode that products do not keep."""
    highest, points = s.band.cutoff[1], s.band.grid.points[1]
    if not 1 <= mode <= highest or 2 * mode == points:
        raise InvalidInput(
            f"forcing: expected injection_mode from 1 to {highest} (the modes that products "
            f"keep), got {mode}; use more points"
        )
    return 2 * np.pi * mode / s.band.grid.extent[1]
