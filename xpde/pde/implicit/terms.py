"""Terms whose coefficients depend on the state, frozen at a state to be linear."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from xpde.core import Tree, namespace_of, register_tree
from xpde.errors import unknown_name
from xpde.solvers import Diagonal, Identity, LinearOperator
from xpde.solvers.inner import zeros
from xpde.space.finite import Affine, Box, Source, advection, convection, derivative, diffusion

__all__ = ["Centered", "Conductivity", "Convection", "Reaction", "SlopeNorm"]

Array = Any


@register_tree()
@dataclass(frozen=True, eq=False)
class Reaction:
    """Σ_i c_i u^i, frozen as c_0 + (Σ_{i≥1} c_i w^{i-1}) u.

    Attributes
    ----------
    coefficients
        c_0, c_1, ...: numbers or scalar arrays.
    """

    coefficients: tuple[Any, ...]

    def frozen(self, box: Box, channels: int, w: Array) -> Affine:
        """See :class:`~xpde.pde.implicit.Term`."""
        constant, *rest = self.coefficients
        factor = zeros(w, tuple(w.shape))
        for c in reversed(rest):  # Horner's scheme
            factor = factor * w + c
        domain = (channels, *box.points)
        sources = () if _is_zero(constant) else (Source(Identity(domain), constant),)
        return Affine(Diagonal(factor, domain), sources)


@register_tree(static=("form", "scheme"))
@dataclass(frozen=True, eq=False)
class Convection:
    """-b (u·∇)u, or -b/2 ∇·(u ⊗ u), frozen as -b (w·∇)u, or -b/2 ∇·(w u).

    With C = D channels the state is the wind; one channel in D dimensions is its own wind along
    every axis. In one dimension both forms are the same equation.

    Attributes
    ----------
    scale
        b.
    form
        ``advective`` or ``conservative``. Iterated to convergence, the upwind advective form of one
        channel is conservative too, and frozen at another state neither is.
    scheme
        ``upwind``, of first order and monotone, or ``centered``, of second.
    """

    scale: Any = 1.0
    form: str = "advective"
    scheme: str = "upwind"

    def __post_init__(self) -> None:
        for name, given, known in (
            ("form", self.form, ("advective", "conservative")),
            ("scheme", self.scheme, ("upwind", "centered")),
        ):
            if given not in known:
                raise unknown_name(name, str(given), known)

    def frozen(self, box: Box, channels: int, w: Array) -> Affine:
        """See :class:`~xpde.pde.implicit.Term`."""
        if channels == 1 and box.dims > 1:
            w = namespace_of(w).concat([w] * box.dims, axis=-box.dims - 1)
        if self.form == "advective" and self.scheme == "upwind":
            return convection(box, w, -1.0 * self.scale, walls=box, channels=channels)
        factor = -1.0 if self.form == "advective" else -0.5
        moved = advection(box, w, form=self.form, scheme=self.scheme, walls=box, channels=channels)
        return moved * (factor * self.scale)


@register_tree(static=("conductivity",))
@dataclass(frozen=True, eq=False)
class Conductivity:
    """∇·(k(u) ∇u), frozen as ∇·(k(w) ∇u) with k at the faces.

    Attributes
    ----------
    conductivity
        k(params, u) ≥ 0, a function of arrays, entry by entry.
    params
        A tree of numbers and arrays; derivatives with respect to them exist.
    """

    conductivity: Callable[[Tree, Array], Array]
    params: Tree = None

    def frozen(self, box: Box, channels: int, w: Array) -> Affine:
        """See :class:`~xpde.pde.implicit.Term`."""
        return diffusion(box, self.conductivity(self.params, w), channels=channels)


@register_tree()
@dataclass(frozen=True, eq=False)
class SlopeNorm:
    """-b/2 (|∇u|² - mean), frozen as -b/2 (∇w·∇u - mean), with centered slopes on periodic axes.

    The mean of u is conserved. Picard iteration halves the error's slope term, it does not square
    it: a Newton method is faster.

    Attributes
    ----------
    scale
        b.
    """

    scale: Any = 1.0

    def frozen(self, box: Box, channels: int, w: Array) -> LinearOperator:
        """See :class:`~xpde.pde.implicit.Term`."""
        parts: list[LinearOperator] = []
        for axis in range(box.dims):
            slope = derivative(box, axis, channels=channels).linear
            parts.append(Diagonal(slope(w), slope.domain) @ slope)
        product = reduce(lambda a, b: a + b, parts)
        return (Centered((channels, *box.points)) @ product) * (-0.5 * self.scale)


@register_tree(static=("shape",))
@dataclass(frozen=True, eq=False)
class Centered(LinearOperator):
    """u ↦ u - mean(u) on arrays (..., C, *N), the mean of each channel."""

    shape: tuple[int, ...]

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    def __call__(self, x: Array) -> Array:
        """Return x without its mean."""
        axes = tuple(range(1 - len(self.shape), 0))
        return x - namespace_of(x).mean(x, axis=axes, keepdims=True)

    def transpose(self) -> LinearOperator:
        """Return the operator itself, an orthogonal projection."""
        return self

    def diagonal(self, like: Array | None = None) -> Array:
        """Return 1 - 1/∏N."""
        entry = self._near(like)[0]
        return zeros(entry, self.shape) + (1.0 - 1.0 / math.prod(self.shape[1:]))


def _is_zero(x: Any) -> bool:
    return isinstance(x, (int, float)) and x == 0
