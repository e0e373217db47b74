"""The band of modes that products may use, stored compactly."""

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.core.zeros import zeros_beside
from xpde.errors import InvalidInput
from xpde.space.grid import Grid
from xpde.space.short import short_to_band, short_to_grid
from xpde.space.symbols import Symbols

__all__ = ["Band"]


@dataclass(frozen=True)
class Band:
    """The modes |k_j| ≤ K_j of a grid, kept as the spectrum of a smaller grid of 2 K_j + 1 points.

    K_j = ⌊fraction · ⌊N_j/2⌋ - 1⌋ in exact arithmetic. With fraction 2/3 quadratic products of
    band-limited fields are free of aliasing inside the band. A band array (..., *M) holds the
    retained entries of the full spectrum, in the same scaling, so a mask never has to be
    multiplied: operators are the :class:`~xpde.space.Symbols` of ``modes``, whose odd number of
    points has no Nyquist mode. Transforms skip the empty columns where that is faster. With
    ``fraction=None`` the band is the whole spectrum.

    ``compact=False`` keeps the full shape (..., *K) instead: nothing is cut or padded, and the
    symbols of the band (:meth:`before` and :meth:`after` products) carry the mask. It costs more
    arithmetic and fewer calls.

    Attributes
    ----------
    grid
        The grid that products are formed on.
    fraction
        Number in (0, 1] or None. A float stands for the nearest fraction with a denominator
        below 1000, so that 0.6666666666666666 means 2/3.
    compact
        Whether band arrays hold the retained modes alone.
    masked
        ``both``: factors and products are cut to the band. ``before``: products are not, as in
        the first versions of the benchmark; it needs the full layout.

    Raises
    ------
    InvalidInput
        If the fraction is out of range or an axis keeps no mode.
    """

    grid: Grid
    fraction: Fraction | float | None = Fraction(2, 3)
    compact: bool = True
    masked: str = "both"

    def __post_init__(self) -> None:
        if self.compact and self.masked != "both":
            object.__setattr__(self, "compact", False)
        if self.fraction is None:
            return
        if not 0 < self.fraction <= 1:
            raise InvalidInput(f"dealias: expected a fraction in (0, 1], got {self.fraction}")
        exact = Fraction(self.fraction).limit_denominator(1000)
        object.__setattr__(self, "fraction", exact)
        if min(self.cutoff) < 0:
            raise InvalidInput(
                f"dealias: expected points that leave the mean mode with fraction {exact}, "
                f"got {self.grid.points}; use more points, or dealias=None"
            )

    @property
    def cutoff(self) -> tuple[int, ...]:
        """K_j, the highest retained wavenumber of every axis."""
        if self.fraction is None:
            return tuple(n // 2 for n in self.grid.points)
        exact = Fraction(self.fraction)
        return tuple(math.floor(exact * (n // 2)) - 1 for n in self.grid.points)

    @cached_property
    def modes(self) -> Grid:
        """The grid whose spectrum holds the band."""
        if self.fraction is None or not self.compact:
            return self.grid
        return Grid(tuple(2 * k + 1 for k in self.cutoff), self.grid.extent)

    @cached_property
    def complete(self) -> bool:
        """Whether band arrays have the shape of the whole spectrum."""
        return self.modes == self.grid

    @cached_property
    def _pruned(self) -> bool:
        """Whether one axis after the other, empty columns skipped, is faster (measured)."""
        large = self.grid.dims == 2 and self.grid.size > 2**15
        return not (self.complete or large or self.grid.dims == 1)

    def mask(self) -> np.ndarray:
        """Return the retained modes as a host boolean array of the full spectral shape."""
        inside = np.ones(self.grid.spectral_shape, dtype=bool)
        for axis, cutoff in enumerate(self.cutoff):
            inside &= self.grid.along(np.abs(self.grid.wavenumbers(axis)) <= cutoff, axis)
        return inside

    def before(self, like: Array | None = None, conventions: Conventions = EXACT) -> Symbols:
        """Return the symbols that act on factors: zero outside the band."""
        return Symbols(self.modes, like, self._layout_mask(), conventions)

    def after(self, like: Array | None = None, conventions: Conventions = EXACT) -> Symbols:
        """Return the symbols that act on products: zero outside the band if those are masked."""
        mask = self._layout_mask() if self.masked == "both" else None
        return Symbols(self.modes, like, mask, conventions)

    def _layout_mask(self) -> np.ndarray | None:
        return None if self.fraction is None or self.compact else self.mask()

    def restrict(self, u_hat: Array) -> Array:
        """Take the band (..., *M) out of a full spectrum (..., *K)."""
        if self.complete:
            return u_hat
        u_hat = u_hat[..., : self.cutoff[-1] + 1]
        for axis in range(-self.grid.dims, -1):
            u_hat = self._take(u_hat, axis)
        return u_hat

    def extend(self, band: Array) -> Array:
        """Put a band into a full spectrum that is zero elsewhere; right inverse of restrict."""
        if self.complete:
            return band
        for axis in range(-self.grid.dims, 0):
            band = self._pad(band, axis)
        return band

    def to_grid(self, band: Array) -> Array:
        """Transform band arrays (..., *M) to the grid (..., *N)."""
        bk = backend_of(band)
        if self.by_products(band):
            return short_to_grid(band, self.grid.points)
        if not self._pruned:
            return bk.irfftn(self.extend(band), self.grid.points)
        for axis in range(-self.grid.dims, -1):
            band = bk.ifftn(self._pad(band, axis), (axis,))
        return bk.irfftn(self._pad(band, -1), self.grid.points[-1:])

    def to_band(self, u: Array) -> Array:
        """Transform fields on the grid (..., *N) to their band (..., *M)."""
        bk = backend_of(u)
        if self.by_products(u):
            return short_to_band(u, tuple(m // 2 for m in self.modes.points))
        if not self._pruned:
            return self.restrict(bk.rfftn(u, self.grid.dims))
        u_hat = bk.rfftn(u, 1)[..., : self.cutoff[-1] + 1]
        for axis in range(-2, -self.grid.dims - 1, -1):
            u_hat = self._take(bk.fftn(u_hat, (axis,)), axis)
        return u_hat

    def by_products(self, x: Array) -> bool:
        """Tell whether fields ``x``, or their bands, are transformed by products."""
        fields = math.prod(x.shape[: -self.grid.dims])
        return backend_of(x).by_products(x, self.modes.points, fields)

    def _take(self, x: Array, axis: int) -> Array:
        xp, k, n = backend_of(x).xp, self.cutoff[axis], self.grid.points[axis]
        return xp.concat([_part(x, axis, 0, k + 1), _part(x, axis, n - k, n)], axis=axis)

    def _pad(self, x: Array, axis: int) -> Array:
        k, full = self.cutoff[axis], self.grid.spectral_shape[axis]
        zeros = zeros_beside(backend_of(x).xp, x, axis, full - x.shape[axis])
        parts = [x, zeros]
        if axis != -1:
            parts = [_part(x, axis, 0, k + 1), zeros, _part(x, axis, k + 1, 2 * k + 1)]
        return backend_of(x).xp.concat(parts, axis=axis)


def _part(x: Array, axis: int, start: int, stop: int) -> Array:
    index: tuple[Any, ...] = (..., slice(start, stop), *(slice(None),) * (-axis - 1))
    return x[index]
