"""Gaussian random field with a power-law spectrum."""

from dataclasses import dataclass

import numpy as np

from xpde.ic.channels import ByChannel
from xpde.ic.checks import number
from xpde.ic.modes import random_waves
from xpde.ic.normalization import check_normalization, normalized
from xpde.space import Grid

__all__ = ["GaussianRandomField"]


@dataclass(frozen=True)
class GaussianRandomField(ByChannel):
    """A Gaussian field whose power spectrum falls as ‖κ‖^{-p}.

    u(x) = a_0 + Σ_k ‖κ‖^{-p/2} (a_k cos κ·x + b_k sin κ·x),   κ_j = 2π k_j / L_j,

    with independent standard normal a_k, b_k, over one of each pair ±k with |k_j| < N_j / 2. The
    power of the coefficients, E |û(k)|² / (∏_j N_j)² = ‖κ‖^{-p} / 2, does not depend on the
    direction of k. A finer grid keeps these waves and adds its own, until a normalization divides
    by what the grid sees.

    In one dimension this is the law of the benchmark's field. In more the benchmark halves the
    amplitude once for each further k_j ≠ 0; here the field is isotropic.

    Attributes
    ----------
    power
        p; larger is smoother.
    zero_mean, std_one, max_one
        Subtract the mean of each channel, divide by its standard deviation, divide by its maximum
        |u|, in this order.

    Raises
    ------
    InvalidInput
        If ``power`` is not finite, or ``std_one`` is asked for without ``zero_mean`` or with
        ``max_one``.

    Reference: Koehler et al., APEBench (2024), initial conditions ``grf;POWER;ZERO_MEAN;MAX_ONE``.
    """

    power: float = 3.0
    zero_mean: bool = True
    std_one: bool = False
    max_one: bool = False

    def __post_init__(self) -> None:
        number("grf", "power", self.power)
        check_normalization(
            "grf", zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one
        )

    def channel(self, grid: Grid, rng: np.random.Generator) -> np.ndarray:
        """Return one random channel (*N), host float64."""
        u = random_waves(grid, rng, self._amplitude)
        return normalized(u, zero_mean=self.zero_mean, std_one=self.std_one, max_one=self.max_one)

    def _amplitude(self, squared: np.ndarray) -> np.ndarray:
        mean = squared == 0
        return np.where(mean, 1.0, np.where(mean, 1.0, squared) ** (-self.power / 4))
