"""What is minimized: a loss of a network over a window of a trajectory."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from xpde.core import backend_of
from xpde.errors import InvalidInput
from xpde.train.losses import MSE, LevelLoss

Array = Any

__all__ = ["Objective", "Supervised"]


class Objective(Protocol):
    """A scalar loss of a map on windows of ``steps + 1`` snapshots."""

    @property
    def steps(self) -> int:
        """Steps T after the first snapshot."""

    def __call__(self, step: Callable[[Array], Array], window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (T + 1, B, C, *N)."""


@dataclass(frozen=True)
class Supervised:
    """Unrolled supervised training: compare T steps of the network with the trajectory.

    L = Σ_{t=1..T} w_t l(v_t, u_t),  v_0 = u_0,  v_t = f(v_{t-1})

    The sum is over levels, not their mean. With ``cut_every=e`` the gradient stops after every
    e-th step: v_t is continued from a constant copy if e divides t; the loss at t comes before.

    Attributes
    ----------
    steps
        T.
    loss
        Loss l of one level; see :mod:`xpde.train.losses`.
    level_weights
        T numbers w_t; None is all ones.
    cut_every
        e, or None for the whole gradient through time.
    """

    steps: int = 1
    loss: LevelLoss = MSE
    level_weights: tuple[float, ...] | None = None
    cut_every: int | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise InvalidInput(f"steps: expected at least 1, got {self.steps}")
        if self.level_weights is not None and len(self.level_weights) != self.steps:
            raise InvalidInput(
                f"level_weights: expected {self.steps} numbers, got {len(self.level_weights)}"
            )
        if self.level_weights is not None:  # Python numbers keep the precision of what they scale
            object.__setattr__(self, "level_weights", tuple(float(w) for w in self.level_weights))
        if self.cut_every is not None and self.cut_every < 1:
            raise InvalidInput(f"cut_every: expected at least 1 or None, got {self.cut_every}")

    def __call__(self, step: Callable[[Array], Array], window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (T + 1, B, C, *N)."""
        v, total = window[0, ...], None
        for t in range(1, self.steps + 1):
            v = step(v)
            term = self.loss(v, window[t, ...])
            if self.level_weights is not None:
                term = self.level_weights[t - 1] * term
            total = term if total is None else total + term
            if self.cut_every is not None and t % self.cut_every == 0:
                v = backend_of(v).stop_gradient(v)
        return total
