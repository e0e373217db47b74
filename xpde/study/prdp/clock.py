"""Where the time of a training goes: compilation, solver, network."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import Backend, Tree, namespace_of, stream, tree_map
from xpde.study.prdp.inner import InnerSolve
from xpde.study.prdp.problem import Problem, Setup
from xpde.train import Trainer
from xpde.train.refinable import at_level

__all__ = ["Clock", "Price"]

REPEATS = 3
MOST = 12
"""Levels that are measured of a training; costs of those between are interpolated."""


@dataclass(frozen=True)
class Price:
    """Seconds of one evaluation of the solver on a batch at a level.

    Attributes
    ----------
    forward, both
        Without and with its pullback; the least of some repetitions.
    """

    forward: float
    both: float


class Clock:
    """Measures the parts of an update, each alone, on a batch of the training's shape.

    - compilation: what a first update and a first measurement of the errors take beyond second
      ones, before anything else is done; 0 where nothing compiles;
    - solver: the step without and with its pullback, at each level;
    - network: value and gradient of the mean square of its output.

    Parameters
    ----------
    bk, problem, setup
        Where, and what is trained.
    """

    def __init__(self, bk: Backend, problem: Problem, setup: Setup) -> None:
        self.bk, self.problem, self.setup = bk, problem, setup
        self.states = bk.asarray(setup.states)
        self.prices: dict[int, Price] = {}
        self._forward = bk.jit(lambda solve, u: solve(u))
        self._both = bk.jit(self._and_back)  # with the value, which a compiler would leave out
        self._network: float | None = None

    def _and_back(self, solve: InnerSolve, u: Any) -> tuple[Any, Any]:
        value, pull = self.bk.vjp(solve, u)
        return value, pull(self.bk.xp.ones_like(value))[0]

    def compilation(self, trainer: Trainer, data: Any) -> float:
        """Return the seconds by which first calls are slower than second ones."""
        if not self.bk.capabilities.compiles:
            return 0.0
        params = self._placed(trainer.network.init(stream(0, "weights")))
        network, objective = at_level(trainer.network, trainer.objective, 1)
        short = replace(trainer, network=network, objective=objective, updates=1, refine=None)

        def update() -> Tree:
            return short.run(params, data).params

        def measure() -> None:
            self.setup.measure(params)

        return sum(self._first(call) for call in (update, measure))

    def price(self, level: int) -> Price:
        """Return what the solver costs at a level."""
        if level not in self.prices:
            solve = self.setup.solve.refined(level)
            self.prices[level] = Price(
                self._least(lambda: self._forward(solve, self.states)),
                self._least(lambda: self._both(solve, self.states)),
            )
        return self.prices[level]

    def solver_seconds(self, levels: Sequence[int]) -> float:
        """Return the seconds of all solves of a training with these levels of its epochs."""
        if not levels:
            return 0.0
        forward, adjoint = self.problem.evaluations[0], self.problem.adjoint_solves
        every = sorted(set(levels))
        some = [every[i] for i in np.linspace(0, len(every) - 1, min(len(every), MOST)).astype(int)]
        prices = [self.price(level) for level in some]
        costs = [(forward - adjoint) * price.forward + adjoint * price.both for price in prices]
        return float(np.sum(np.interp(levels, some, costs))) * self.problem.updates_per_epoch

    def network_seconds(self) -> float:
        """Return the seconds of all evaluations of the network in a training."""
        if self._network is None:
            self._network = self._one_network()
        return self._network * self.problem.applications * self.problem.updates

    def _one_network(self) -> float:
        network = getattr(self.setup.network, "network", self.setup.network)
        params = self._placed(network.init(stream(0, "weights")))

        def loss(params: Tree, u: Any) -> Any:
            v = network.apply(params, u)
            return namespace_of(v).mean(v * v)

        program = self.bk.jit(self.bk.value_and_grad(loss))
        return self._least(lambda: program(params, self.states))

    def _placed(self, params: Tree) -> Tree:
        return tree_map(lambda p: self.bk.asarray(np.asarray(p)), params)

    def _first(self, call: Callable[[], Tree]) -> float:
        first, second = self._seconds(call), self._seconds(call)
        return max(0.0, first - second)

    def _least(self, call: Callable[[], Tree]) -> float:
        call()
        return min(self._seconds(call) for _ in range(REPEATS))

    def _seconds(self, call: Callable[[], Tree]) -> float:
        begin = time.perf_counter()
        self.bk.synchronize(call())
        return time.perf_counter() - begin
