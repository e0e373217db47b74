"""A trained network as a stepper of its own."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from xpde.core import Backend, Tree, backend_of, leaves
from xpde.errors import InvalidInput
from xpde.nn import Network
from xpde.nn.network import prepared
from xpde.train.shell import Shell, opened

Array = Any

__all__ = ["rollout"]


def _program(verbs: Backend, shell: Shell, steps: int) -> Callable[..., Array]:
    def run(held: list[Array], params: Tree, u0: Array) -> Array:
        network = shell(held)
        apply = prepared(network, params, u0)

        def step(u: Array, _: None) -> tuple[Array, Array]:
            v = apply(u)
            return v, v

        _, states = verbs.scan(step, u0, length=steps)
        return verbs.xp.moveaxis(states, 0, -network.dims - 2)

    return verbs.jit(run)


_compiled = lru_cache(maxsize=32)(_program)


def rollout(network: Network, params: Tree, u0: Array, steps: int) -> Array:
    """Apply a network ``steps`` times to its own output: u_t = f(u_{t-1}), t = 1..T.

    Parameters
    ----------
    network, params
        The map and its parameters, on the backend of ``u0``.
    u0
        Initial states (..., C, *N).
    steps
        T, at least 1.

    Returns
    -------
    Array
        (..., T, C, *N), without the initial state. Compiled once per network, T and shape on JAX.
    """
    if steps < 1:
        raise InvalidInput(f"rollout: expected at least 1 step, got {steps}")
    verbs = backend_of(u0, *leaves(params))
    program = _compiled if verbs.level == 0 else _program  # a recording lives for one gradient
    shell, held = opened(network)
    return program(verbs, shell, steps)(held, params, u0)
