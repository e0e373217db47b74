"""What one backend computes so that it can be compared: one noun for each level."""

import numpy as np

from xpde.core import Backend, leaves, stream, tree_map
from xpde.core.backend import Array
from xpde.core.trees import Tree
from xpde.pde import Solver
from xpde.study.config import CompareConfig
from xpde.train import Windows, batch_plan, opened

__all__ = ["adapter_probe", "first_gradient", "perturbed_growth"]


def adapter_probe(bk: Backend, points: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """Return the outputs of the verbs on random states and random (not Hermitian) spectra.

    Level 0: ``rfftn``, ``irfftn``, ``fftn``, ``ifftn``, ``convolve``, ``convolve_transpose`` and
    ``roll`` of the same host numbers.
    """
    rng, dims = stream(seed, "probe"), len(points)
    axes = tuple(range(-dims, 0))
    half = (2, *points[:-1], points[-1] // 2 + 1)
    u = bk.asarray(rng.uniform(-1, 1, (2, 4, *points)))
    u_hat = bk.asarray(rng.normal(size=half) + 1j * rng.normal(size=half))
    z = bk.asarray(rng.normal(size=(2, *points)) + 1j * rng.normal(size=(2, *points)))
    w = bk.asarray(rng.uniform(-1, 1, (4, 4, *[3] * dims)))
    outputs = {
        "rfftn": bk.rfftn(u, dims),
        "irfftn": bk.irfftn(u_hat, points),
        "fftn": bk.fftn(z, axes),
        "ifftn": bk.ifftn(z, axes),
        "convolve": bk.convolve(u, w),
        "convolve_transpose": bk.convolve_transpose(u, w),
        "roll": bk.xp.roll(u, 1, axis=-1),
    }
    return {name: bk.to_numpy(value) for name, value in outputs.items()}


def perturbed_growth(
    bk: Backend, stepper: Solver, u: np.ndarray, steps: int, seed: int, copies: int = 2
) -> np.ndarray:
    """Return how far runs that are disturbed by one ulp at every step drift apart, (steps,).

    d_t = max over copies of max|v_t - u_t| / max|u_t|,  v_t = step(v_{t-1}) + ε max|u_t| ξ_t

    with ξ uniform in (-1, 1) at every point: what the rounding of a step may do, carried on and
    amplified by the equation itself. ``u`` is one state (C, *N).
    """
    rng = stream(seed, "ulp")
    eps = float(np.finfo(bk.dtype).eps)
    advance = bk.jit(lambda plan, state: plan(state))
    state = np.stack([u.astype(bk.dtype)] * (copies + 1))
    distances = np.empty(steps)
    for t in range(steps):
        noise = rng.uniform(-1, 1, state.shape) * eps * np.max(np.abs(state))
        noise[0] = 0.0  # copy 0 is left alone
        placed = bk.asarray((state + noise).astype(bk.dtype))
        state = bk.to_numpy(advance(stepper, placed))
        distances[t] = np.max(np.abs(state[1:] - state[:1])) / np.max(np.abs(state[0]))
    return distances


def first_gradient(bk: Backend, config: CompareConfig, data: Array) -> tuple[float, np.ndarray]:
    """Return loss and gradient at the initial weights for the first batch, as one host vector.

    ``data`` is the training set (S, T+1, C, *N); the vector has the leaves in tree order.
    """
    shell, held = opened(config.make_emulator(bk))
    objective = config.make_objective(bk)
    windows = Windows(data.shape[0], data.shape[1], objective.steps)
    batch = next(iter(batch_plan(windows.count, config.problem.batch, 1, config.seed)))
    flat = bk.xp.reshape(data, (data.shape[0] * data.shape[1], *data.shape[2:]))
    window = windows.gather(flat, bk.asarray(windows.rows(batch)), objective.frames)

    def loss(params: Tree, part: Array, arrays: list[Array]) -> Array:
        network = shell(arrays)
        return objective(lambda u: network.apply(params, u), part)

    params = tree_map(bk.asarray, config.initial_weights())
    value, gradient = bk.jit(bk.value_and_grad(loss))(params, window, held)
    parts = [np.ravel(bk.to_numpy(leaf)) for leaf in leaves(gradient)]
    return float(bk.to_numpy(value)), np.concatenate(parts).astype(np.float64)
