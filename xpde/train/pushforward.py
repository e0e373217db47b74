"""The pushforward trick: train on what the network itself makes of the data."""

from dataclasses import dataclass
from typing import Any, Self

from xpde.core import namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.train.applied import Step, constant
from xpde.train.objectives import Objective
from xpde.train.refinable import refinable, refined

Array = Any

__all__ = ["Pushforward"]


@register_tree(static=("pushed",))
@dataclass(frozen=True)
class Pushforward:
    """Let the network make n steps without gradient, then evaluate an objective from there.

    L = L'(v_n, u_{n+1}, u_{n+2}, ...),  v_0 = u_0,  v_t = sg f(v_{t-1})

    v_n differs from u_n by the errors that the network will meet in a rollout, so it learns to
    correct them; the gradient sees L' alone, in memory too. n = 0 is L'. L' of one supervised step
    is :class:`~xpde.train.Supervised` of n + 1 steps with ``cut_every=1`` and weights that vanish
    but for the last. The authors add the loss of one step from the data, which is
    ``Composite(((1, Supervised()), (1, Pushforward(Supervised(), n))))``.

    Attributes
    ----------
    objective
        L', any objective.
    pushed
        n, at least 0.

    Raises
    ------
    InvalidInput
        If n is negative.

    Reference: Brandstetter, Worrall, Welling, Message passing neural PDE solvers (2022), sec. 3.2.
    """

    objective: Objective
    pushed: int

    def __post_init__(self) -> None:
        if self.pushed < 0:
            raise InvalidInput(f"pushed: expected at least 0 steps, got {self.pushed}")

    @property
    def steps(self) -> int:
        """Steps after the first snapshot of a window: n more than those of L'."""
        return self.pushed + self.objective.steps

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read: n more than those of L'."""
        return self.pushed + self.objective.frames

    @property
    def needs_solver(self) -> bool:
        """Whether L' needs the reference solver."""
        return self.objective.needs_solver

    def bind(self, solver: Step) -> Self:
        """Return the objective with the reference solver in L'."""
        return type(self)(self.objective.bind(solver), self.pushed)

    @property
    def refinable(self) -> bool:
        """Whether L' has a level."""
        return refinable(self.objective)

    def refined(self, level: int) -> Self:
        """Return the objective with L' at a level."""
        return type(self)(refined(self.objective, level), self.pushed)

    def at(self, update: int) -> Self:
        """Return the objective of an update of the training: that with L' of the update."""
        return type(self)(self.objective.at(update), self.pushed)

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (frames or more, B, C, *N)."""
        if not self.pushed:
            return self.objective(step, window)
        push, v = constant(step), window[0, ...]
        for _ in range(self.pushed):
            v = push(v)
        xp = namespace_of(v, window)
        rest = window[self.pushed + 1 :, ...]
        return self.objective(step, xp.concat([v[None, ...], rest], axis=0))
