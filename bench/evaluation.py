"""Judging an emulator: rollouts from all test states and their error, over the reference stack's.

The reference is a vmapped, scanned rollout of the equinox network and exponax's metric, compiled
as one program.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import xpde
from bench.kept import kept
from bench.table import Row, row
from bench.timing import interleave
from bench.training import POINTS, networks
from xpde.core import stream, tree_map
from xpde.metrics import evaluate
from xpde.nn import Network
from xpde.train import rollout

__all__ = ["against_peer", "measure"]

SAMPLES = 30
STEPS = {1: 50, 2: 2}
"""Of 200: every step does the same, and all of them would take minutes in 2D."""
ROUNDS = {1: 5, 2: 3}
REFERENCE = "pdequinox + exponax (jit)"
TARGET = 0.5


def states(dims: int) -> np.ndarray:
    """Reference trajectories (S, T + 1, C, *N) of the size of the benchmark's test set."""
    shape = (SAMPLES, STEPS[dims] + 1, 1, *[POINTS[dims]] * dims)
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def judging(bk: xpde.Backend, network: Network, test: Any) -> Callable[[], Any]:
    """Roll out and measure as the experiments do."""
    params = tree_map(bk.asarray, network.init(stream(0, "bench")))
    steps = test.shape[1] - 1

    def case() -> Any:
        predicted = rollout(network, params, test[:, 0, ...], steps)
        scores = evaluate(predicted, test[:, 1:, ...], ["mean_nRMSE"], network.dims)
        bk.synchronize(scores)
        return bk.to_numpy(scores["mean_nRMSE"])

    return case


def peer_judging(network: Any, test: Any) -> Callable[[], Any]:
    """Do the same in the reference stack."""
    import equinox as eqx
    import exponax as ex
    import jax

    def error(pred: Any, ref: Any) -> Any:
        return ex.metrics.mean_metric(ex.metrics.nRMSE, pred, ref)

    @eqx.filter_jit
    def judge(network: Any, test: Any) -> Any:
        predicted = jax.vmap(ex.rollout(network, test.shape[1] - 1))(test[:, 0])
        return jax.vmap(error, in_axes=1)(predicted, test[:, 1:])

    return lambda: np.asarray(judge(network, test))


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time the judgment of every architecture over that by the reference, in 1D and 2D."""
    cases = [(dims, name) for dims in POINTS for name in networks()]
    return [
        r
        for dims, name in cases
        for r in kept(f"evaluate {name} {dims}D", partial(measure, backends, dims, name))
    ]


def measure(backends: dict[str, xpde.Backend], dims: int, name: str) -> list[Row]:
    """Time one architecture; the time is that of one step of all samples."""
    import jax

    pair, host = networks()[name], states(dims)
    chosen = {b: bk for b, bk in backends.items() if (b, dims) != ("numpy", 2)}
    cases = {"peer": peer_judging(pair.peer(dims, jax.random.key(0)), jax.numpy.asarray(host))}
    cases |= {b: judging(bk, pair.own(dims), bk.asarray(host)) for b, bk in chosen.items()}
    timing = interleave(cases, rounds=ROUNDS[dims], seconds=0.1)
    return [
        row(timing, b, "peer", suite="evaluate", case=f"{name}, {dims}D {SAMPLES} rollouts",
            backend=b, against=REFERENCE, target=TARGET, scale=STEPS[dims])
        for b in chosen
    ]  # fmt: skip
