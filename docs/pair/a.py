"""A teacher for `xpde superiority check`: Crank-Nicolson and central differences for KdV."""

import numpy as np

POINTS = 48
CONVECTION = -2.0 / POINTS
DISPERSION = -14.0 / (4 * POINTS**3)
HYPER_DIFFUSION = -9.0 / (8 * POINTS**4)


def matrix(stencil: dict[int, float], order: int) -> np.ndarray:
    """Differences on a circle of length 1."""
    shifts = [weight * np.roll(np.eye(POINTS), k, axis=1) for k, weight in stencil.items()]
    return sum(shifts) * POINTS**order


FIRST = matrix({-1: -0.5, 1: 0.5}, 1)
THIRD = matrix({-2: -0.5, -1: 1.0, 1: -1.0, 2: 0.5}, 3)
FOURTH = matrix({-2: 1.0, -1: -4.0, 0: 6.0, 1: -4.0, 2: 1.0}, 4)
LINEAR = DISPERSION * THIRD + HYPER_DIFFUSION * FOURTH


def coarse(u: np.ndarray, dt: float) -> np.ndarray:
    """One step of u_t = a u_xxx + b u_xxxx + c (u²/2)_x, where u² is old u times new u."""
    linear = 0.5 * dt * LINEAR
    product = 0.5 * dt * CONVECTION * FIRST * u[..., None, :]
    old = u[..., None] + linear @ u[..., None]
    return np.linalg.solve(np.eye(POINTS) - linear - product, old)[..., 0]
