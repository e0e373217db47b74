"""Training without a reference: the defect of consecutive states of the rollout."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.train.losses import nMAE, nMSE, nRMSE
from xpde.train.refinable import refinable, refined
from xpde.train.unrolled import STATIC, Physical, Step

Array = Any

__all__ = ["Residuum"]


@register_tree(static=(*STATIC, "cut_prev", "cut_next"))
@dataclass(frozen=True)
class Residuum(Physical):
    """Make consecutive states of the network's rollout fulfill a discrete equation.

    L = Σ_{t=0..T-1} w_t l(R(v_{t+1}, v_t), 0),  v_0 = u_0,  v_t = f(v_{t-1})

    Without a ``residuum`` it is that of the solver, R(n, p) = n - P(p), and the objective is
    :class:`~xpde.train.DivertedChain` with branches of one step. Only the first snapshot of a
    window is read. All levels are one call of R.

    Attributes
    ----------
    residuum
        R(next, previous), a map of states (..., C, *N) that broadcasts over leading axes.
    cut_prev, cut_next
        Keep gradients out of an argument of R. Both together leave none.

    Raises
    ------
    InvalidInput
        If the loss divides by its reference, which is zero here; on a call without R and solver.

    Reference: Koehler et al., APEBench (2024), section on unrolled training.
    """

    residuum: Callable[[Array, Array], Array] | None = field(default=None, kw_only=True)
    cut_prev: bool = field(default=False, kw_only=True)
    cut_next: bool = field(default=False, kw_only=True)

    def _check(self) -> None:
        if self.loss in (nMSE, nMAE, nRMSE):
            raise InvalidInput(
                f"loss: expected one that is not normalized, got {self.loss.__name__}; "
                "a residuum has the reference 0"
            )

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read: the first."""
        return 1

    @property
    def needs_solver(self) -> bool:
        """Whether the reference solver must be given by :meth:`bind`: if there is no R."""
        return self.residuum is None

    @property
    def refinable(self) -> bool:
        """Whether R has a level, or without R the solver."""
        return refinable(self.solver if self.residuum is None else self.residuum)

    def refined(self, level: int) -> Self:
        """Return the objective with R or the solver at a level."""
        if self.residuum is None:
            return super().refined(level)
        return replace(self, residuum=refined(self.residuum, level))

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (1 or more, B, C, *N)."""
        predicted, carried = self._unroll(step, window[0, ...], self.steps)
        after = namespace_of(*predicted).stack(predicted)
        before = namespace_of(*carried).stack(carried[:-1])
        if self.cut_prev:
            before = backend_of(before).stop_gradient(before)
        if self.cut_next:
            after = backend_of(after).stop_gradient(after)
        defect = self._defect(after, before)
        zero = namespace_of(defect).zeros_like(defect[0, ...])
        return self._sum([self.loss(defect[t, ...], zero) for t in range(self.steps)])

    def _defect(self, after: Array, before: Array) -> Array:
        residuum = self.residuum or _defect_of(self._solver())
        return self._recomputed(backend_of(after, before), residuum)(after, before)


def _defect_of(solver: Step) -> Callable[[Array, Array], Array]:
    return lambda after, before: after - solver(before)
