"""What is minimized: a loss of a network over a window of a trajectory."""

from dataclasses import dataclass
from typing import Any, Protocol

from xpde.core import register_tree
from xpde.train.unrolled import STATIC, Step, Unrolled

Array = Any

__all__ = ["Objective", "Supervised"]


class Objective(Protocol):
    """A scalar loss of a map on windows of ``steps + 1`` snapshots."""

    @property
    def steps(self) -> int:
        """Steps T after the first snapshot: windows begin where T more follow."""

    @property
    def frames(self) -> int:
        """Snapshots of a window that are read, at most ``steps + 1``."""

    @property
    def needs_solver(self) -> bool:
        """Whether the reference solver must be given by :meth:`bind` before the first call."""

    def bind(self, solver: Step) -> "Objective":
        """Return the objective with the reference solver; itself if it needs none."""

    def at(self, update: int) -> "Objective":
        """Return the objective of an update of the training; itself if it is always the same."""

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (frames or more, B, C, *N)."""


@register_tree(static=STATIC)
@dataclass(frozen=True)
class Supervised(Unrolled):
    """Unrolled supervised training: compare T steps of the network with the trajectory.

    L = Σ_{t=1..T} w_t l(v_t, u_t),  v_0 = u_0,  v_t = f(v_{t-1})

    T = 1 is one-step training. On data of the reference solver this is the diverted chain with
    branches of T steps, :class:`~xpde.train.DivertedChain`, w being its branch weights. Weights
    that vanish but for the last, with ``cut_every=1``, make it one-step training after T - 1 steps
    of the network, :class:`~xpde.train.Pushforward`.
    """

    def __call__(self, step: Step, window: Array) -> Array:
        """Return the loss of the map ``step`` on ``window`` (T + 1, B, C, *N)."""
        predicted, _ = self._unroll(step, window[0, ...], self.steps)
        return self._sum([self.loss(v, window[t, ...]) for t, v in enumerate(predicted, start=1)])
