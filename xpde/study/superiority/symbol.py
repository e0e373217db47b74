"""Fourier symbols, measured on the solvers themselves."""

from collections.abc import Callable
from typing import Any

import numpy as np

from xpde.core import Backend
from xpde.errors import InvalidInput
from xpde.pde import Stepper, advection, diffusion
from xpde.pde.implicit import ImplicitStepper, generic
from xpde.solvers import (
    Circulant,
    Direct,
    FFTSolve,
    Jacobi,
    Singular,
    linear_solve,
    negative_laplacian,
)
from xpde.space import Grid, poisson
from xpde.space.finite import Box
from xpde.study.superiority.schemes import check_difficulty, check_scheme, sweeps
from xpde.time import theta

__all__ = ["measured_symbol", "relative_modes", "second_difference_inverted", "step_of"]

Array = Any
Step = Callable[[Array], Array]

_THETA = {"explicit": 0.0, "implicit": 1.0}


def relative_modes(points: int) -> np.ndarray:
    """Return φ = k/N of the modes k = 0, 1, ..., ⌊N/2⌋ of a line of N points."""
    return np.arange(points // 2 + 1) / points


def step_of(
    equation: str, scheme: str, points: int, backend: Backend, difficulty: float = 0.0
) -> Step:
    """Return the solver of a scheme as a map of states (..., 1, N), on a box with L = 1, Δt = 1.

    Advection and diffusion: :class:`xpde.pde.Stepper` is the analytic solution,
    :class:`xpde.pde.implicit.ImplicitStepper` with θ = 0 and 1 the explicit and the implicit
    scheme. Poisson, with Δx = 1: :func:`xpde.space.poisson`, the second difference inverted, and
    Q steps of :class:`xpde.solvers.Jacobi` from 0; the right-hand side loses its mean.

    Raises
    ------
    InvalidInput
        If equation, scheme or difficulty do not exist.
    """
    check_scheme(equation, scheme)
    check_difficulty(equation, difficulty)
    if equation == "poisson":
        return _poisson_step(scheme, points)
    a = difficulty / points if equation == "advection" else difficulty / (2 * points**2)
    if scheme == "analytic":
        exact = advection(1, -a) if equation == "advection" else diffusion(1, a)
        return Stepper.build(exact, Grid.cube(1, points), 1.0, backend=backend)
    line = (0.0, a) if equation == "advection" else (0.0, 0.0, a)
    evolution = generic(Box((points,), (1.0,)), line)
    return ImplicitStepper(evolution, 1.0, Direct(), scheme=theta(_THETA[scheme]))


def measured_symbol(step: Step, points: int, backend: Backend) -> np.ndarray:
    """Return ŝ(k) = Σ_n s(n) exp(-2πi k n/N), k = 0, ..., ⌊N/2⌋, of the response s to one impulse.

    For a linear map of states (1, N) that commutes with shifts, step(u)^(k) = ŝ(k) û(k): the
    response to an impulse at point 0 is everything there is to know.

    Parameters
    ----------
    step
        A map of states (..., 1, N).
    points
        N.
    backend
        Where to compute; with arrays of float32 the result has their precision.

    Returns
    -------
    Host array (⌊N/2⌋ + 1,), complex128.

    Raises
    ------
    InvalidInput
        If the map changes the shape, is not linear or does not commute with shifts: the response
        to -2 times the impulse, one point further, must be -2 times the response, shifted.
    """
    impulses = np.zeros((2, 1, points))
    impulses[0, 0, 0], impulses[1, 0, 1 % points] = 1.0, -2.0
    answer = backend.to_numpy(step(backend.asarray(impulses)))
    if answer.shape != impulses.shape:
        raise InvalidInput(
            f"measured_symbol: expected a map of states (..., 1, {points}) to the same shape, got "
            f"{answer.shape} for {impulses.shape}"
        )
    response, other = answer[0, 0], answer[1, 0]
    difference = float(np.max(np.abs(other + 2.0 * np.roll(response, 1))))
    size = float(np.max(np.abs(response)))
    # Rounding of a solve is far below the root of the precision, what is nonlinear is above it.
    if not difference <= float(np.sqrt(np.finfo(answer.dtype).eps)) * max(size, 1e-300):
        raise InvalidInput(
            "measured_symbol: expected a linear map that commutes with shifts, got one that "
            f"differs by {difference:.1e} for a scaled and shifted impulse"
        )
    return np.fft.rfft(response.astype(np.float64))


def _poisson_step(scheme: str, points: int) -> Step:
    if scheme == "analytic":
        grid = Grid.cube(1, points, extent=float(points))
        return lambda f: poisson(f, grid)
    count = sweeps(scheme)
    if count is None:
        return second_difference_inverted
    method = Jacobi(max_steps=count)

    def swept(f: Array) -> Array:
        operator = Singular(negative_laplacian((points,), 1.0, like=f))
        return linear_solve(operator, f, method).value

    return swept


def second_difference_inverted(f: Array) -> Array:
    """Return the mean-free u (..., N) with 2u_i - u_{i-1} - u_{i+1} = f_i less its mean."""
    second: dict[tuple[int, ...], float] = {(-1,): -1.0, (0,): 2.0, (1,): -1.0}
    operator = Circulant.of_stencil(second, (f.shape[-1],), f)
    return linear_solve(operator, f, FFTSolve()).value
