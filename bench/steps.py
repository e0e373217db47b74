"""Stepping: xpde over the transforms it must do, and over the peer's compiled rollout."""

from collections.abc import Callable
from typing import Any

import numpy as np

import xpde
from bench.table import Row, row
from bench.timing import interleave
from xpde.pde import Equation, Stepper, burgers, kolmogorov_vorticity, kuramoto_sivashinsky
from xpde.space import Grid

STEPS = 50
N = 160


def smooth_state(grid: Grid, channels: int) -> np.ndarray:
    """A band-limited state of size one."""
    x = 2 * np.pi * grid.coordinates() / np.reshape(grid.extent, (-1, *[1] * grid.dims))
    waves = [np.sin((c + 1) * x[0] + c) * np.cos(x[-1] + c) for c in range(channels)]
    return np.stack(waves)


def waiting(bk: xpde.Backend, fn: Callable[..., Any], *args: Any) -> Callable[[], None]:
    """A case that compiles where possible and waits for its result."""
    compiled = bk.jit(fn)

    def case() -> None:
        bk.synchronize(compiled(*args))

    return case


def round_trips(bk: xpde.Backend, grid: Grid, fields: int) -> Callable[[], None]:
    """STEPS times one inverse and one forward transform of a stack of fields, nothing else."""
    u_hat = bk.rfftn(bk.asarray(smooth_state(grid, fields)), grid.dims)

    def fn(u_hat: Any) -> Any:
        def body(z: Any, _: None) -> tuple[Any, None]:
            return bk.rfftn(bk.irfftn(z, grid.points), grid.dims), None

        return bk.scan(body, u_hat, length=STEPS)[0]

    return waiting(bk, fn, u_hat)


def stepping(bk: xpde.Backend, equation: Equation, grid: Grid, dt: float) -> Callable[[], None]:
    """STEPS steps in Fourier space, from and to the spectrum."""
    stepper = Stepper.build(equation, grid, dt, order=2, backend=bk)
    u = bk.asarray(smooth_state(grid, equation.channels))
    u_hat = bk.rfftn(u, grid.dims)

    def fn(stepper: Stepper, u_hat: Any) -> Any:
        def body(z: Any, _: None) -> tuple[Any, None]:
            return stepper.step_fourier(z), None

        return bk.scan(body, u_hat, length=STEPS)[0]

    return waiting(bk, fn, stepper, u_hat)


# equation, its fields per inverse and per forward transform of one evaluation
FLOORS: dict[str, tuple[Equation, tuple[int, int], float, float]] = {
    "Kolmogorov 2D": (kolmogorov_vorticity(diffusivity=1e-2), (2, 2), 2 * np.pi, 5e-3),
    "Burgers 2D": (burgers(2, diffusivity=1e-2, conservative=True), (2, 3), 1.0, 1e-3),
}


def against_floor(backends: dict[str, xpde.Backend]) -> list[Row]:
    """Time of a 160² step over the pure time of its transforms in the same framework.

    An evaluation does p inverse and q forward transforms; the floor is half a round trip of p
    fields plus half a round trip of q fields, times the two stages of order 2.
    """
    rows = []
    for case, (equation, (inverse, forward), extent, dt) in FLOORS.items():
        grid = Grid.cube(2, N, extent)
        for name, bk in backends.items():
            timing = interleave(
                {
                    "step": stepping(bk, equation, grid, dt),
                    "inverse": round_trips(bk, grid, inverse),
                    "forward": round_trips(bk, grid, forward),
                }
            )
            timing.rounds["floor"] = [  # two stages, half a round trip of each stack
                a + b
                for a, b in zip(timing.rounds["inverse"], timing.rounds["forward"], strict=True)
            ]
            rows.append(
                row(timing, "step", "floor", suite="step", case=f"{case} {N}²", backend=name,
                    against="its transforms", target=1.3, scale=STEPS)
            )  # fmt: skip
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
    """Rollouts of the same equation, every snapshot returned, over exponax's compiled rollout."""
    rows = []
    for case, (stepper, equation, grid, dt, targets) in peers().items():
        u = smooth_state(grid, equation.channels)
        cases = {"peer": peer_rollout(stepper, u)}
        for name, bk in backends.items():
            plan = Stepper.build(equation, grid, dt, order=2, backend=bk)
            cases[name] = waiting(bk, lambda s, u: s.rollout(u, STEPS), plan, bk.asarray(u))
        timing = interleave(cases)
        rows += [
            row(timing, name, "peer", suite="rollout", case=case, backend=name,
                against="exponax 0.2.0 (jit)", target=targets.get(name), scale=STEPS)
            for name in backends
        ]  # fmt: skip
    return rows
