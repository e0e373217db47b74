"""Trajectories of the Navier-Stokes experiment, on the host and solved directly."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import block_array, csc_array, diags_array
from scipy.sparse.linalg import splu

from xpde.core import stream
from xpde.study.prdp.oseen import OseenStep, backward_divergence, forward_gradient

__all__ = ["advanced", "flow_trajectories", "initial_flow"]

SMOOTHING = 3e-3
"""ν Δt of the step of heat that smooths the noise."""


def initial_flow(seed: int, purpose: str, number: int, points: int) -> np.ndarray:
    """Return a smooth solenoidal state (3, N, N) on the unit square.

    White noise for u and v, one implicit step of heat, no mean and deviation 1 each; then q - ∇φ
    with ∇·∇φ = ∇·q, and φ as the pressure.
    """
    h = 1 / points
    noise = stream(seed, f"prdp/{purpose}", number).standard_normal((2, points, points))
    symbol = _laplacian(points)
    q = _filtered(noise, 1 / (1 - SMOOTHING * symbol))
    q = q - q.mean(axis=(-2, -1), keepdims=True)
    q = q / q.std(axis=(-2, -1), keepdims=True)
    inverse = np.divide(1.0, symbol, out=np.zeros_like(symbol), where=symbol != 0)
    phi = _filtered(backward_divergence(q, h), inverse)
    return np.concatenate([q - forward_gradient(phi, h), phi[None]])


def _laplacian(points: int) -> np.ndarray:
    """Return the symbol of the 5-point Laplacian of the unit square, (N, N//2 + 1)."""
    one = 2 * (np.cos(2 * np.pi * np.arange(points) / points) - 1) * points**2
    return one[:, None] + one[None, : points // 2 + 1]


def _filtered(u: np.ndarray, symbol: np.ndarray) -> np.ndarray:
    return np.fft.irfft2(np.fft.rfft2(u) * symbol, s=u.shape[-2:])


def advanced(step: OseenStep, state: np.ndarray) -> np.ndarray:
    """Return the step of a state (3, N, N) by sparse factorization; the pressure has no mean.

    The equations for mass add up to nothing, so that one of them gives way to p₀ = 0.
    """
    n = state.shape[-1]
    operator, b = step(state)
    index = np.arange(n * n).reshape(n, n)

    def shift(steps: int, axis: int) -> csc_array:
        columns = np.roll(index, steps, axis=axis).ravel()
        rows = np.arange(n * n)
        return csc_array((np.ones(n * n), (rows, columns)), shape=(n * n, n * n))

    def times(coefficients: np.ndarray, matrix: csc_array) -> csc_array:
        return csc_array(diags_array(coefficients.ravel()) @ matrix)

    one, h = csc_array(diags_array(np.ones(n * n))), step.width
    neighbors = [(operator.west, 1, -1), (operator.east, -1, -1)]  # type: ignore[attr-defined]
    neighbors += [(operator.south, 1, -2), (operator.north, -1, -2)]  # type: ignore[attr-defined]
    momentum = [times(operator.center[c], one) for c in range(2)]  # type: ignore[attr-defined]
    for c in range(2):
        for coefficients, steps, axis in neighbors:
            momentum[c] = momentum[c] + times(coefficients[c], shift(steps, axis))
    gradient = [(shift(-1, axis) - one) / h for axis in (-1, -2)]
    mass = [(one - shift(1, axis)) / h for axis in (-1, -2)]
    pin = csc_array(([1.0], ([0], [0])), shape=(n * n, n * n))
    keep = diags_array(np.r_[0.0, np.ones(n * n - 1)])
    matrix = block_array(
        [
            [momentum[0], None, gradient[0]],
            [None, momentum[1], gradient[1]],
            [keep @ mass[0], keep @ mass[1], pin],
        ],
        format="csc",
    )
    found = splu(matrix).solve(b.ravel()).reshape(3, n, n)
    found[2] -= found[2].mean()
    return found


def flow_trajectories(
    step: OseenStep, seed: int, purpose: str, count: int, points: int, steps: int
) -> Iterator[np.ndarray]:
    """Yield trajectories (steps + 1, 3, N, N) one after the other."""
    for number in range(count):
        states = [initial_flow(seed, purpose, number, points)]
        for _ in range(steps):
            states.append(advanced(step, states[-1]))
        yield np.stack(states)
