"""The stepper: an equation planned for one grid, one step size and one backend."""

import dataclasses
import math
from dataclasses import dataclass
from fractions import Fraction
from numbers import Integral, Real
from typing import Any

import numpy as np

from xpde.conventions import EXACT, Conventions
from xpde.core import (
    Backend,
    backend,
    backend_of,
    leaves,
    namespace_of,
    register_tree,
    tree_map,
)
from xpde.core.backend import Array
from xpde.core.dtypes import dtype_name, real_name
from xpde.core.programs import compiled_call
from xpde.errors import InvalidInput, MixedBackends
from xpde.pde.equation import Equation, Parameters
from xpde.pde.products import Products
from xpde.pde.rollout import by_sample, trajectories
from xpde.pde.terms import Term
from xpde.space import Band, Grid, Symbols, to_physical, to_spectral
from xpde.time import Adaptive, AdaptiveEtdrk, Etdrk

__all__ = ["Stepper"]


@register_tree(static=("name", "grid", "band", "channels", "substeps"))
@dataclass(frozen=True)
class Stepper:
    """Advance states (..., C, *N) of an equation by dt; build one with :meth:`build`.

    A tree whose leaves are its coefficient arrays: pass it as an argument to compiled functions.
    The step is taken in Fourier space. Modes inside the band of the products follow ETDRK; modes
    beyond it receive nothing from the nonlinear term and follow e^{h L̂} exactly.

    Attributes
    ----------
    integrator
        ETDRK coefficients on the band, for the step dt / substeps.
    decay
        e^{h L̂} on the full spectrum, 0 inside the band of a nonlinear equation; None when the
        band is complete.
    term
        The nonlinear term on the band, None for a linear equation (or order 0).
    name, grid, band, channels, substeps
        What it was built for.
    """

    integrator: Etdrk | AdaptiveEtdrk
    decay: Array | None
    term: Term
    name: str
    grid: Grid
    band: Band
    channels: int
    substeps: int

    @classmethod
    def build(
        cls,
        equation: Equation,
        grid: Grid,
        dt: Any,
        *,
        order: int | None = None,
        method: Adaptive | None = None,
        substeps: int = 1,
        dealias: Fraction | float | str | None = "degree",
        conventions: Conventions = EXACT,
        backend: Backend | None = None,
    ) -> "Stepper":
        """Compute every coefficient once, on the host in double precision, and place it.

        Parameters
        ----------
        equation
            What to integrate. If one of its parameters (or ``dt``) is an array, coefficients are
            computed in that array's namespace, precision and device, so gradients flow.
        grid
            Where; as many axes as the equation.
        dt
            Time between states, positive.
        order
            0 to 4; 0 drops the nonlinear term. Default: 2, and 0 for a linear equation, whose
            steps are exact at every order.
        method
            :class:`~xpde.time.Adaptive` chooses steps of order 4 within dt, sample by sample;
            None takes fixed steps of ``order``.
        substeps
            Equal steps of the integrator within dt.
        dealias
            Fraction of the modes that products keep, see :class:`~xpde.space.Band`; None keeps
            all. ``degree`` is 2/(p + 1) for a nonlinear term of degree p, free of aliasing.
        conventions
            ``Conventions("exponax-0.2")`` and others reproduce the references.
        backend
            Where the coefficients live; NumPy in float64 by default. Not for array parameters.

        Raises
        ------
        InvalidInput
            If the grid has another number of axes, dt is not positive, order is not 0 to 4, or
            substeps is not a positive integer.
        MixedBackends
            If ``backend`` is of another framework than an array parameter.
        """
        _check_build(equation, grid, dt, order, method, substeps)
        parameters, dt = tree_map(_plain, dict(equation.parameters)), _plain(dt)
        like = next((p for p in [*leaves(parameters), dt] if _is_variable(p)), None)
        target = _target(backend, like)
        place = target.asarray if like is None else lambda x: target.asarray(x, like=like)
        scheme = (method or 2) if order is None else order
        if equation.nonlinear is None:
            scheme = 0
        if isinstance(dealias, str):
            dealias = Fraction(2, equation.degree + 1)
        compact = target.capabilities.compiles or _is_large(grid, equation.channels)
        band = Band(grid, None if scheme == 0 else dealias, compact, conventions.masked)
        term = None
        if scheme != 0 and equation.nonlinear is not None:
            term = equation.nonlinear(Products(band, like, conventions), parameters)
        integrator, decay = _linear_part(
            equation, parameters, band, dt / substeps, scheme, like, conventions
        )
        if target.capabilities.compiles:
            integrator, decay = _real(integrator, decay)
        return cls(
            tree_map(place, integrator),
            tree_map(place, decay),
            tree_map(lambda x: x if isinstance(x, float) else place(x), term),
            equation.name,
            grid,
            band,
            equation.channels,
            int(substeps),
        )

    def __call__(self, u: Array) -> Array:
        """Advance a state (..., C, *N) by dt."""
        self._check(u)
        return compiled_call(Stepper._step, (self, u))

    def _step(self, u: Array) -> Array:
        return to_physical(self.step_fourier(to_spectral(u, self.grid.dims)), self.grid)

    @property
    def linear(self) -> bool:
        """Whether the equation has no nonlinear term."""
        return self.term is None

    def carried(self, u: Array) -> Array:
        """Return a state in the form in which steps follow each other: its spectrum."""
        return to_spectral(u, self.grid.dims)

    def following(self, u_hat: Array) -> Array:
        """Advance what :meth:`carried` gave by dt."""
        return self.step_fourier(u_hat)

    def state(self, u_hat: Array) -> Array:
        """Return the state (..., C, *N) of what :meth:`carried` gave."""
        return to_physical(u_hat, self.grid)

    def step_fourier(self, u_hat: Array) -> Array:
        """Advance a spectrum (..., C, *K) by dt; shapes are not checked."""
        return self.join(self.advance(self.split(u_hat)))

    def repeated(self, count: int) -> "Stepper":
        """Return the stepper of ``count`` of these steps; it stays in Fourier space between."""
        return dataclasses.replace(self, substeps=self.substeps * _count(count))

    def rollout(self, u: Array, steps: int, include_initial: bool = False) -> Array:
        """Return the next ``steps`` states as (..., T, C, *N), with the given one first if asked.

        Stays in Fourier space and transforms what it returns. Compiled once for each ``steps`` and
        shape where the framework compiles.
        """
        self._check(u)
        return compiled_call(Stepper._rollout, (self, u), _count(steps), bool(include_initial))

    def _rollout(self, u: Array, steps: int, include_initial: bool) -> Array:
        xp, axis = namespace_of(u, *leaves(self)[:1]), u.ndim - self.grid.dims - 1
        if steps == 0:
            states = xp.expand_dims(u, axis=axis)[(*(slice(None),) * axis, slice(0, 0), ...)]
        else:
            states = trajectories(self, u, steps)
        if not include_initial:
            return states
        return xp.concat([xp.expand_dims(u, axis=axis), states], axis=axis)

    def repeat(self, u: Array, steps: int) -> Array:
        """Return the state (..., C, *N) after ``steps`` steps; only that one is transformed.

        A linear equation is advanced by e^{n h L̂} in log₂ n multiplications.
        """
        self._check(u)
        if _count(steps) == 0:
            return u
        return compiled_call(Stepper._repeat, (self, u), steps * self.substeps)

    def _repeat(self, u: Array, count: int) -> Array:
        return by_sample(self, lambda v: self._advanced(v, count), u)

    def _advanced(self, u: Array, count: int) -> Array:
        u_hat = to_spectral(u, self.grid.dims)
        if isinstance(self.integrator, Etdrk) and self.term is None and self.decay is None:
            u_hat = self.integrator.act(self.integrator.factor(count), u_hat)
        else:
            u_hat = self.join(self._loop(self.split(u_hat), count))
        return to_physical(u_hat, self.grid)

    def split(self, u_hat: Array) -> tuple[Array, Array | None]:
        """Part a spectrum into band and tail; the tail is cleared of the band by its first step."""
        return self.band.restrict(u_hat), None if self.decay is None else u_hat

    def join(self, parts: tuple[Array, Array | None]) -> Array:
        """Put the parts of a spectrum together again."""
        band, tail = parts
        return self.band.extend(band) if tail is None else self.band.extend(band) + tail

    def advance(self, parts: tuple[Array, Array | None]) -> tuple[Array, Array | None]:
        """Advance the parts of a spectrum by dt."""
        return self._loop(parts, self.substeps)

    def _loop(self, parts: tuple[Array, Array | None], count: int) -> tuple[Array, Array | None]:
        def one(carry: Any, _: Any = None) -> tuple[Any, None]:
            band, tail = carry
            return (
                self.integrator.step(band, self.term),
                None if tail is None else self.integrator.act(self.decay, tail),
            ), None

        if count == 1:
            return one(parts)[0]
        return backend_of(parts[0], *leaves(self)[:1]).scan(one, parts, length=count)[0]

    def _check(self, u: Array) -> None:
        own, other = backend_of(leaves(self)[0]), backend_of(u)
        if own.name != other.name:
            raise MixedBackends(
                f"{self.name}: expected an array of {own.name}, got {other.name}; convert with "
                f"xpde.backend({own.name!r}).asarray(x), or build the stepper with "
                f"backend=xpde.backend({other.name!r})"
            )
        expected = (self.channels, *self.grid.points)
        if tuple(u.shape[-len(expected) :]) != expected:
            raise InvalidInput(
                f"{self.name}: expected a state of shape (..., C, *N) = "
                f"(..., {', '.join(map(str, expected))}), got {tuple(u.shape)}"
            )
        precision = real_name(dtype_name(leaves(self)[0]))
        if dtype_name(u) != precision:
            raise InvalidInput(
                f"{self.name}: expected {precision}, got {dtype_name(u)}; cast the state or build "
                f"the stepper with backend=xpde.backend({own.name!r}, dtype='float64' or 'float32')"
            )


def _linear_part(
    equation: Equation,
    parameters: Parameters,
    band: Band,
    step: Any,
    scheme: int | Adaptive,
    like: Array | None,
    conventions: Conventions,
) -> tuple[Etdrk | AdaptiveEtdrk, Array | None]:
    """Return the integrator of the band, and e^{h L̂} of the modes beyond it if there are any."""
    dims = band.grid.dims

    def symbol(modes: Grid) -> Array:
        symbols = Symbols(modes, like, conventions=conventions)
        return equation.linear(symbols, parameters) * symbols.one

    if equation.multiplier is not None:
        whole = Symbols(band.grid, like, conventions=conventions)
        return Etdrk((equation.multiplier(whole, parameters),), (), 0), None
    integrator: Etdrk | AdaptiveEtdrk
    z = symbol(band.modes)
    if isinstance(scheme, Adaptive):
        integrator = AdaptiveEtdrk.build(scheme, z, step, dims=dims, conventions=conventions)
    else:
        integrator = Etdrk.build(scheme, z, step, dims=dims, conventions=conventions)
    if band.complete:
        return integrator, None
    outside = Symbols(band.grid, like).place(~band.mask())
    whole_step = Etdrk.build(0, symbol(band.grid), step, dims=dims).exponentials[0]
    return integrator, whole_step * outside


def _real(
    integrator: Etdrk | AdaptiveEtdrk, decay: Array | None
) -> tuple[Etdrk | AdaptiveEtdrk, Array | None]:
    """Return host coefficients as real numbers, half the memory, if all of them are."""
    if not isinstance(integrator, Etdrk) or integrator.coupled:
        return integrator, decay
    found = leaves((integrator, decay))
    if any(not isinstance(x, np.ndarray) or np.any(x.imag) for x in found):
        return integrator, decay
    return dataclasses.replace(tree_map(np.real, integrator), real=True), tree_map(np.real, decay)


def _plain(value: Any) -> Any:
    """Turn a host number into a float; arrays stay arrays."""
    return float(value) if isinstance(value, (Real, np.number)) else value


def _is_large(grid: Grid, channels: int) -> bool:
    """Tell whether cutting to the band pays where each pad is a call of its own (measured)."""
    return grid.dims == 3 and channels * grid.size >= 2**16


def _is_variable(value: Any) -> bool:
    """Tell an array to be differentiated from a number and from a field of host numbers."""
    return not isinstance(value, float) and not (isinstance(value, np.ndarray) and value.ndim)


def _count(steps: Any) -> int:
    if not isinstance(steps, Integral) or steps < 0:
        raise InvalidInput(f"steps: expected a number of steps, 0 or more, got {steps!r}")
    return int(steps)


def _target(bk: Backend | None, like: Array | None) -> Backend:
    """Return the backend of the coefficients: that of an array parameter, or the one asked for."""
    if like is None:
        return bk or backend("numpy", dtype="float64")
    own = backend_of(like)
    if bk is not None and bk.name != own.name:
        raise MixedBackends(
            f"stepper: expected parameters of {bk.name}, got {own.name}; convert them with "
            f"xpde.backend({bk.name!r}).asarray(x), or leave backend out"
        )
    return own


def _check_build(
    equation: Equation, grid: Grid, dt: Any, order: Any, method: Any, substeps: Any
) -> None:
    name = equation.name
    if grid.dims != equation.dims:
        raise InvalidInput(
            f"{name}: expected a grid of {equation.dims} axes, got {grid.dims}; "
            f"use Grid.cube({equation.dims}, points)"
        )
    plain = _plain(dt)
    if isinstance(plain, float) and not (plain > 0 and math.isfinite(plain)):
        raise InvalidInput(f"{name}: expected dt > 0, got {dt}")
    if order is not None and order not in (0, 1, 2, 3, 4):
        raise InvalidInput(f"{name}: expected order 0, 1, 2, 3 or 4, got {order!r}")
    if method is not None and not isinstance(method, Adaptive):
        raise InvalidInput(f"{name}: expected method None or Adaptive(rtol=...), got {method!r}")
    if method is not None and order is not None:
        raise InvalidInput(f"{name}: expected order or an adaptive method, got both")
    if not isinstance(substeps, Integral) or substeps < 1:
        raise InvalidInput(f"{name}: expected substeps of 1 or more, got {substeps!r}")
