"""Incompressible flow on a staggered grid, by pressure correction."""

import dataclasses
import math
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Self

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.pde.implicit.marching import Marching, Step
from xpde.pde.implicit.system import Shifted
from xpde.solvers import Adjoint, Implicit, LinearOperator, Method, Tags, linear_solve
from xpde.solvers.separable import Separable
from xpde.space.finite import Affine, Box, Staggered, advection, laplacian
from xpde.space.finite.blocks import blocks
from xpde.time import CRANK_NICOLSON, Multistep

__all__ = ["NavierStokes", "pressure_laplacian"]

Array = Any

SCHEMES = ("centered", "upwind")
IMPLICIT = Implicit()


@register_tree(static=("scheme", "transport", "picard", "substeps"))
@dataclass(frozen=True, eq=False)
class NavierStokes(Marching):
    """u_t + (u·∇)u + ∇p = ν Δu + f, ∇·u = 0 on a :class:`~xpde.space.finite.Staggered` grid.

    States are (..., D + 1, *N): velocity on the faces, then pressure in the cells. A step is

        u* - h θ (ν Δu* - (w·∇)u*) = u + h (1 - θ) (ν Δu - (u·∇)u) - h ∇p + h f
        ∇·∇φ = ∇·u*/h,  u⁺ = u* - h ∇φ,  p⁺ = p + φ

    with w = u, then w = u* for further Picard solves. The divergence of u⁺ is zero to rounding (the
    Poisson equation is solved directly). Velocities are of second order in time for θ = ½ and two
    Picard solves, of first order else; a pressure that is not known yet may begin with zero.

    Attributes
    ----------
    staggered
        The grid, with its walls.
    viscosity, dt
        ν and h, numbers or scalar arrays.
    method
        How the momentum equations are solved, which are not symmetric.
    inverse
        (∇·∇)⁻¹ on fields of the cells.
    force
        f, (..., D, *N) at the faces, or None.
    adjoint, budget
        Of the momentum solve, see :class:`~xpde.pde.implicit.ImplicitStepper`.
    scheme
        A theta scheme.
    transport
        ``centered``: ∇·(w u) by means at the faces of each component's cells, of second order; it
        keeps the momentum. ``upwind``: (w·∇)u, of first order and monotone.
    picard
        Linear solves of a step.
    substeps
        Equal steps within dt.

    Make it with :meth:`build`.

    References: Van Kan, A second-order accurate pressure-correction scheme, SIAM J. Sci. Stat.
    Comput. 7 (1986); Guermond, Minev & Shen, An overview of projection methods, Comput. Methods
    Appl. Mech. Engrg. 195 (2006), section 3.
    """

    staggered: Staggered
    viscosity: Any
    dt: Any
    method: Method
    inverse: LinearOperator
    force: Array | None = None
    adjoint: Adjoint = IMPLICIT
    budget: Array | None = None
    scheme: Multistep = CRANK_NICOLSON
    transport: str = "centered"
    picard: int = 2
    substeps: int = 1

    @classmethod
    def build(
        cls,
        staggered: Staggered,
        viscosity: Any,
        dt: Any,
        method: Method,
        *,
        like: Array | None = None,
        **options: Any,
    ) -> Self:
        """Return the solver with the direct solver of its pressure equation.

        Parameters
        ----------
        staggered, viscosity, dt, method, options
            See the attributes.
        like
            An array that says where the numbers of the pressure solver live; None is NumPy in
            double precision.

        Raises
        ------
        InvalidInput
            If a number is out of range or a name unknown.
        """
        inverse = pressure_laplacian(staggered, like).inverse()
        return cls(staggered, viscosity, dt, method, inverse, **options)

    def __post_init__(self) -> None:
        if self.transport not in SCHEMES:
            raise unknown_name("transport", str(self.transport), SCHEMES)
        if self.scheme.levels != 1:
            raise InvalidInput(
                f"NavierStokes: expected a theta scheme, got {self.scheme.name}; use theta(0.5)"
            )
        for name in ("picard", "substeps"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise InvalidInput(f"NavierStokes: expected {name} of 1 or more, got {value!r}")
        if isinstance(self.dt, (int, float)) and not (self.dt > 0 and math.isfinite(self.dt)):
            raise InvalidInput(f"NavierStokes: expected dt > 0, got {self.dt}")

    @property
    def name(self) -> str:
        """Name for messages."""
        return "navier_stokes"

    @property
    def grid(self) -> Box:
        """The cells."""
        return self.staggered.cells

    @property
    def channels(self) -> int:
        """D + 1."""
        return self.staggered.dims + 1

    @property
    def linear(self) -> bool:
        """No."""
        return False

    def refined(self, level: Any) -> Self:
        """Return the solver whose momentum solves take ``level`` steps."""
        if self.budget is not None:
            budget = backend_of(self.budget).asarray(np.asarray(level), like=self.budget)
            return dataclasses.replace(self, budget=budget)
        method = dataclasses.replace(self.method, max_steps=level)  # type: ignore[call-arg]
        return dataclasses.replace(self, method=method)

    def take(self, past: tuple[Array, ...]) -> Step:
        """Predict the velocity with the old pressure, and correct both."""
        state, dims, h = past[0], self.staggered.dims, self.dt / self.substeps
        u = state[(..., slice(0, dims), *[slice(None)] * dims)]
        p = state[(..., slice(dims, dims + 1), *[slice(None)] * dims)]
        slope = self.staggered.gradient().linear
        right = u - h * slope(p)
        if self.force is not None:
            right = right + h * self.force
        if self.scheme.explicit != 0:
            right = right + (h * self.scheme.explicit) * self.momentum(u)(u)
        step = self._predicted(u, right, h)
        fresh = step.value
        phi = self.inverse(self.staggered.divergence()(fresh)) / h
        xp = namespace_of(fresh, phi)
        value = xp.concat([fresh - h * slope(phi), p + phi], axis=-dims - 1)
        return Step(value, step.status, step.iterations)

    def momentum(self, wind: Array) -> Affine:
        """Return u ↦ ν Δu - (w·∇)u with the walls, for a frozen wind (..., D, *N)."""
        moved = _transport(self.staggered, wind, self.transport)
        return self.staggered.laplacian() * self.viscosity - moved

    def _predicted(self, u: Array, right: Array, h: Any) -> Step:
        """Solve the momentum equations, each time with the last solution as the wind."""
        factor = h * self.scheme.implicit
        if self.scheme.implicit == 0:
            return Step.free(right, self.staggered.dims + 1)
        wind, step = u, None
        for _ in range(self.picard):
            rate = self.momentum(wind)
            found = linear_solve(
                Shifted(rate.linear, factor),
                right + factor * rate.offset(wind),
                self.method,
                x0=wind,
                adjoint=self.adjoint,
                budget=self.budget,
            )
            step = Step.of(found, step)
            wind = step.value
        assert step is not None
        return step


def _transport(staggered: Staggered, wind: Array, scheme: str) -> Affine:
    """Return u ↦ (w·∇)u of every component."""
    rows: list[list[Affine | None]] = []
    for d, box in enumerate(staggered.components):
        winds, walls = staggered.winds(wind, d), staggered._wind_walls(d)
        form = "conservative" if scheme == "centered" else "advective"
        made = advection(box, winds, form=form, scheme=scheme, walls=walls, channels=1)
        rows.append([staggered._full(made) if j == d else None for j in range(staggered.dims)])
    return blocks(rows, Tags(symmetric=False))


def pressure_laplacian(staggered: Staggered, like: Array | None = None) -> Separable:
    """Return ∇·∇ on the cells, zero slope at walls, as a sum of operators of single axes."""
    box = staggered.cells
    matrices = []
    for points, extent, sides in zip(box.points, box.extent, box.sides, strict=True):
        line = Box((points,), extent, (tuple(sides),))
        matrices.append(np.asarray(laplacian(line).linear.matrix(np.zeros(1))))
    return Separable.build(matrices, like)
