"""What unrolled objectives share: the main chain with its cuts, and the sum over levels."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from xpde.core import Backend, backend_of
from xpde.errors import InvalidInput
from xpde.train.applied import Step, checkpointed, recomputed, repeated
from xpde.train.losses import MSE, LevelLoss
from xpde.train.refinable import refinable, refined

Array = Any

__all__ = ["STATIC", "Physical", "Step", "Unrolled", "checked_weights"]

STATIC = ("steps", "loss", "level_weights", "cut_every", "checkpoint")
"""What of an unrolled objective is structure, for ``register_tree``."""


@dataclass(frozen=True)
class Unrolled:
    """Base of the objectives that apply a network f again and again: the main chain.

    v_t = f(c_{t-1}),  c_0 = u_0,  c_t = v_t,  t = 1..T

    With ``cut_every=e`` c_t is a constant copy of v_t if e divides t, so the gradient goes back
    through at most e steps; a loss at level t always sees v_t itself. Sums over levels are sums,
    not means. A loss that keeps the batch axis gives one value for each sample.

    Attributes
    ----------
    steps
        T.
    loss
        Loss l of one level; see :mod:`xpde.train.losses`.
    level_weights
        Weights w of the terms of the sum over levels; None is all ones.
    cut_every
        e, or None for the whole gradient through time.
    checkpoint
        Keep only states for the gradient and compute again what network and solver have between
        them: one more evaluation each, and the memory of one instead of T. The gradient is the
        same up to rounding. Networks are to be :class:`~xpde.train.Applied`, as the trainer's are:
        of parameters in a closure the tape keeps everything.
    """

    steps: int = 1
    loss: LevelLoss = MSE
    level_weights: tuple[float, ...] | None = None
    cut_every: int | None = None
    checkpoint: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InvalidInput(f"steps: expected at least 1, got {self.steps}")
        self._check()
        if self.cut_every is not None and self.cut_every < 1:
            raise InvalidInput(f"cut_every: expected at least 1 or None, got {self.cut_every}")
        weights = checked_weights("level_weights", self.level_weights, self.terms)
        object.__setattr__(self, "level_weights", weights)

    def _check(self) -> None:
        """Check the fields of a subclass on which the number of terms depends."""

    @property
    def terms(self) -> int:
        """Number of weighted terms of the sum over levels."""
        return self.steps

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read."""
        return self.steps + 1

    @property
    def needs_solver(self) -> bool:
        """Whether the reference solver must be given by :meth:`bind`."""
        return False

    def bind(self, solver: Step) -> Self:
        """Return the objective with the reference solver, a map of states (..., C, *N)."""
        return self

    def at(self, update: int) -> Self:
        """Return the objective of an update of the training: always itself."""
        return self

    def _unroll(self, step: Step, u: Array, count: int) -> tuple[list[Array], list[Array]]:
        """Return v_1..v_n and c_0..c_n in n evaluations of ``step``.

        The host unrolls: n is small, and XLA runs convolutions in loops at half their speed.
        """
        step = recomputed(step) if self.checkpoint else repeated(step, u)
        predicted: list[Array] = []
        carried = [u]
        for t in range(1, count + 1):
            v = step(carried[-1])
            cut = self.cut_every is not None and t % self.cut_every == 0
            predicted.append(v)
            carried.append(backend_of(v).stop_gradient(v) if cut else v)
        return predicted, carried

    def _sum(self, terms: list[Array]) -> Array:
        """Return Σ w_t l_t; Python weights keep the precision of what they scale."""
        if self.level_weights is not None:
            terms = [w * term for w, term in zip(self.level_weights, terms, strict=True)]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total


@dataclass(frozen=True)
class Physical(Unrolled):
    """Base of the objectives that call the reference solver P, a part of what is differentiated.

    Attributes
    ----------
    solver
        P, such as a :class:`~xpde.pde.Stepper` on the backend of the window: a map of states
        (..., C, *N) that broadcasts over any leading axes. Given by :meth:`bind` or at once.
    """

    solver: Step | None = field(default=None, kw_only=True, compare=False, repr=False)

    @property
    def needs_solver(self) -> bool:
        """Whether the reference solver must be given by :meth:`bind`: yes."""
        return True

    def bind(self, solver: Step) -> Self:
        """Return the objective with the reference solver, a map of states (..., C, *N)."""
        return replace(self, solver=solver)

    @property
    def refinable(self) -> bool:
        """Whether the solver has a level."""
        return refinable(self.solver)

    def refined(self, level: int) -> Self:
        """Return the objective with the solver at a level."""
        return replace(self, solver=refined(self.solver, level))

    def _solver(self) -> Step:
        if self.solver is None:
            raise InvalidInput(
                f"{type(self).__name__}: expected a reference solver, got none; bind(solver) first"
            )
        return self.solver

    def _recomputed(self, verbs: Backend, fn: Callable[..., Array]) -> Callable[..., Array]:
        """Return ``fn``, with ``checkpoint`` computed again for the gradient."""
        return checkpointed(verbs, fn) if self.checkpoint else fn


def checked_weights(
    name: str, weights: tuple[float, ...] | None, count: int
) -> tuple[float, ...] | None:
    """Return ``weights`` as Python floats after counting them; None stays None."""
    if weights is None:
        return None
    if len(weights) != count:
        raise InvalidInput(f"{name}: expected {count} numbers, got {len(weights)}")
    return tuple(float(w) for w in weights)
