"""Stepping: xpde over the transforms it must do, and over the peer's compiled rollout."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench import transforms
from bench.clock import Waiting, waiting
from bench.table import Row, row
from bench.timing import Case, interleave
from bench.transforms import Floor, counted
from xpde.pde import Equation, Stepper, burgers, kolmogorov_vorticity, kuramoto_sivashinsky
from xpde.space import Grid

__all__ = ["STEPS", "against_floor", "against_peer", "peers", "smooth_state", "waiting"]

STEPS = 50
N = 160
ORDER = 2
PEER = "exponax 0.2.0 (jit)"
FLOOR = "its transforms"


def smooth_state(grid: Grid, channels: int) -> np.ndarray:
    """A band-limited state of size one."""
    x = 2 * np.pi * grid.coordinates() / np.reshape(grid.extent, (-1, *[1] * grid.dims))
    waves = [np.sin((c + 1) * x[0] + c) * np.cos(x[-1] + c) for c in range(channels)]
    return np.stack(waves)


def floor(bk: xpde.Backend, equation: Equation, grid: Grid, dt: float) -> Floor:
    """What the transforms of STEPS steps cost on a backend."""
    plan = Stepper.build(equation, grid, dt, order=ORDER, backend=xpde.backend("numpy"))
    u = smooth_state(grid, equation.channels)
    return transforms.floor(bk, counted(plan, u, ORDER), u.shape, grid.dims, STEPS)


def stepping(bk: xpde.Backend, equation: Equation, grid: Grid, dt: float) -> Waiting:
    """STEPS steps in Fourier space, from and to the spectrum."""
    stepper = Stepper.build(equation, grid, dt, order=ORDER, backend=bk)
    u = bk.asarray(smooth_state(grid, equation.channels))
    u_hat = bk.rfftn(u, grid.dims)

    def fn(stepper: Stepper, u_hat: Any) -> Any:
        def body(z: Any, _: None) -> tuple[Any, None]:
            return stepper.step_fourier(z), None

        return bk.scan(body, u_hat, length=STEPS)[0]

    return waiting(bk, fn, stepper, u_hat)


def peer_stepping(stepper: Any, grid: Grid) -> Callable[[], None]:
    """The same of the peer, compiled, float32."""
    import exponax
    import jax
    import jax.numpy as jnp

    compiled = jax.jit(exponax.repeat(stepper.step_fourier, STEPS))
    u = jnp.asarray(smooth_state(grid, stepper.num_channels), dtype=jnp.float32)
    u_hat = exponax.fft(u, num_spatial_dims=grid.dims)
    return lambda: jax.block_until_ready(compiled(u_hat))


def spectral() -> dict[str, tuple[Any, Equation, Grid, float]]:
    """The peer's stepper and ours for steps that stay in Fourier space."""
    import exponax

    large, square = Grid.cube(2, N, 2 * np.pi), Grid.cube(2, N, 1.0)
    return {
        "Kolmogorov 2D": (
            exponax.stepper.KolmogorovFlowVorticity(2, 2 * np.pi, N, 5e-3, diffusivity=1e-2),
            kolmogorov_vorticity(diffusivity=1e-2), large, 5e-3,
        ),
        "Burgers 2D": (
            exponax.stepper.Burgers(2, 1.0, N, 1e-3, diffusivity=1e-2, conservative=True),
            burgers(2, diffusivity=1e-2, conservative=True), square, 1e-3,
        ),
    }  # fmt: skip


def against_floor(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Steps on 160² that stay in Fourier space, over the pure time of their transforms.

    The transforms are those that the evaluations of the nonlinear term do, in the same framework;
    the second row of a backend is over the peer's compiled steps.
    """
    rows = []
    for case, (stepper, equation, grid, dt) in spectral().items():
        cases: dict[str, Case] = {"peer": peer_stepping(stepper, grid)}
        floors = {name: floor(bk, equation, grid, dt) for name, bk in backends.items()}
        for name, bk in backends.items():
            cases |= {name: stepping(bk, equation, grid, dt)}
            cases |= {key: floors[name].cases[key] for key in floors[name].fields}
        timing = interleave(cases, on={"peer": backends.get("jax")}, peaks=("peer", *backends))
        for name in backends:
            timing.add(f"{name} floor", floors[name].spectral(STEPS))
        rows += [
            row(timing, name, over, suite="step", case=f"{case} {N}²", backend=name,
                against=against, target=target, scale=STEPS)
            for name in backends
            for over, against, target in ((f"{name} floor", FLOOR, 1.3), ("peer", PEER, None))
        ]  # fmt: skip
    return rows


def peers() -> dict[str, tuple[Any, Equation, Grid, float, dict[str, float]]]:
    """The peer's stepper, ours, and the targets per backend."""
    import exponax

    line, square = Grid.cube(1, N, 1.0), Grid.cube(2, N, 1.0)
    fast = {"jax": 0.5, "torch": 0.5}
    return {
        "Burgers 1D": (
            exponax.stepper.Burgers(1, 1.0, N, 1e-3, diffusivity=1e-2),
            burgers(1, diffusivity=1e-2), line, 1e-3, {"jax": 1.0},
        ),
        "Kuramoto-Sivashinsky 1D": (
            exponax.stepper.KuramotoSivashinsky(1, 60.0, N, 0.1),
            kuramoto_sivashinsky(1), Grid.cube(1, N, 60.0), 0.1, {"jax": 1.0},
        ),
        "Burgers 2D": (
            exponax.stepper.Burgers(2, 1.0, N, 1e-3, diffusivity=1e-2),
            burgers(2, diffusivity=1e-2, conservative=False), square, 1e-3, fast,
        ),
        "Burgers 2D conservative": (
            exponax.stepper.Burgers(2, 1.0, N, 1e-3, diffusivity=1e-2, conservative=True),
            burgers(2, diffusivity=1e-2, conservative=True), square, 1e-3, fast,
        ),
    }  # fmt: skip


def peer_rollout(stepper: Any, u: np.ndarray) -> Callable[[], None]:
    """The peer's own rollout of STEPS steps, compiled, float32."""
    import exponax
    import jax
    import jax.numpy as jnp

    compiled = jax.jit(exponax.rollout(stepper, STEPS))
    start = jnp.asarray(u, dtype=jnp.float32)
    return lambda: jax.block_until_ready(compiled(start))


def against_peer(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Rollouts of the same equation, every snapshot returned, over exponax's compiled rollout.

    The second row of a backend is over the transforms of the rollout in the same framework.
    """
    rows = []
    for case, (stepper, equation, grid, dt, targets) in peers().items():
        u = smooth_state(grid, equation.channels)
        cases: dict[str, Case] = {"peer": peer_rollout(stepper, u)}
        floors = {name: floor(bk, equation, grid, dt) for name, bk in backends.items()}
        for name, bk in backends.items():
            plan = Stepper.build(equation, grid, dt, order=ORDER, backend=bk)
            cases[name] = waiting(bk, lambda s, u: s.rollout(u, STEPS), plan, bk.asarray(u))
            cases |= floors[name].cases
        timing = interleave(cases, on={"peer": backends.get("jax")}, peaks=("peer", *backends))
        for name in backends:
            timing.add(f"{name} floor", floors[name].rollout(STEPS))
        rows += [
            row(timing, name, over, suite="rollout", case=case, backend=name,
                against=against, target=target, scale=STEPS)
            for name in backends
            for over, against, target in (
                ("peer", PEER, targets.get(name)), (f"{name} floor", FLOOR, None),
            )
        ]  # fmt: skip
    return rows
