"""The mixed chain: the network steps first, the solver goes on from there."""

from dataclasses import dataclass, field
from typing import Any

from xpde.core import backend_of, register_tree
from xpde.errors import InvalidInput
from xpde.train.unrolled import STATIC, Physical, Step

Array = Any

__all__ = ["MixedChain"]


@register_tree(static=(*STATIC, "physics_steps"))
@dataclass(frozen=True)
class MixedChain(Physical):
    """Unroll the network, then the solver, and compare every level with the trajectory.

    L = Σ_{t=1..T} w_t l(v_t, u_t),  v_t = f(v_{t-1}) for t ≤ T - Q,  v_t = P(v_{t-1}) after

    The last Q levels judge the network by what the physics makes of its errors. Q = 0 is
    :class:`~xpde.train.Supervised`. Cuts are in the network's part only; if e divides T - Q the
    solver starts from a constant and the last Q levels have no gradient.

    Attributes
    ----------
    steps
        T, levels in all.
    physics_steps
        Q, less than T.

    Raises
    ------
    InvalidInput
        If Q is not in 0..T-1; on a call without a solver.

    Reference: Koehler et al., APEBench (2024), section on unrolled training.
    """

    physics_steps: int = field(default=0, kw_only=True)

    def _check(self) -> None:
        if not 0 <= self.physics_steps < self.steps:
            raise InvalidInput(
                f"physics_steps: expected 0 to steps - 1 = {self.steps - 1}, "
                f"got {self.physics_steps}"
            )

    @property
    def needs_solver(self) -> bool:
        """Whether the reference solver must be given by :meth:`bind`: if Q > 0."""
        return self.physics_steps > 0

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (T + 1, B, C, *N)."""
        count = self.steps - self.physics_steps
        predicted, carried = self._unroll(step, window[0, ...], count)
        terms = [self.loss(v, window[t, ...]) for t, v in enumerate(predicted, start=1)]
        if self.physics_steps:
            terms += self._physics(carried[-1], window[count + 1 : self.steps + 1, ...])
        return self._sum(terms)

    def _physics(self, start: Array, references: Array) -> list[Array]:
        verbs = backend_of(start)
        advance = self._recomputed(verbs, self._solver())

        def level(state: Array, reference: Array) -> tuple[Array, Array]:
            state = advance(state)
            return state, self.loss(state, reference)

        _, terms = verbs.scan(level, start, references)
        return [terms[q, ...] for q in range(self.physics_steps)]
