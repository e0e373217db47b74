"""Objectives with a loss that keeps the batch axis, as maps of first states."""

import numpy as np
from case import Case

from xpde.core import namespace_of
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.train import (
    Composite,
    Curriculum,
    DivertedChain,
    MixedChain,
    Pushforward,
    Residuum,
    Supervised,
)

GRID = Grid((8,), (2 * np.pi,))


def per_sample(p, q):
    """Mean square over channels and space of each sample."""
    return namespace_of(p, q).mean((p - q) ** 2, axis=(-2, -1))


def network(u):
    return 0.9 * u - 0.1 * u * u * u + 0.2 * namespace_of(u).roll(u, 1, axis=-1)


MIXED = MixedChain(3, per_sample, physics_steps=2)
BRANCHES = {"branch_steps": 2, "branch_weights": (1.0, 0.5)}
OBJECTIVES = {
    "supervised": Supervised(2, per_sample, (1.0, 0.5)),
    "diverted": DivertedChain(3, per_sample, (0.5, 2.0), **BRANCHES),
    "diverted-checkpoint": DivertedChain(3, per_sample, **BRANCHES, checkpoint=True),
    "mixed": MIXED,
    "residuum": Residuum(2, per_sample),
    "supervised-checkpoint": Supervised(3, per_sample, checkpoint=True),
    "curriculum": Curriculum(((0, Supervised()), (3, MIXED))).at(4),
    "composite": Composite(((0.5, Residuum(2, per_sample)), (2.0, MIXED))),
}


def case(name, objective):
    def make(bk):
        bound = objective.bind(Stepper.build(burgers(1), GRID, 0.05, backend=bk))

        def losses(u):
            """One loss per sample; the later snapshots are smaller copies of the first."""
            frames = [0.9**t * u for t in range(bound.frames)]
            return bound(network, namespace_of(u).stack(frames))

        return losses

    return Case(f"objective-{name}", (1, 8), make)


def pushed(bk):
    """The pushforward as a map of its references: its first frame has no gradient."""
    objective = Pushforward(Supervised(2, per_sample, (1.0, 0.5)), 1)

    def losses(u):
        xp = namespace_of(u)
        return objective(network, xp.stack([xp.ones_like(u), u, 0.9 * u, 0.8 * u]))

    return losses


CASES = [
    *(case(name, objective) for name, objective in OBJECTIVES.items()),
    Case("objective-pushforward", (1, 8), pushed),
]
