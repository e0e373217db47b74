"""Diverted chains: the solver starts from states of the network's own rollout."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.train.unrolled import STATIC, Physical, Step, checked_weights

Array = Any

__all__ = ["DivertedChain"]


@register_tree(static=(*STATIC, "branch_steps", "branch_weights", "cut_reference"))
@dataclass(frozen=True)
class DivertedChain(Physical):
    """Compare the network with the solver on branches that leave the network's own rollout.

    L = Σ_{t=0..T-B} w_t Σ_{b=1..B} ω_b l(f^b(v_t), P^b(v_t)),  v_0 = u_0,  v_t = f(v_{t-1})

    The network's half of a branch is the main chain itself, in value and, cuts being at absolute
    levels, in gradient: f is evaluated T times. P is evaluated (T - B + 1) B times, in B calls
    on all branches of equal age; with ``checkpoint`` the branches follow one another and
    are computed again for the gradient, so that the memory of it is T + B states, not T B.

    B = T is :class:`~xpde.train.Supervised` with ω as its weights, on data of P. B = 1 is
    :class:`~xpde.train.Residuum` of n - P(p) with ``cut_prev`` as ``cut_reference``. T = 1 is
    one-step training. Only the first snapshot of a window is read.

    Attributes
    ----------
    branch_steps
        B, at most T.
    branch_weights
        ω, B numbers; None is all ones. ``level_weights`` are w, T - B + 1 numbers, one per start.
    cut_reference
        Keep gradients out of P: the state in which a reference starts is a constant. Of no effect
        with ``cut_every=1``, which does the same.

    Raises
    ------
    InvalidInput
        If B is not in 1..T or weights are of another number; on a call without a solver.

    Reference: Koehler et al., APEBench (2024), section on unrolled training.
    """

    branch_steps: int = field(default=1, kw_only=True)
    branch_weights: tuple[float, ...] | None = field(default=None, kw_only=True)
    cut_reference: bool = field(default=False, kw_only=True)

    def _check(self) -> None:
        if not 1 <= self.branch_steps <= self.steps:
            raise InvalidInput(
                f"branch_steps: expected 1 to steps = {self.steps}, got {self.branch_steps}"
            )
        weights = checked_weights("branch_weights", self.branch_weights, self.branch_steps)
        object.__setattr__(self, "branch_weights", weights)

    @property
    def terms(self) -> int:
        """Number of branches T - B + 1."""
        return self.steps - self.branch_steps + 1

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read: the first."""
        return 1

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (1 or more, B, C, *N)."""
        predicted, carried = self._unroll(step, window[0, ...], self.steps)
        levels = namespace_of(*predicted).stack(predicted)
        starts = namespace_of(*carried).stack(carried[: self.terms])
        if self.cut_reference:
            starts = backend_of(starts).stop_gradient(starts)
        terms = self._by_branch(starts, levels) if self.checkpoint else self._by_age(starts, levels)
        xp = namespace_of(terms)
        if (weights := self._weights()) is not None:
            weights = np.reshape(weights, (*weights.shape, *[1] * (terms.ndim - 2)))
            terms = backend_of(terms).asarray(weights, like=terms) * terms
        return xp.sum(terms, axis=(0, 1))

    def _weights(self) -> np.ndarray | None:
        """Return ω_b w_t as (B, T - B + 1), or None if all are one."""
        if self.level_weights is None and self.branch_weights is None:
            return None
        return np.outer(
            self.branch_weights or np.ones(self.branch_steps),
            self.level_weights or np.ones(self.terms),
        )

    def _by_age(self, starts: Array, levels: Array) -> Array:
        """Return all terms (B, T - B + 1, ...), branches of equal age in one call of P."""
        every = backend_of(levels, starts).asarray(np.arange(self.terms), like=levels)
        return self._terms(starts, levels, every)

    def _by_branch(self, starts: Array, levels: Array) -> Array:
        """Return the same terms from one recomputed branch after the other."""
        verbs, xp = backend_of(levels, starts), namespace_of(levels, starts)

        def branch(_: None, start: Array) -> tuple[None, Array]:
            terms = verbs.checkpoint(lambda c, v: self._terms(c, v, start))(starts, levels)
            return None, terms[:, 0, ...]

        table = verbs.asarray(np.arange(self.terms)[:, None], like=levels)
        return xp.moveaxis(verbs.scan(branch, None, table)[1], 0, 1)

    def _terms(self, starts: Array, levels: Array, chosen: Array) -> Array:
        """Return l(v_{t+b}, P^b(c_t)) as (B, n, ...) for b = 1..B and the starts t in ``chosen``.

        ``starts`` are c_0..c_{T-B}, ``levels`` are v_1..v_T, ``chosen`` is (n,).
        """
        verbs, xp, solver = backend_of(levels, starts), namespace_of(levels, starts), self._solver()

        def grow(reference: Array, age: Array) -> tuple[Array, Array]:
            reference = solver(reference)
            predicted = xp.take(levels, chosen + age, axis=0)
            pairs = zip(xp.unstack(predicted), xp.unstack(reference), strict=True)
            return reference, xp.stack([self.loss(v, q) for v, q in pairs])

        ages = verbs.asarray(np.arange(self.branch_steps), like=levels)
        return verbs.scan(grow, xp.take(starts, chosen, axis=0), ages)[1]
