"""Numbers that were published of progressively refined solvers.

Bhatia, Koehler, Thuerey, Progressively Refined Differentiable Physics (2025): measured in the
figures of the authors' poster to half a percent; percentages as they are printed there. Poisson
from the authors' program, in closed form.
"""

from dataclasses import dataclass

__all__ = ["PUBLISHED", "SCALAR", "Published"]


@dataclass(frozen=True)
class Published:
    """One experiment: levels, what is saved in percent, seconds, final errors.

    Attributes
    ----------
    epochs, converged, last
        E, K_ε, K_max.
    level_sum, deviation
        Σ K of the refined training and its error bar.
    incomplete, refinement, saved
        Percent.
    seconds
        Of the converged training and of the refined one.
    errors
        Of the converged training and of the refined one, where they are known.
    """

    epochs: int
    converged: int
    last: float
    level_sum: float
    deviation: float
    incomplete: float
    refinement: float
    saved: float
    seconds: tuple[float, float]
    errors: tuple[float, float] | None = None

    @property
    def time_saved(self) -> float:
        """Percent."""
        return 100 * (1 - self.seconds[1] / self.seconds[0])


PUBLISHED = {
    "heat1d": Published(100, 25, 10, 524, 36, 60.0, 19.1, 79.1, (3.27, 3.12)),
    "heat2d": Published(70, 43, 12, 425, 13, 72.1, 13.8, 85.9, (2.82, 2.14), (0.0136, 0.0111)),
    "heat3d": Published(100, 29, 11, 577, 40, 62.1, 18.0, 80.1, (54.4, 11.7), (0.0044, 0.0052)),
    "burgers1d": Published(100, 24, 16, 932, 82, 33.3, 27.8, 61.2, (29.0, 26.5)),
    "navier_stokes": Published(100, 40, 14.3, 751, 42, 65.0, 16.2, 81.2, (131.6, 57.4)),
}
"""By experiment."""


@dataclass(frozen=True)
class Scalar:
    """A run of the Poisson experiment: its error after some updates, and the sweeps until then."""

    contender: str
    updates: int
    error: float
    sweeps: int


SCALAR = (Scalar("converged", 125, 1.30e-5, 75_000), Scalar("scheduled", 145, 1.17e-5, 53_650))
"""Poisson with one parameter: 600 sweeps in every update, and min(25 + 5e, 600) in update e."""
