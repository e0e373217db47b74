"""ETDRK4 with an embedded error estimate: every sample chooses its own steps."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import Backend, backend_of, leaves, namespace_of, register_tree, tree_map
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.time.etdrk import Etdrk

__all__ = ["Adaptive", "AdaptiveEtdrk"]

_SAFETY = 0.9
_STRICT = 0.25  # errors of travelling waves add up over many steps: measured on KdV
_LEAST, _MOST = 0.125, 4.0  # change of the step size from one step to the next


@dataclass(frozen=True)
class Adaptive:
    """Choose steps within dt so that the error of the result is about ``rtol`` |u|.

    The estimated error of each step is at most ``rtol`` |u| / 4. The estimate is of third order
    and the result of fourth, so the error of the result is proportional to ``rtol``. Measured over
    a few turnovers: 0.02 ``rtol`` for diffusive fronts to 4 ``rtol`` for interacting solitons; an
    unstable flow multiplies it as it does any error.

    Attributes
    ----------
    rtol
        Tolerance relative to the root mean square of a sample over channels and modes; in (0, 1).
    halvings
        The smallest step is dt / 2^halvings. A sample that needs less becomes NaN: its error
        would not be known.
    """

    rtol: float = 1e-6
    halvings: int = 12

    def __post_init__(self) -> None:
        if not 0 < self.rtol < 1:
            raise InvalidInput(f"Adaptive: expected rtol between 0 and 1, got {self.rtol!r}")
        if not isinstance(self.halvings, int) or not 1 <= self.halvings <= 20:
            raise InvalidInput(f"Adaptive: expected halvings from 1 to 20, got {self.halvings!r}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Step sizes in units of the smallest one: 1, 2, 3, 4, 6, 8, 12, ... up to dt."""
        sizes = {2**m for m in range(self.halvings + 1)}
        sizes |= {3 * 2**m for m in range(self.halvings - 1)}
        return tuple(sorted(sizes))


@register_tree(static=("method", "dims"))
@dataclass(frozen=True)
class AdaptiveEtdrk:
    """Integrator of û_t = L̂ û + N̂(û) over dt, by steps of a fixed ladder of sizes.

    The coefficients of all sizes are computed once, so that a step costs a look-up. A step of
    ETDRK4 is accepted if

    |h w (N̂(v_4) - N̂(û⁺))| ≤ rtol |û⁺| / 4,  h w = h (4 φ_3(z) - φ_2(z)),

    where v_4 is the last stage and û⁺ the result, whose N̂ is the first stage of the next step:
    an accepted step costs four evaluations. Samples share nothing: each has its own steps, and
    waits for the others. On JAX the loop has no reverse derivative.

    Attributes
    ----------
    ladder
        ETDRK4 coefficients with a leading axis for the sizes.
    method
        Tolerance and sizes.
    unit
        The smallest step, a 0-D array.
    dims
        D, the number of space axes.

    Reference: Whalen, Brio & Moloney, J. Comput. Phys. 280 (2015); Hairer & Wanner, Solving ODEs
    II (1996), IV.8 for the control.
    """

    ladder: Etdrk
    unit: Array
    method: Adaptive
    dims: int

    @classmethod
    def build(
        cls,
        method: Adaptive,
        symbol: Array,
        dt: Any,
        *,
        dims: int,
        conventions: Conventions = EXACT,
    ) -> "AdaptiveEtdrk":
        """Compute the coefficients of every size, see :meth:`Etdrk.build`."""
        if symbol.ndim == dims:
            symbol = namespace_of(symbol).expand_dims(symbol, axis=0)
        parts = [
            Etdrk.build(4, symbol, dt * (n / method.sizes[-1]), dims=dims, conventions=conventions)
            for n in method.sizes
        ]
        ladder = tree_map(lambda *rungs: namespace_of(*rungs).stack(rungs, axis=0), *parts)
        return cls(ladder, np.asarray(1.0) * (dt / method.sizes[-1]), method, dims)

    def act(self, coefficient: Array, u: Array) -> Array:
        """Multiply û by a coefficient, see :meth:`Etdrk.act`."""
        return self.ladder.act(coefficient, u)

    def step(self, u: Array, nonlinear: Callable[[Array], Array]) -> Array:
        """Advance û (..., C, *M) by dt."""
        return self.advance(u, nonlinear)[0]

    def advance(self, u: Array, nonlinear: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Advance û (..., C, *M) by dt; return it and the steps tried, (...) as reals.

        One step is four evaluations of N̂; the first of all costs one more.
        """
        bk = self._backend(u)
        xp, lead = bk.xp, u.shape[: -self.dims - 1]
        flat = xp.reshape(u, (math.prod(lead), *u.shape[-self.dims - 1 :]))
        sizes = bk.asarray(np.asarray(self.method.sizes, dtype=np.float64), like=xp.real(flat))
        rate = nonlinear(flat)
        size, speed, unit = bk.stop_gradient((self._size(flat), self._size(rate), self.unit))
        whole = xp.ones_like(size) * float(self.method.sizes[-1])
        quick = speed * unit > 0
        guess = (_STRICT * self.method.rtol) ** 0.25 * size / xp.where(quick, speed * unit, whole)
        first = xp.where(quick, xp.minimum(guess, whole), whole)

        def going(state: Any) -> Array:
            return xp.any(state[2] > 0.5)

        def body(state: Any) -> Any:
            return self._try(state, sizes, nonlinear)

        start = (flat, rate, whole, first, whole * 0.0)
        out = bk.while_loop(going, body, start)
        return xp.reshape(out[0], u.shape), xp.reshape(out[4], lead)

    def _try(self, state: Any, sizes: Array, nonlinear: Callable[[Array], Array]) -> Any:
        """Try one step of every sample: (û, N̂(û), ticks left, ticks aimed at, steps tried)."""
        u, rate, left, aim, tried = state
        bk = self._backend(u)
        xp = bk.xp
        fits = xp.expand_dims(sizes, axis=0) <= xp.expand_dims(xp.minimum(aim, left), axis=1)
        level = xp.sum(xp.astype(fits[:, 1:], xp.int32), axis=1)
        rung = tree_map(lambda a: xp.take(a, level, axis=0), self.ladder)
        size = xp.take(sizes, level, axis=0)
        new, rates = rung.stages(u, nonlinear, rate)
        fresh = nonlinear(new)
        gap = self._size(rung.act(rung.weights[-1], rates[-1] - fresh))
        error = bk.stop_gradient(gap)
        allowed = _STRICT * self.method.rtol * bk.stop_gradient(self._size(new))
        good = error <= allowed  # false for NaN
        going = left > 0.5
        stuck = going & ~good & (level == 0)
        taken = going & (good | stuck)
        new = xp.where(self._wide(stuck), xp.ones_like(new) * math.nan, new)  # no derivative
        return (
            xp.where(self._wide(taken), new, u),
            xp.where(self._wide(taken), fresh, rate),
            xp.where(stuck, left * 0.0, xp.where(taken, left - size, left)),
            size * self._change(error, allowed, good),
            xp.where(going, tried + 1.0, tried),
        )

    def _change(self, error: Array, allowed: Array, good: Array) -> Array:
        """Return the factor to the next step size; a step that failed shrinks."""
        xp = namespace_of(error)
        one = xp.ones_like(error)
        known = xp.isfinite(error) & (error > 0)
        ratio = xp.where(known, allowed, one) / xp.where(known, error, one)
        factor = xp.clip(_SAFETY * ratio**0.25, _LEAST, _MOST)
        factor = xp.where(known, factor, xp.where(good, _MOST * one, _LEAST * one))
        return xp.where(good, factor, xp.minimum(factor, _SAFETY * one))

    def _size(self, u: Array) -> Array:
        """Root mean square of û over channels and modes, one number a sample."""
        xp = namespace_of(u)
        square = xp.real(u) ** 2 + xp.imag(u) ** 2
        return xp.sqrt(xp.mean(square, axis=tuple(range(-self.dims - 1, 0))))

    def _backend(self, u: Array) -> Backend:
        """Return the backend of û and of the coefficients, either of which may be recorded."""
        return backend_of(u, *leaves(self.ladder)[:1])

    def _wide(self, flags: Array) -> Array:
        """Give one flag a sample the axes of a state."""
        return namespace_of(flags).reshape(flags, (*flags.shape, *[1] * (self.dims + 1)))
