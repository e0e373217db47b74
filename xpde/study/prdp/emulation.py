"""Emulators that are trained through a solver: the network steps first, the solver after it."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xpde.core import Backend, Tree
from xpde.nn import Network
from xpde.optim import Optimizer, adam, exponential
from xpde.solvers import Jacobi
from xpde.study.prdp.inner import System, inner_solve
from xpde.study.prdp.problem import ADJOINTS, Errors, Problem, Setup
from xpde.train import MixedChain, rollout

__all__ = ["Emulation", "step_errors"]

CAP = 10_000
"""More iterations than any rule asks for; a bound of loops, no cost."""


@dataclass(frozen=True)
class Emulation(Problem):
    """Learn one step of an implicit scheme from the state two steps ahead.

    L(θ) = mean (S_K(f_θ(u⁰)) - u²)²

    with the K-th Jacobi iterate S_K of the scheme's linear system; u² is solved directly. The
    error is that of the network alone after t steps,

        nMSE_t = mean_s ‖û_t - u_t‖² / ‖u_{t-1}‖²

    over the samples withheld, normalized by the level before as in the published program.

    Attributes
    ----------
    points
        N, on every axis.
    dt
        Of the scheme.
    rate, decay
        Adam's η(s) = rate · decay^{s/100} at update s.
    tested
        Samples withheld.
    """

    points: int = 30
    dt: float = 0.001
    rate: float = 1e-3
    decay: float = 0.94
    tested: int = 5

    horizon: ClassVar[int] = 2
    """Steps of the network after which its error is monitored."""

    @property
    @abstractmethod
    def dims(self) -> int:
        """Number of space axes D."""

    @abstractmethod
    def initial(self, purpose: str, count: int) -> np.ndarray:
        """Return initial states (S, 1, *N) for ``"train"`` or ``"test"``."""

    @abstractmethod
    def advance(self, u: np.ndarray) -> np.ndarray:
        """Return the exact step of the scheme on the host."""

    @abstractmethod
    def system(self, bk: Backend) -> System:
        """Return the linear system of a step on a backend."""

    @abstractmethod
    def network(self) -> Network:
        """Return f."""

    def optimizer(self) -> Optimizer:
        """Return Adam with its schedule."""
        return adam(exponential(self.rate, 100, self.decay))

    def trajectories(self, purpose: str, count: int, steps: int) -> np.ndarray:
        """Return (S, steps + 1, 1, *N) on the host."""
        states = [self.initial(purpose, count)]
        for _ in range(steps):
            states.append(self.advance(states[-1]))
        return np.stack(states, axis=1)

    def setup(self, bk: Backend) -> Setup:
        """Make everything on a backend."""
        solve = inner_solve(
            bk, self.system(bk), Jacobi(max_steps=self.converged), ADJOINTS[self.adjoint], CAP
        )
        data = self.trajectories("train", self.samples, 2)
        chain = MixedChain(steps=2, physics_steps=1, level_weights=(0.0, 1.0), solver=solve)
        return Setup(
            self.network(),
            chain,
            self.optimizer(),
            data,
            self._measure(bk, self.network()),
            solve,
            data[: self.batch, 1],
        )

    def _measure(self, bk: Backend, network: Network) -> Callable[[Tree], Errors]:
        """Return the errors of the network's rollout."""
        reference = self.trajectories("test", self.tested, self.horizon)
        start = bk.asarray(reference[:, 0])

        def measure(params: Tree) -> Errors:
            predicted = bk.to_numpy(rollout(network, params, start, self.horizon))
            return step_errors(predicted.astype(np.float64), reference)

        return measure


def step_errors(predicted: np.ndarray, reference: np.ndarray) -> Errors:
    """Return ``{"nMSE_1": ..., "nMSE_2": ...}`` of predictions (S, T, C, *N).

    ``reference`` (S, T + 1, C, *N) begins with the initial states, and step t is normalized by
    level t - 1.
    """
    axes = tuple(range(2, reference.ndim))
    wrong = np.sum((predicted - reference[:, 1:]) ** 2, axis=axes)
    size = np.sum(reference[:, :-1] ** 2, axis=axes)
    means: Any = np.mean(wrong / size, axis=0)
    return {f"nMSE_{t}": float(e) for t, e in enumerate(means, start=1)}
