"""Training: updates of every architecture over those of the reference stack, float32.

The reference is pdequinox, trainax and optax: its compiled update with its own mixer and windows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import xpde
from bench.kept import kept
from bench.table import Row, row
from bench.timing import Case, interleave
from xpde.core import Tree, stream
from xpde.nn import FNO, Conv, Dil, Network, Res, UNet
from xpde.optim import adam, constant
from xpde.train import Supervised, Trained, Trainer

__all__ = [
    "BATCH",
    "POINTS",
    "REFERENCE",
    "TARGETS",
    "against_peer",
    "networks",
    "peer_updating",
    "trajectories",
    "updating",
]

BATCH = 20
POINTS = {1: 160, 2: 64}
UPDATES = {1: 10, 2: 1}
ROUNDS = {1: 9, 2: 7}
RATE = 1e-4
OPTIMIZER = adam(constant(RATE))
"""One object, so that trainers made anew share their programs."""
REFERENCE = "pdequinox + trainax + optax (jit)"
TARGETS: dict[tuple[str, int], float] = {
    ("jax", 1): 1.0,
    ("jax", 2): 0.87,
    ("torch", 2): 0.33,
    ("numpy", 1): 4.0,
}
"""The most that an update may take, in updates of the reference."""


@dataclass(frozen=True)
class Pair:
    """One architecture twice: ours of D dimensions, the reference's of D and a key."""

    own: Callable[[int], Network]
    peer: Callable[[int, Any], Any]


def networks() -> dict[str, Pair]:
    """Name the five architectures of the benchmark, with its settings."""
    import jax
    from pdequinox import arch

    def peer(kind: Any, activation: Any, **sizes: Any) -> Callable[[int, Any], Any]:
        return lambda dims, key: kind(
            dims, 1, 1, activation=activation, boundary_mode="periodic", key=key, **sizes
        )

    relu, gelu = jax.nn.relu, jax.nn.gelu
    rates = (1, 2, 4, 2, 1)
    return {
        "Conv;34;10;relu": Pair(
            lambda dims: Conv(dims, 1, 1, 34, 10),
            peer(arch.ConvNet, relu, hidden_channels=34, depth=10),
        ),
        "Res;26;8;relu": Pair(
            lambda dims: Res(dims, 1, 1, 26, 8),
            peer(arch.ClassicResNet, relu, hidden_channels=26, num_blocks=8),
        ),
        "UNet;12;2;relu": Pair(
            lambda dims: UNet(dims, 1, 1, 12, 2),
            peer(arch.ClassicUNet, relu, hidden_channels=12, num_levels=2),
        ),
        "Dil;2;32;2;relu": Pair(
            lambda dims: Dil(dims, 1, 1, 2, 32, 2),
            peer(arch.DilatedResNet, relu, hidden_channels=32, num_blocks=2, dilation_rates=rates),
        ),
        "FNO;12;18;4;gelu": Pair(
            lambda dims: FNO(dims, 1, 1, 12, 18, 4),
            peer(arch.ClassicFNO, gelu, num_modes=12, hidden_channels=18, num_blocks=4),
        ),
    }


def trajectories(dims: int) -> np.ndarray:
    """Fifty trajectories of 51 snapshots, as many as the benchmark trains on."""
    shape = (50, 51, 1, *[POINTS[dims]] * dims)
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def updating(
    bk: xpde.Backend, network: Network, data: Any, updates: int, steps: int = 1
) -> Callable[[], None]:
    """``updates`` updates of the trainer on ``steps`` steps, its gathering of windows included."""
    trainer = Trainer(
        network, Supervised(steps), OPTIMIZER, updates=updates, batch_size=BATCH,
        updates_per_dispatch=updates,
    )  # fmt: skip
    state = trainer.run(network.init(stream(0, "bench")), data)

    def case() -> None:
        nonlocal state
        again = Trained(state.params, state.optimizer_state, np.empty(0), 0)
        state = trainer.run(None, data, state=again)
        bk.synchronize(state.params)

    return case


def peer_updating(network: Any, data: Any, updates: int, steps: int = 1) -> Callable[[], None]:
    """``updates`` passes through the loop of trainax: shuffled windows, its compiled update."""
    import equinox as eqx
    import jax
    import optax
    import trainax

    trainer = trainax.trainer.SupervisedTrainer(
        data, num_rollout_steps=steps, optimizer=optax.adam(RATE), num_training_steps=updates,
        batch_size=BATCH,
    )  # fmt: skip
    windows = trainer.trajectory_sub_stacker
    mixer = trainax.PermutationMixer(windows.num_total_samples, updates, BATCH, jax.random.key(0))
    update = eqx.filter_jit(trainer.step_fn)
    state: Tree = trainer.optimizer.init(eqx.filter(network, eqx.is_array))

    def case() -> None:
        nonlocal network, state
        for i in range(updates):
            network, state, loss = update(network, state, windows(mixer(i)))
        jax.block_until_ready((network, loss))

    return case


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time an update over that of the reference, in 1D and 2D."""
    cases = [(dims, name) for dims in POINTS for name in networks()]
    return [
        r
        for dims, name in cases
        for r in kept(f"update {name} {dims}D", partial(measure, backends, dims, name))
    ]


def measure(backends: dict[str, xpde.Backend], dims: int, name: str) -> list[Row]:
    """Time one architecture; NumPy, which has no target there, is left out in 2D."""
    import jax

    pair, host, updates = networks()[name], trajectories(dims), UPDATES[dims]
    chosen = {b: bk for b, bk in backends.items() if (b, dims) != ("numpy", 2)}
    cases: dict[str, Case] = {
        "peer": peer_updating(pair.peer(dims, jax.random.key(0)), jax.numpy.asarray(host), updates)
    }
    cases |= {
        b: updating(bk, pair.own(dims), bk.asarray(host), updates) for b, bk in chosen.items()
    }
    timing = interleave(cases, rounds=ROUNDS[dims], seconds=0.1)
    return [
        row(timing, b, "peer", suite="update", case=f"{name}, {dims}D batch {BATCH}", backend=b,
            against=REFERENCE, target=TARGETS.get((b, dims)), scale=updates)
        for b in chosen
    ]  # fmt: skip
