"""Functions of parameters as networks, in both layouts."""

import numpy as np
from case import Case

from xpde.core import namespace_of
from xpde.nn import Wrapped

MIX = {"w": np.array([[0.5, -0.2], [0.3, 0.9]])}


def first(params, u):
    xp = namespace_of(u, params["w"])
    return xp.tanh(xp.matmul(params["w"], u)) + xp.roll(u, 1, axis=-1)


def last(params, u):
    xp = namespace_of(u, params["w"])
    return xp.tanh(xp.matmul(u, params["w"])) + xp.roll(u, 1, axis=-2)


def case(name, shape, network):
    def make(bk):
        from xpde.core import tree_map

        params = tree_map(bk.asarray, network.init(None))
        return lambda u: network.apply(params, u)

    return Case(f"wrapped-{name}", shape, make)


CASES = [
    case("first", (2, 9), Wrapped(first, MIX, 1, 2)),
    case("last-2D", (2, 9, 8), Wrapped(last, MIX, 2, 2, channels_last=True)),
]
