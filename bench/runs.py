"""Whole trainings: from a trainer made anew to the last update, over the reference stack's.

What was compiled is forgotten before each, so compilation is in it, and so are placing the data,
windows, shuffling and the record of losses; initial parameters are given. In eager torch.nn the
loop of ``bench/plain_torch.py``.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

import xpde
from bench.kept import kept
from bench.table import Row, row
from bench.timing import Case, fresh
from bench.training import (
    BATCH,
    PLAIN,
    RATE,
    REFERENCE,
    networks,
    peer_trainer,
    trajectories,
)
from xpde.core import stream
from xpde.nn import Network
from xpde.optim import adam, constant
from xpde.train import Supervised, Trainer

__all__ = ["against_peer", "measure"]


@dataclass(frozen=True)
class Course:
    """Updates of a training, and how often it is repeated."""

    updates: int
    rounds: int


COURSES = {1: Course(100, 3), 2: Course(100, 2)}
"""By D; the benchmark itself makes thousands of updates."""
NAMES = {
    1: (
        "Conv;34;10;relu",
        "Res;26;8;relu",
        "UNet;12;2;relu",
        "Dil;2;32;2;relu",
        "FNO;12;18;4;gelu",
    ),
    2: ("UNet;12;2;relu", "FNO;12;18;4;gelu"),
}
"""In 2D those of which the reference makes several updates a second."""


def training(bk: xpde.Backend, network: Network, host: np.ndarray, updates: int) -> Case:
    """Train on one step from the data on the host."""
    params = network.init(stream(0, "bench"))

    def case() -> None:
        optimizer = adam(constant(RATE))
        trainer = Trainer(network, Supervised(1), optimizer, updates=updates, batch_size=BATCH)
        bk.synchronize(trainer.run(params, bk.asarray(host)).params)

    return case


def peer_training(network: object, host: np.ndarray, updates: int) -> Case:
    """Do the same by the trainer of the reference, called as its users do."""
    import jax

    def case() -> None:
        trainer = peer_trainer(jax.numpy.asarray(host), updates, 1, BATCH)
        jax.block_until_ready(trainer(network, jax.random.key(0), spawn_tqdm=False))

    return case


def plain_training(bk: xpde.Backend, name: str, dims: int, host: np.ndarray, updates: int) -> Case:
    """Do the same in torch.nn with torch.optim; losses are read at the end."""
    from bench import plain_torch

    network = plain_torch.NETWORKS[name](dims)

    def case() -> None:
        plain_torch.updating(network, bk.asarray(host), RATE, BATCH, updates)()

    return case


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time whole trainings in 1D and 2D."""
    return [
        r
        for dims, names in NAMES.items()
        for name in names
        for r in kept(f"run {name} {dims}D", partial(measure, backends, dims, name))
    ]


def measure(backends: dict[str, xpde.Backend], dims: int, name: str) -> list[Row]:
    """Time the trainings of one architecture; NumPy is left out in 2D.

    A training of one update goes before: it imports what belongs to the process.
    """
    import jax

    course = COURSES[dims]
    chosen = {b: bk for b, bk in backends.items() if b != "numpy" or dims == 1}
    fresh(_cases(chosen, dims, name, 1), jax.clear_caches, 1)
    timing = fresh(_cases(chosen, dims, name, course.updates), jax.clear_caches, course.rounds)
    held = [(b, "peer", REFERENCE) for b in chosen]
    held += [("torch", "plain", PLAIN)] * ("torch" in chosen)
    label = f"{name}, {dims}D {course.updates} updates from the start"
    return [
        row(timing, b, over, suite="runs", case=label, backend=b, against=against, target=None,
            scale=course.updates)
        for b, over, against in held
    ]  # fmt: skip


def _cases(
    backends: dict[str, xpde.Backend], dims: int, name: str, updates: int
) -> dict[str, Case]:
    """Make what is timed: the reference, torch.nn, and the trainer on every backend."""
    import jax

    pair, host = networks()[name], trajectories(dims)
    peer = pair.peer(dims, jax.random.key(0))
    cases = {"peer": peer_training(peer, host, updates)}
    for b, bk in backends.items():
        cases[b] = training(bk, pair.own(dims), host, updates)
        if b == "torch":
            cases["plain"] = plain_training(bk, name, dims, host, updates)
    return cases
