"""One linearized step of the incompressible Navier-Stokes equations as one saddle-point system."""

from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of, register_tree
from xpde.solvers import LinearOperator
from xpde.solvers.inner import zeros

__all__ = ["Oseen", "OseenStep", "backward_divergence", "forward_gradient"]

Array = Any
X, Y = -1, -2
"""Axes of x and y in (..., N, N)."""


def forward_gradient(p: Array, h: float) -> Array:
    """Return (p_{i+1} - p_i)/h along x and y of p (..., N, N), stacked to (..., 2, N, N)."""
    xp = namespace_of(p)
    return xp.stack([xp.roll(p, -1, axis=axis) - p for axis in (X, Y)], axis=-3) / h


def backward_divergence(q: Array, h: float) -> Array:
    """Return (u_i - u_{i-1})/h + (v_j - v_{j-1})/h of q = (u, v), (..., 2, N, N); -∇ᵀ."""
    xp = namespace_of(q)
    u, v = q[..., 0, :, :], q[..., 1, :, :]
    return (u - xp.roll(u, 1, axis=X) + v - xp.roll(v, 1, axis=Y)) / h


@register_tree(static=("width", "sign"))
@dataclass(frozen=True, eq=False)
class Oseen(LinearOperator):
    """(q, p) ↦ (S q ± ∇p, ±∇·q) on a periodic square; S has five points for u and for v.

    With the upper sign the Oseen operator, with the lower one and Sᵀ its transpose, since the
    forward gradient is minus the transpose of the backward divergence. Constant pressures are its
    null space, and a residual without mean in its last channel keeps pressures without mean.

    Attributes
    ----------
    center, west, east, south, north
        Coefficients of S, each (..., 2, N, N); leading axes are a batch of operators.
    width
        h.
    sign
        1 or -1.
    """

    center: Array
    west: Array
    east: Array
    south: Array
    north: Array
    width: float
    sign: int = 1

    @property
    def domain(self) -> tuple[int, ...]:
        """(3, N, N)."""
        return (3, *(int(n) for n in self.center.shape[-2:]))

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the coefficients."""
        return tuple(self.center.shape[:-3])

    def __call__(self, x: Array) -> Array:
        """Return A x for x (..., 3, N, N)."""
        xp = namespace_of(x, self.center)
        q, p = x[..., :2, :, :], x[..., 2, :, :]
        along = self.west * xp.roll(q, 1, axis=X) + self.east * xp.roll(q, -1, axis=X)
        across = self.south * xp.roll(q, 1, axis=Y) + self.north * xp.roll(q, -1, axis=Y)
        momentum = self.center * q + along + across
        h = self.sign * self.width
        mass = backward_divergence(q, h)[..., None, :, :]
        return xp.concat([momentum + forward_gradient(p, h), mass], axis=-3)

    def transpose(self) -> LinearOperator:
        """Return Aᵀ: what was west of a point is east of its western neighbor."""
        roll = namespace_of(self.center).roll
        return Oseen(
            self.center,
            roll(self.east, 1, axis=X),
            roll(self.west, -1, axis=X),
            roll(self.north, 1, axis=Y),
            roll(self.south, -1, axis=Y),
            self.width,
            -self.sign,
        )


@register_tree(static=("dt", "viscosity", "width", "published"))
@dataclass(frozen=True, eq=False)
class OseenStep:
    """Implicit Euler with the state before as the wind w: one Picard iterate.

    (q - qⁿ)/Δt + (w·∇)q - ν Δq + ∇p = 0,  ∇·q = 0

    Advection is first-order upwind with the wind at the point itself; u lives on right faces, v on
    top faces, so that the other wind is a mean of four. The pressure of the state is not read.

    Attributes
    ----------
    dt, viscosity, width
        Δt, ν, h.
    published
        Whether these means are those of the published program, which belong to left and bottom
        faces: shifted by a cell, an error of first order in h.
    """

    dt: float
    viscosity: float
    width: float
    published: bool = True

    def __call__(self, state: Array) -> tuple[LinearOperator, Array]:
        """Return A and b = (uⁿ/Δt, vⁿ/Δt, 0) for states (u, v, p), (..., 3, N, N)."""
        xp, h = namespace_of(state), self.width
        u, v = state[..., 0, :, :], state[..., 1, :, :]
        side = 1 if self.published else -1
        along = xp.stack([u, _corner(u, side, -side)], axis=-3)
        across = xp.stack([_corner(v, -side, side), v], axis=-3)
        forth, back = xp.clip(along, 0.0, None) / h, xp.clip(along, None, 0.0) / h
        up, down = xp.clip(across, 0.0, None) / h, xp.clip(across, None, 0.0) / h
        diffusion = self.viscosity / h**2
        center = 1.0 / self.dt + 4.0 * diffusion + forth - back + up - down
        operator = Oseen(
            center, -forth - diffusion, back - diffusion, -up - diffusion, down - diffusion, h
        )
        velocity = state[..., :2, :, :] / self.dt
        rest = zeros(velocity, (*state.shape[:-3], 1, *state.shape[-2:]))
        return operator, xp.concat([velocity, rest], axis=-3)


def _corner(w: Array, i: int, j: int) -> Array:
    """Return the mean of w at (0, 0), (i, 0), (0, j), (i, j); i along x, j along y."""
    xp = namespace_of(w)
    w = 0.5 * (w + xp.roll(w, -i, axis=X))
    return 0.5 * (w + xp.roll(w, -j, axis=Y))
