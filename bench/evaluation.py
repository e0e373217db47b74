"""Judging an emulator: rollouts from all test states and their error, over the reference stack's.

The reference is a vmapped, scanned rollout of the equinox network and exponax's metric, compiled
as one program. PyTorch is also held against a loop over the same network in torch.nn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import xpde
from bench.kept import kept
from bench.table import Row, row
from bench.timing import PAUSE, Case, interleave
from bench.training import networks, placed, sized
from xpde.core import stream, tree_map
from xpde.metrics import evaluate
from xpde.nn import Network
from xpde.train import rollout

__all__ = ["against_peer", "measure"]


@dataclass(frozen=True)
class Judged:
    """Test states, steps of their rollouts, rounds."""

    samples: int
    steps: int
    rounds: int


SIZES = {1: Judged(30, 50, 5), 2: Judged(30, 2, 3), 3: Judged(4, 5, 3)}
"""Of 200 steps: every one does the same, and all of them would take minutes in 2D and 3D."""
REFERENCE = "pdequinox + exponax (jit)"
PLAIN = "torch.nn (eager)"
TARGET = 0.5


def states(dims: int, points: int) -> np.ndarray:
    """Reference trajectories (S, T + 1, C, *N), in 1D and 2D of the benchmark's test set."""
    size = SIZES[dims]
    shape = (size.samples, size.steps + 1, 1, *[points] * dims)
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


def plain_judging(network: Any, test: Any) -> Callable[[], Any]:
    """Do the same by a loop over a module of torch.nn, without gradients."""
    import torch

    network = network.to(test.device)

    def case() -> Any:
        with torch.no_grad():
            v, errors = test[:, 0], []
            for t in range(1, test.shape[1]):
                v, ref = network(v), test[:, t]
                off, size = (torch.sum(x * x, dim=tuple(range(2, x.ndim))) for x in (v - ref, ref))
                errors.append(torch.mean(torch.sum(torch.sqrt(off / size), dim=1)))
            return torch.stack(errors).cpu().numpy()

    return case


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time the judgment of every architecture, in 1D, 2D and 3D."""
    cases = [(dims, name) for dims in SIZES for name in networks()]
    return [
        r
        for dims, name in cases
        for r in kept(f"evaluate {name} {dims}D", partial(measure, backends, dims, name))
    ]


def measure(backends: dict[str, xpde.Backend], dims: int, name: str) -> list[Row]:
    """Time one architecture; the time is that of one step of all samples."""
    size, points = SIZES[dims], sized(name, dims).points
    chosen = {b: bk for b, bk in backends.items() if b != "numpy" or dims == 1}
    cases = _cases(chosen, dims, name)
    timing = interleave(cases, rounds=size.rounds, seconds=0.1, on=placed(chosen), pause=PAUSE)
    held: list[tuple[str, str, str, float | None]] = [
        (b, "peer", REFERENCE, TARGET) for b in chosen
    ]
    if "plain" in cases:
        held.append(("torch", "plain", PLAIN, None))
    label = f"{name}, {dims}D {f'{points}³ ' * (dims == 3)}{size.samples} rollouts"
    return [
        row(timing, b, over, suite="evaluate", case=label, backend=b, against=against,
            target=most, scale=size.steps)
        for b, over, against, most in held
    ]  # fmt: skip


def _cases(backends: dict[str, xpde.Backend], dims: int, name: str) -> dict[str, Case]:
    """Make what is timed: the reference, torch.nn, and every backend."""
    import jax

    pair, host = networks()[name], states(dims, sized(name, dims).points)
    peer = pair.peer(dims, jax.random.key(0))
    cases: dict[str, Case] = {"peer": peer_judging(peer, jax.numpy.asarray(host))}
    for b, bk in backends.items():
        test = bk.asarray(host)
        cases[b] = judging(bk, pair.own(dims), test)
        if b == "torch":
            from bench import plain_torch

            cases["plain"] = plain_judging(plain_torch.NETWORKS[name](dims), test)
    return cases
