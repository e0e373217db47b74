"""One small problem, and 200 updates of it on any backend."""

import numpy as np

from xpde.core import tree_map

STEPS = 200
# every update rounds a few times at the size of p, and errors add up at most linearly
TOLERANCE = 1e-12


def problem():
    rng = np.random.default_rng(0)
    params = {"a": rng.standard_normal((3, 2)), "b": [rng.standard_normal(4)]}
    curve = tree_map(lambda p: rng.uniform(0.5, 2, p.shape), params)
    return params, curve


def gradient(params, curve):
    """Of Σ c p²/2 + p³/30, the same expression for every array library."""
    return tree_map(lambda p, c: c * p + 0.1 * p * p, params, curve)


def start(bk, optimizer):
    """Parameters and state before the first update."""
    params = tree_map(bk.asarray, problem()[0])
    return params, optimizer.init(params)


def advance(bk, optimizer, params, state, steps):
    """Do the updates ``steps`` of the trajectory."""
    curve = tree_map(bk.asarray, problem()[1])
    for step in steps:
        g = gradient(params, curve)
        params, state = optimizer.update(g, state, params, optimizer.constants(step))
    return params, state


def run(bk, optimizer, steps=STEPS):
    """Parameters and state after the first updates, on the host."""
    params, state = advance(bk, optimizer, *start(bk, optimizer), range(steps))
    return tree_map(bk.to_numpy, params), tree_map(bk.to_numpy, state)
