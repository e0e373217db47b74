"""Multigrid cycles as operators: from a residual to a correction."""

from dataclasses import dataclass, replace
from typing import Any

from xpde.core import register_tree
from xpde.solvers.inner import zeros
from xpde.solvers.operator import LinearOperator
from xpde.solvers.splitting import relaxed

__all__ = ["KINDS", "Cycle", "Level"]

Array = Any

KINDS = ("V", "W", "F")
"""One visit of the next level; two; one like this and a V-cycle after it."""


@register_tree()
@dataclass(frozen=True, eq=False)
class Level:
    """One grid: its operator, how errors are smoothed, and the way to the next one.

    Attributes
    ----------
    operator
        A.
    before, after
        Splittings of the smoothing before and after the correction; None is no smoothing.
    down, up
        R = c Pᵀ to the coarse grid and P from it.
    """

    operator: LinearOperator
    before: LinearOperator | None
    after: LinearOperator | None
    down: LinearOperator
    up: LinearOperator

    def first(self, b: Array) -> tuple[Array, Array]:
        """Smooth from 0; return the result and its residual."""
        if self.before is None:
            return zeros(b, tuple(b.shape)), b
        x = self.before(b)
        return x, b - self.operator(x)

    def last(self, x: Array, b: Array) -> Array:
        """Smooth after the correction."""
        return x if self.after is None else relaxed(self.after, self.operator, x, b)

    def transposed(self) -> "Level":
        """Return the level of Aᵀ: both smoothings are exchanged and transposed.

        R and P would be too; as R = c Pᵀ, that is what they are already.
        """
        before, after = (None if s is None else s.T for s in (self.before, self.after))
        return Level(self.operator.T, after, before, self.down, self.up)


@register_tree(static=("kind", "turned"))
@dataclass(frozen=True, eq=False)
class Cycle(LinearOperator):
    """M ≈ A⁻¹: one multigrid cycle for A x = r from 0.

    On every level: smooth, restrict the residual, correct by the cycle of the next level, smooth;
    the last level is solved. I - M A = (I - B₂A)(I - P M_c R A)(I - B₁A). Mᵀ is exact: a cycle for
    Aᵀ with everything reversed. M is symmetric for symmetric A if both smoothings are transposes
    of each other and the kind is V or W.

    Attributes
    ----------
    levels
        From fine to coarse, without the last.
    coarsest
        The inverse on the last level.
    kind
        ``V``, ``W`` or ``F``.
    turned
        Whether visits of a level are made in the reversed order, as the transpose does.
    """

    levels: tuple[Level, ...]
    coarsest: LinearOperator
    kind: str = "V"
    turned: bool = False

    @property
    def domain(self) -> tuple[int, ...]:
        """That of the finest operator."""
        return self.levels[0].operator.domain if self.levels else self.coarsest.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """That of the finest operator."""
        return self.levels[0].operator.batch if self.levels else self.coarsest.batch

    def __call__(self, r: Array) -> Array:
        """Return M r."""
        return self._corrected(0, r, self.kind)

    def full(self, b: Array) -> Array:
        """Return the result of full multigrid: solve on the coarsest, go up with a cycle on each.

        Every level starts from the interpolated solution of the next one, whose right-hand side
        is that of this one restricted. Trottenberg, Oosterlee & Schüller, section 2.6.
        """
        sides = [b]
        for level in self.levels:
            sides.append(level.down(sides[-1]))
        x = self.coarsest(sides[-1])
        for k in reversed(range(len(self.levels))):
            level, side = self.levels[k], sides[k]
            x = level.up(x)
            x = x + self._corrected(k, side - level.operator(x), self.kind)
        return x

    def transpose(self) -> LinearOperator:
        """Return Mᵀ."""
        levels = tuple(level.transposed() for level in self.levels)
        return replace(self, levels=levels, coarsest=self.coarsest.T, turned=not self.turned)

    def _corrected(self, k: int, b: Array, kind: str) -> Array:
        """Return the correction of level k for the residual b."""
        if k == len(self.levels):
            return self.coarsest(b)
        level = self.levels[k]
        x, r = level.first(b)
        below = level.down(r)
        visits = [kind] if kind == "V" or k + 1 == len(self.levels) else [kind, _SECOND[kind]]
        first, *others = reversed(visits) if self.turned else visits
        e = self._corrected(k + 1, below, first)
        for again in others:
            rest = below - self.levels[k + 1].operator(e)
            e = e + self._corrected(k + 1, rest, again)
        return level.last(x + level.up(e), b)


_SECOND = {"W": "W", "F": "V"}
