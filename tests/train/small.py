"""A training of a second or less, with everything in it that a state may hold."""

import numpy as np

from xpde.core import leaves
from xpde.nn import Conv
from xpde.optim import averaged, constant, sgd
from xpde.train import Supervised, Trainer

NETWORK = Conv(1, 1, 1, 3, 1, activation="tanh")
OPTIMIZER = averaged(sgd(constant(0.05), momentum=0.9), 0.8)


def data(samples=4, snapshots=5, points=8):
    """Waves that move and decay: (S, L, 1, N)."""
    x = 2 * np.pi * np.arange(points) / points
    return np.stack(
        [
            [[np.sin(x - 0.5 * t + s) * 0.9**t + 0.1 * np.cos(2 * x + s)] for t in range(snapshots)]
            for s in range(samples)
        ]
    )


def start(seed=0):
    return NETWORK.init(np.random.default_rng(seed))


def training(**changes):
    """Sixteen updates of 3 of 12 windows, or of the 9 or 6 that validation leaves."""
    plain = {"updates": 16, "batch_size": 3, "updates_per_dispatch": 3}
    known = {"network": NETWORK, "objective": Supervised(2), "optimizer": OPTIMIZER}
    return Trainer(**{**known, **plain, **changes})


def bits(bk, trained):
    """All numbers of a state on the host, in a fixed order."""
    trees = (trained.params, trained.optimizer_state, trained.best, trained.emulator)
    arrays = [bk.to_numpy(leaf) for leaf in leaves(trees)]
    return [*arrays, trained.losses, trained.validated, trained.validation, [trained.updates]]


def same_bits(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))
