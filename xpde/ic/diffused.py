"""White noise after one step of diffusion."""

from dataclasses import dataclass

import numpy as np

from xpde.ic.channels import ByChannel
from xpde.ic.checks import number
from xpde.ic.modes import random_waves
from xpde.ic.normalization import check_normalization, normalized
from xpde.space import Grid

__all__ = ["DiffusedNoise"]


@dataclass(frozen=True)
class DiffusedNoise(ByChannel):
    """White noise of variance one per grid point, damped by exp(-ν ‖κ‖²), κ_j = 2π k_j / L_j.

    That is the solution of u_t = ν Δu at t = 1. Its spectrum is

    E |û(k)|² = exp(-2 ν ‖κ‖²) ∏_j N_j,   |k_j| < N_j / 2.

    The noise is drawn mode by mode, so a finer grid keeps the waves of a coarser one and adds
    damped ones. Noise of variance one per point has coefficients of size 1 / √(∏_j N_j), so the
    amplitude still depends on the resolution; with ``std_one`` or ``max_one`` it does not, up to
    the damped waves. The Nyquist mode of an even axis is left out.

    Attributes
    ----------
    intensity
        ν ≥ 0; larger is smoother, in units of the squared length of the box.
    zero_mean, std_one, max_one
        Subtract the mean of each channel, divide by its standard deviation, divide by its maximum
        |u|, in this order.

    Raises
    ------
    InvalidInput
        If ``intensity`` is negative or not finite, or ``std_one`` is asked for without
        ``zero_mean`` or with ``max_one``.

    Reference: Koehler et al., APEBench (2024), ``diffused;INTENSITY;ZERO_MEAN;MAX_ONE``.
    """

    intensity: float = 0.001
    zero_mean: bool = True
    std_one: bool = False
    max_one: bool = False

    def __post_init__(self) -> None:
        number("diffused", "intensity", self.intensity, 0.0)
        check_normalization(
            "diffused", zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""

        def amplitude(squared: np.ndarray) -> np.ndarray:
            # a pair ±k shares its variance, a² / 2 + a² / 2; the mean has none to share with
            pair = np.where(squared == 0, 1.0, 2.0)
            return np.sqrt(pair / grid.size) * np.exp(-self.intensity * squared)

        u = random_waves(grid, rng, amplitude)
        return normalized(u, zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one)
