"""One training update over the peer's: the same network, batch, loss and optimizer, float32."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench.table import Row, row
from bench.timing import interleave
from xpde.core import stream
from xpde.nn import FNO, Conv, Network
from xpde.optim import adam, constant
from xpde.train import Supervised, Trained, Trainer

BATCH, POINTS, UPDATES = 20, 160, 25


def trajectories() -> np.ndarray:
    """Fifty trajectories of 51 snapshots, as many as the benchmark trains on."""
    return np.random.default_rng(0).standard_normal((50, 51, 1, POINTS))


def updating(bk: xpde.Backend, network: Network) -> Callable[[], None]:
    """UPDATES updates of the trainer, its gathering of windows included."""
    data = bk.asarray(trajectories())
    trainer = Trainer(
        network, Supervised(), adam(constant(1e-3)), updates=UPDATES, batch_size=BATCH,
        updates_per_dispatch=UPDATES,
    )  # fmt: skip
    state = trainer.run(network.init(stream(0, "bench")), data)

    def case() -> None:
        nonlocal state
        again = Trained(state.params, state.optimizer_state, np.empty(0), 0)
        state = trainer.run(None, data, state=again)
        bk.synchronize(state.params)

    return case


def peer_networks() -> dict[str, tuple[Any, Network, dict[str, float]]]:
    """The peer's network, ours, and the targets."""
    import jax
    from pdequinox.arch import ClassicFNO, ConvNet

    key = jax.random.key(0)
    convolutional = ConvNet(
        1, 1, 1, hidden_channels=34, depth=10, activation=jax.nn.relu, boundary_mode="periodic",
        key=key,
    )  # fmt: skip
    spectral = ClassicFNO(
        1, 1, 1, hidden_channels=18, num_modes=12, num_blocks=4, activation=jax.nn.gelu, key=key
    )
    return {
        "Conv;34;10;relu": (convolutional, Conv(1, 1, 1, 34, 10), {"jax": 1.2, "torch": 1.2}),
        "FNO;12;18;4;gelu": (spectral, FNO(1, 1, 1, 12, 18, 4), {}),
    }


def peer_updating(network: Any) -> Callable[[], None]:
    """UPDATES compiled updates of pdequinox + optax on windows at hand."""
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import optax

    optimizer = optax.adam(1e-3)
    state = optimizer.init(eqx.filter(network, eqx.is_array))
    u = jnp.asarray(trajectories()[0, : BATCH + 1], dtype=jnp.float32)

    @eqx.filter_jit
    def update(network: Any, state: Any, u0: Any, u1: Any) -> Any:
        def loss(network: Any) -> Any:
            return jnp.mean((jax.vmap(network)(u0) - u1) ** 2)

        value, gradient = eqx.filter_value_and_grad(loss)(network)
        change, state = optimizer.update(gradient, state, eqx.filter(network, eqx.is_array))
        return eqx.apply_updates(network, change), state, value

    def case() -> None:
        nonlocal network, state
        for _ in range(UPDATES):
            network, state, value = update(network, state, u[:-1], u[1:])
        jax.block_until_ready(value)

    return case


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time of an update over that of pdequinox + optax."""
    rows = []
    for name, (peer, network, targets) in peer_networks().items():
        cases = {"peer": peer_updating(peer)}
        cases |= {b: updating(bk, network) for b, bk in backends.items()}
        timing = interleave(cases, seconds=0.2)
        rows += [
            row(timing, b, "peer", suite="update", case=f"{name}, 1D batch {BATCH}", backend=b,
                against="pdequinox + optax (jit)", target=targets.get(b), scale=UPDATES)
            for b in backends
        ]  # fmt: skip
    return rows
