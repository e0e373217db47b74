"""Derivatives as multiplications: the Fourier symbols of a grid."""

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import backend_of
from xpde.core.backend import Array
from xpde.space.grid import Grid

__all__ = ["Symbols"]


class Symbols:
    """Fourier symbols of derivatives, complex arrays that broadcast to the spectral shape.

    ∂_j^m e^{iκ·x} = (iκ_j)^m e^{iκ·x},  κ_j = 2π k_j / L_j

    An odd derivative of the Nyquist mode of an even axis is zero: that mode is the cosine alone,
    whose derivative vanishes at the grid points (``conventions.nyquist`` can say otherwise).

    Parameters
    ----------
    grid
        The grid.
    like
        None: host complex128. An array: symbols in its namespace, precision and device, for
        operators that depend on a parameter to be differentiated.
    mask
        Host array (*K) that every symbol is multiplied with, or None.
    conventions
        Which rules hold, see :class:`~xpde.conventions.Conventions`.
    """

    def __init__(
        self,
        grid: Grid,
        like: Array | None = None,
        mask: np.ndarray | None = None,
        conventions: Conventions = EXACT,
    ) -> None:
        self.grid = grid
        self.like = like
        self.mask = mask
        self.conventions = conventions

    def place(self, host: np.ndarray) -> Array:
        """Place host numbers as complex beside ``like``; without it they stay on the host."""
        host = np.asarray(host if self.mask is None else host * self.mask, dtype=np.complex128)
        return host if self.like is None else backend_of(self.like).asarray(host, like=self.like)

    def kappa(self, axis: int) -> np.ndarray:
        """Return κ_j = 2π k_j / L_j of one axis, host float64, shaped to broadcast."""
        k = self.grid.wavenumbers(axis)
        return self.grid.along(2 * np.pi * k / self.grid.extent[axis], axis)

    @property
    def kappa2(self) -> np.ndarray:
        """|κ|² = Σ_j κ_j² on the host, (*K)."""
        return sum((self.kappa(j) ** 2 for j in range(self.grid.dims)), np.zeros(()))

    @property
    def one(self) -> Array:
        """The identity, (*K)."""
        return self.place(np.ones(self.grid.spectral_shape))

    def counted(self, rule: str) -> Array:
        """Return the identity, or D times it if the rule is ``per axis`` (of a reference), (*K)."""
        return self.one * (self.grid.dims if rule == "per axis" else 1)

    @property
    def mean_free(self) -> np.ndarray:
        """Host array, 0 at k = 0 and 1 elsewhere, (*K)."""
        mask = np.ones(self.grid.spectral_shape)
        mask[(0,) * self.grid.dims] = 0.0
        return mask

    def d(self, axis: int, order: int = 1) -> Array:
        """Return (iκ_axis)^order, shaped to broadcast; zero at Nyquist for odd orders."""
        return self.place(self._d(axis, order))

    def _d(self, axis: int, order: int) -> np.ndarray:
        n = self.grid.points[axis]
        value = self.kappa(axis) ** order * (1, 1j, -1, -1j)[order % 4]
        if order % 2 and n % 2 == 0 and self.conventions.nyquist == "zero":
            nyquist = abs(self.grid.along(self.grid.wavenumbers(axis), axis)) == n // 2
            value = np.where(nyquist, 0.0, value)
        return value

    def sum_d(self, order: int) -> Array:
        """Return Σ_j (iκ_j)^order, the sum of unmixed derivatives, (*K)."""
        parts = [self._d(j, order) for j in range(self.grid.dims)]
        return self.place(sum(parts, np.zeros(self.grid.spectral_shape)))

    @property
    def laplacian(self) -> Array:
        """-|κ|², (*K)."""
        return self.place(-self.kappa2)

    @property
    def inverse_laplacian(self) -> Array:
        """-1/|κ|² and 0 at k = 0: the mean-free solution of Δψ = w, (*K)."""
        return self.inverse_sum_d(2)

    def inverse_sum_d(self, order: int) -> Array:
        """Return 1/Σ_j (iκ_j)^order for an even order, and 0 at k = 0, (*K)."""
        host = np.real(Symbols(self.grid).sum_d(order))
        return self.place(self.mean_free / np.where(self.mean_free == 0, 1.0, host))
