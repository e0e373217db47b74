"""A solver with a level: Jacobi sweeps for a step of implicit diffusion in one dimension."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree

MOST = 6
"""The level of the solver as it is given, and the most sweeps of a budget."""


def sweep(v, u, ratio=0.4):
    """One sweep for (1 + 2r) u⁺ - r (left + right) = u."""
    xp = namespace_of(v)
    return (u + ratio * (xp.roll(v, 1, axis=-1) + xp.roll(v, -1, axis=-1))) / (1 + 2 * ratio)


@register_tree(static=("sweeps",))
@dataclass(frozen=True)
class Sweeps:
    """The level is structure: a program for each."""

    sweeps: int = MOST

    def refined(self, level):
        return replace(self, sweeps=level)

    def __call__(self, u):
        v = 0.0 * u
        for _ in range(self.sweeps):
            v = sweep(v, u)
        return v


@register_tree()
@dataclass(frozen=True)
class Budget:
    """The level is an array: one program for all. The same numbers."""

    budget: Any

    @classmethod
    def on(cls, bk):
        return cls(bk.asarray(np.full(1, float(MOST))))

    def refined(self, level):
        return replace(self, budget=backend_of(self.budget).asarray(np.full(1, float(level))))

    def __call__(self, u):
        xp, v = namespace_of(u), 0.0 * u
        for i in range(MOST):
            v = xp.where(self.budget > i, sweep(v, u), v)
        return v


def by_hand(sweeps):
    """A function without a level, such as a user has."""

    def solver(u):
        v = 0.0 * u
        for _ in range(sweeps):
            v = sweep(v, u)
        return v

    return solver
