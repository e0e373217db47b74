"""Coarse solvers: the equation of a scenario, solved worse than its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xpde.core import Backend, register_tree
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import Solver
from xpde.space import Grid, resample
from xpde.study.scenario import Scenario

__all__ = ["Resampled", "check_coarse", "coarse_stepper"]


@register_tree(static=("grid",))
@dataclass(frozen=True)
class Resampled:
    """A stepper of another grid on states (..., C, *N) of ``grid``: there, one step, and back.

    P(u) = I S(R u), with R and I the spectral maps of :func:`xpde.space.resample`

    Modes that the stepper's grid does not hold are dropped. For a linear equation and states
    whose modes fit both grids P is the step on ``grid``, to rounding.

    Attributes
    ----------
    stepper
        S.
    grid
        Where u lives; of the same lengths as the stepper's.

    Raises
    ------
    InvalidInput
        If the boxes differ.
    """

    stepper: Solver
    grid: Grid

    def __post_init__(self) -> None:
        if self.stepper.grid.extent != self.grid.extent:
            raise InvalidInput(
                f"coarse solver: expected the box {self.grid.extent}, got "
                f"{self.stepper.grid.extent}; only the points may differ"
            )

    @property
    def channels(self) -> int:
        """C, the number of channels of a state."""
        return self.stepper.channels

    def __call__(self, u: Array) -> Array:
        """Advance a state (..., C, *N) on the stepper's grid."""
        coarse = self.stepper.grid
        return resample(
            self.stepper(resample(u, self.grid, coarse.points)), coarse, self.grid.points
        )


def coarse_stepper(
    scenario: Scenario,
    backend: Backend | None = None,
    *,
    proportion: float | None = None,
    points: int | Sequence[int] | None = None,
) -> Solver | Resampled:
    """Return a solver that does less than the reference one; order and substeps are the same.

    By proportion p the step is p Δt instead of Δt: that equals every coefficient times p. Two
    steps of p = 1/2 are one of the reference solver, for linear equations to rounding. By points,
    the whole step is taken on a coarser grid and resampled. Given both, both.

    Parameters
    ----------
    scenario
        The equation, its grid and its solver.
    backend
        Where the coefficients live; NumPy in float64 by default.
    proportion
        p > 0; by default ``scenario.coarse_proportion``, and 1 where ``points`` are given.
    points
        M, one number or one for each axis, at most the scenario's.

    Raises
    ------
    InvalidInput
        If p is not above 0, the points do not fit, or the scenario has no time to take a
        proportion of (``phy_poisson``).

    Reference: Koehler et al., APEBench (2024), section on neural-hybrid emulators.
    """
    if proportion is None:
        proportion = scenario.coarse_proportion if points is None else 1.0
    if not isinstance(proportion, (int, float)) or not proportion > 0:
        raise InvalidInput(f"{scenario.key}: expected a proportion above 0, got {proportion!r}")
    if points is None or proportion != 1:
        check_coarse(scenario)
    dt = proportion * scenario.dt
    if points is None:
        return scenario.plan(backend, dt=dt)
    grid = Grid(_coarser(scenario, points), scenario.grid.extent)
    return Resampled(scenario.plan(backend, grid=grid, dt=dt), scenario.grid)


def check_coarse(scenario: Scenario) -> None:
    """Raise :class:`~xpde.errors.InvalidInput` unless a proportion of a step has a meaning."""
    if scenario.equation.multiplier is not None:
        raise InvalidInput(
            f"{scenario.key}: expected an equation that evolves in time for a coarse solver, got "
            "one map without a step; use task predict"
        )


def _coarser(scenario: Scenario, points: Any) -> tuple[int, ...]:
    fine = scenario.grid.points
    found = (points,) * scenario.dims if isinstance(points, int) else tuple(points)
    if len(found) != len(fine) or not all(m <= n for m, n in zip(found, fine, strict=True)):
        raise InvalidInput(
            f"{scenario.key}: expected points of at most {fine} for the coarse solver, got {found}"
        )
    return found
