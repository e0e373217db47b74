"""Training: updates of every architecture over those of the reference stack, float32.

The reference is pdequinox, trainax and optax: its compiled update with its own mixer and windows.
PyTorch is also held against the same network written by hand in torch.nn with torch.optim, and
every backend against the matrix products of an update at the rate that its framework reaches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import xpde
from bench.kept import kept
from bench.rates import update_floor
from bench.table import Row, row
from bench.timing import PAUSE, Case, Timing, interleave
from xpde.core import Tree, stream
from xpde.nn import FNO, Conv, Dil, Network, Res, UNet
from xpde.optim import adam, constant
from xpde.train import Supervised, Trained, Trainer

__all__ = [
    "BATCH",
    "PLAIN",
    "RATE",
    "REFERENCE",
    "Size",
    "networks",
    "one_step",
    "peer_trainer",
    "peer_updating",
    "placed",
    "sized",
    "trajectories",
    "unrolled",
    "updating",
]

BATCH = 20
RATE = 1e-4
OPTIMIZER = adam(constant(RATE))
"""One object, so that trainers made anew share their programs."""
REFERENCE = "pdequinox + trainax + optax (jit)"
PLAIN = "torch.nn + torch.optim (eager)"
PLAIN_TARGET = 1.25
FLOOR = "its products at the rate of GEMM"


@dataclass(frozen=True)
class Size:
    """Points on an axis, windows of an update, updates of a timed call, rounds."""

    points: int
    batch: int
    updates: int
    rounds: int


UNROLLED = 5
SIZES = {
    (1, 1): Size(160, BATCH, 10, 9),
    (1, UNROLLED): Size(160, BATCH, 2, 9),
    (2, 1): Size(64, BATCH, 1, 7),
    (2, UNROLLED): Size(64, BATCH, 1, 3),
    (3, 1): Size(16, 2, 1, 3),
    (3, UNROLLED): Size(12, 1, 1, 3),
}
"""By D and T. In 3D one update of the reference takes seconds already on few points."""
SPECTRAL_POINTS = 24
"""Of FNO in 3D: on fewer there are no twelve modes."""


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


def target(backend: str, dims: int, steps: int) -> float | None:
    """Return the most that an update may take, in updates of the reference."""
    if backend == "jax":
        return 0.87 if dims == 2 else 1.0
    if backend == "torch":
        return 0.33 if (dims, steps) == (2, 1) else None
    return 4.0 if (backend, dims) == ("numpy", 1) else None


def sized(name: str, dims: int, steps: int = 1) -> Size:
    """Return the size at which an architecture is timed."""
    found = SIZES[dims, steps]
    if dims == 3 and name.startswith("FNO"):
        return Size(SPECTRAL_POINTS, found.batch, found.updates, found.rounds)
    return found


def trajectories(dims: int, points: int | None = None) -> np.ndarray:
    """Fifty trajectories of 51 snapshots, as many as the benchmark trains on; ten in 3D."""
    size = points or SIZES[dims, 1].points
    shape = (10 if dims == 3 else 50, 51, 1, *[size] * dims)
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def updating(
    bk: xpde.Backend, network: Network, data: Any, updates: int, steps: int = 1,
    batch: int = BATCH, checkpoint: bool = False,
) -> Callable[[], None]:  # fmt: skip
    """``updates`` updates of the trainer on ``steps`` steps, its gathering of windows included."""
    trainer = Trainer(
        network, Supervised(steps, checkpoint=checkpoint), OPTIMIZER, updates=updates,
        batch_size=batch, updates_per_dispatch=updates,
    )  # fmt: skip
    state = trainer.run(network.init(stream(0, "bench")), data)

    def case() -> None:
        nonlocal state
        again = Trained(state.params, state.optimizer_state, np.empty(0), 0)
        state = trainer.run(None, data, state=again)
        bk.synchronize(state.params)

    return case


def peer_trainer(data: Any, updates: int, steps: int, batch: int) -> Any:
    """Make the trainer of the reference; it copies all windows."""
    import optax
    import trainax

    return trainax.trainer.SupervisedTrainer(
        data, num_rollout_steps=steps, optimizer=optax.adam(RATE), num_training_steps=updates,
        batch_size=batch,
    )  # fmt: skip


def peer_updating(
    network: Any, data: Any, updates: int, steps: int = 1, batch: int = BATCH
) -> Callable[[], None]:
    """``updates`` passes through the loop of trainax: shuffled windows, its compiled update."""
    import equinox as eqx
    import jax
    import trainax

    trainer = peer_trainer(data, updates, steps, batch)
    windows = trainer.trajectory_sub_stacker
    mixer = trainax.PermutationMixer(windows.num_total_samples, updates, batch, jax.random.key(0))
    update = eqx.filter_jit(trainer.step_fn)
    state: Tree = trainer.optimizer.init(eqx.filter(network, eqx.is_array))

    def case() -> None:
        nonlocal network, state
        for i in range(updates):
            network, state, loss = update(network, state, windows(mixer(i)))
        jax.block_until_ready((network, loss))

    return case


def one_step(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time an update on one step, in 1D, 2D and 3D."""
    return _every(backends, 1)


def unrolled(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time an update on five steps, in 1D, 2D and 3D."""
    return _every(backends, UNROLLED)


def _every(backends: dict[str, xpde.Backend], steps: int) -> list[Row]:
    cases = [(dims, name) for dims, t in SIZES if t == steps for name in networks()]
    return [
        r
        for dims, name in cases
        for r in kept(
            f"update {name} {dims}D T {steps}", partial(measure, backends, dims, name, steps)
        )
    ]


def measure(backends: dict[str, xpde.Backend], dims: int, name: str, steps: int = 1) -> list[Row]:
    """Time one architecture; NumPy, which has no target there, is left out in 2D and 3D."""
    size = sized(name, dims, steps)
    chosen = {b: bk for b, bk in backends.items() if b != "numpy" or dims == 1}
    cases = _cases(chosen, dims, name, steps)
    timing = interleave(cases, rounds=size.rounds, seconds=0.1, on=placed(chosen), pause=PAUSE)
    held: list[tuple[str, str, str, float | None]] = [
        (b, "peer", REFERENCE, target(b, dims, steps)) for b in chosen
    ]
    if "plain" in cases:
        held.append(("torch", "plain", PLAIN, PLAIN_TARGET))
    held += _floors(timing, chosen, dims, name, steps)
    label = f"{name}, {dims}D {f'{size.points}³ ' * (dims == 3)}batch {size.batch}"
    return [
        row(timing, b, over, suite="update", case=label + f", T = {steps}" * (steps > 1),
            backend=b, against=against, target=most, scale=size.updates)
        for b, over, against, most in held
    ]  # fmt: skip


def placed(backends: dict[str, xpde.Backend]) -> dict[str, xpde.Backend]:
    """Say whose clock times a case: torch.nn is on the device of PyTorch."""
    return backends | {"plain": backends["torch"]} if "torch" in backends else backends


def _cases(backends: dict[str, xpde.Backend], dims: int, name: str, steps: int) -> dict[str, Case]:
    """Make what is timed: the reference, torch.nn, and the trainer on every backend."""
    import jax

    size, pair = sized(name, dims, steps), networks()[name]
    host = trajectories(dims, size.points)
    how = (size.updates, steps, size.batch)
    peer = pair.peer(dims, jax.random.key(0))
    cases: dict[str, Case] = {"peer": peer_updating(peer, jax.numpy.asarray(host), *how)}
    for b, bk in backends.items():
        data = bk.asarray(host)
        cases[b] = updating(bk, pair.own(dims), data, *how)
        if b == "torch":
            from bench import plain_torch

            network = plain_torch.NETWORKS[name](dims)
            cases["plain"] = plain_torch.updating(network, data, RATE, size.batch, *how[:2])
    return cases


def _floors(
    timing: Timing, backends: dict[str, xpde.Backend], dims: int, name: str, steps: int
) -> list[tuple[str, str, str, None]]:
    """Add the time of the products of every backend to the rounds; say what is held against it."""
    size, network = sized(name, dims, steps), networks()[name].own(dims)
    held = []
    for b, bk in backends.items():
        one = update_floor(bk, network, (size.points,) * dims, size.batch, steps)
        key = f"floor of {b}"
        timing.rounds[key] = [size.updates * one] * len(timing.rounds[b])
        held.append((b, key, FLOOR, None))
    return held
