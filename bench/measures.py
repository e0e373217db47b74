"""Errors and initial states over those of exponax, compiled, for a set of thirty."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench.steps import waiting
from bench.table import Row, row
from bench.timing import interleave
from xpde.ic import TruncatedFourier, sample_set
from xpde.metrics import evaluate
from xpde.space import Grid

__all__ = ["against_peer"]

SAMPLES = 30
NAMES = ("mean_nRMSE", "mean_H1_nRMSE", "mean_correlation")
POINTS = {1: 160, 2: 64}
PEER = "exponax 0.2.0 (jit)"


def states(dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of random states of size one."""
    made = np.random.default_rng(0).standard_normal((2, SAMPLES, 1, *[POINTS[dims]] * dims))
    return made[0], made[0] + 0.1 * made[1]


def peer_errors(dims: int) -> Callable[[], Any]:
    """The same three numbers by the peer, compiled as one program."""
    import exponax as ex
    import jax
    import jax.numpy as jnp

    single = (ex.metrics.nRMSE, ex.metrics.H1_nRMSE)

    def mean(metric: Any, *pair: Any) -> Any:
        return ex.metrics.mean_metric(metric, *pair)

    @jax.jit
    def fn(*pair: Any) -> Any:
        found = [mean(metric, *pair) for metric in single]
        return jnp.stack([*found, mean(ex.metrics.correlation, *pair)])

    pair = [jnp.asarray(u, jnp.float32) for u in states(dims)]
    return lambda: jax.block_until_ready(fn(*pair))


def errors(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Three errors of thirty states."""
    rows = []
    for dims in POINTS:
        cases = {"peer": peer_errors(dims)}
        for name, bk in backends.items():
            pair = [bk.asarray(u) for u in states(dims)]

            def fn(u: Any, v: Any, dims: int = dims) -> Any:
                return evaluate(u[:, None, ...], v[:, None, ...], list(NAMES), dims)

            cases[name] = waiting(bk, fn, *pair)
        timing = interleave(cases)
        rows += [
            row(timing, name, "peer", suite="measures", backend=name, against=PEER, target=None,
                case=f"3 errors of {SAMPLES} states, {dims}D")
            for name in backends
        ]  # fmt: skip
    return rows


def initial() -> list[Row]:
    """Thirty truncated Fourier series, on the host whatever the backend."""
    import exponax as ex
    import jax

    rows = []
    for dims, n in POINTS.items():
        generator = ex.ic.RandomTruncatedFourierSeries(dims, cutoff=5)
        fn = jax.jit(
            lambda keys, g=generator, n=n: jax.vmap(lambda key: g(num_points=n, key=key))(keys)
        )
        keys = jax.random.split(jax.random.key(0), SAMPLES)
        grid, ic = Grid.cube(dims, n, 1.0), TruncatedFourier(cutoff=5)
        timing = interleave(
            {
                "peer": lambda fn=fn, keys=keys: jax.block_until_ready(fn(keys)),
                "own": lambda ic=ic, grid=grid: sample_set(ic, grid, 1, SAMPLES, 0),
            }
        )
        rows.append(
            row(timing, "own", "peer", suite="measures", backend="host", against=PEER, target=None,
                case=f"{SAMPLES} Fourier series, {dims}D")
        )  # fmt: skip
    return rows


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time errors and initial states."""
    return errors(backends) + initial()
