"""The ansatz: a linear emulator of one or two weights, fitted to a scheme at given modes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xpde.core import Backend, Tree, namespace_of
from xpde.errors import InvalidInput, unknown_name
from xpde.nn.network import check_state
from xpde.optim import constant, sgd
from xpde.study.superiority.schemes import EQUATIONS
from xpde.study.superiority.symbol import Step, second_difference_inverted
from xpde.train import Supervised, Trainer

__all__ = ["Ansatz", "descend"]

Array = Any


@dataclass(frozen=True)
class Ansatz:
    """The emulator with the fewest weights that contains the explicit scheme.

    | equation | u⁺ | symbol |
    |---|---|---|
    | advection | θ₁ u_i + θ₀ u_{i-1} | θ₁ + θ₀ e^{-iω} |
    | diffusion | u_i + ½θ(u_{i-1} - 2u_i + u_{i+1}) | 1 + θ(cos ω - 1) |
    | Poisson | θ times the solution with the second difference | θ/(2(1 - cos ω)) |

    A network: ``init`` gives zeros, so that :class:`xpde.train.Trainer` trains it like any other.
    Its parameters are ``{"theta": (weights, 1)}``.

    Attributes
    ----------
    equation
        ``advection``, ``diffusion`` or ``poisson``.
    leftward
        Whether advection moves to the left (γ₁ > 0): then the other tap is i + 1.

    Raises
    ------
    InvalidInput
        If there is no such equation.

    Reference: Koehler & Thuerey (2025), ansatz of the linear theory.
    """

    equation: str
    leftward: bool = False

    dims: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.equation not in EQUATIONS:
            raise unknown_name("equation", self.equation, EQUATIONS)

    @property
    def receptive_field(self) -> float:
        """Cells seen in each direction: 1, all of them for Poisson."""
        return float("inf") if self.equation == "poisson" else 1.0

    def parameter_count(self) -> int:
        """Return the number of weights."""
        return 2 if self.equation == "advection" else 1

    def init(self, rng: np.random.Generator) -> Tree:
        """Return zeros; nothing is drawn."""
        return {"theta": np.zeros((self.parameter_count(), 1))}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., 1, N) one step ahead, right-hand sides of Poisson to solutions."""
        check_state("Ansatz", u, 1, 1)
        xp, theta = namespace_of(u), params["theta"]
        if self.equation == "poisson":
            return theta[0, ...] * second_difference_inverted(u)
        if self.equation == "advection":
            upstream = xp.roll(u, -1 if self.leftward else 1, axis=-1)
            return theta[1, ...] * u + theta[0, ...] * upstream
        bend = xp.roll(u, 1, axis=-1) - 2.0 * u + xp.roll(u, -1, axis=-1)
        return u + 0.5 * theta[0, ...] * bend

    def parts(self, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (offset, basis) with the symbol offset + Σ_j θ_j basis_j; shapes φ and (j, φ)."""
        phi = np.asarray(phi, dtype=np.float64)
        s = np.sin(np.pi * phi) ** 2
        if self.equation == "diffusion":
            return np.ones(phi.shape, complex), np.asarray([-2 * s], complex)
        nothing = np.zeros(phi.shape, complex)
        if self.equation == "poisson":
            inverse = np.where(s > 0, 1 / np.where(s > 0, 4 * s, 1.0), 0.0)
            return nothing, np.asarray([inverse], complex)
        angle = 2 * np.pi * phi if self.leftward else -2 * np.pi * phi
        return nothing, np.asarray([np.exp(1j * angle), np.ones(phi.shape, complex)])

    def symbol(self, weights: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """Return the symbol with weights (θ₀[, θ₁]) at relative modes φ, complex128."""
        offset, basis = self.parts(phi)
        return offset + np.tensordot(np.asarray(weights, complex), basis, axes=1)

    def fit(
        self, target: np.ndarray, psi: np.ndarray, amplitudes: Sequence[float] | None = None
    ) -> np.ndarray:
        """Return the weights that minimize Σ_m w_m |h(ψ_m) - y_m|², the one-step error.

        A real least-squares problem; the mean squared error of the next state is this sum, w_m
        being the mean squared amplitude of mode m in the training data.

        Parameters
        ----------
        target
            y, symbol of the scheme that makes the data, at the modes (m,).
        psi
            ψ, relative modes of the data (m,).
        amplitudes
            w, equal if None.

        Raises
        ------
        InvalidInput
            If shapes differ, or the modes do not determine the weights (ψ = 0 or ½ alone).
        """
        modes, y = np.atleast_1d(np.asarray(psi, float)), np.atleast_1d(np.asarray(target))
        weight = np.ones(modes.shape) if amplitudes is None else np.asarray(amplitudes, float)
        if not modes.shape == y.shape == weight.shape or np.any(weight < 0):
            raise InvalidInput(
                f"ansatz: expected a target and an amplitude ≥ 0 for each of {modes.size} modes, "
                f"got {y.shape} and {weight.shape}"
            )
        offset, basis = self.parts(modes)
        root = np.sqrt(weight)
        matrix = np.concatenate([(root * basis).real, (root * basis).imag], axis=1).T
        right = root * (y - offset)
        found, _, rank, _ = np.linalg.lstsq(
            matrix, np.concatenate([right.real, right.imag]), rcond=1e-14
        )
        if rank < self.parameter_count():
            raise InvalidInput(
                f"ansatz: expected modes that determine {self.parameter_count()} weights, got psi "
                f"= {', '.join(f'{m:g}' for m in modes)}; train on a mode between 0 and 1/2"
            )
        return found

    def rate(self, psi: float) -> float:
        """Return the best constant rate of gradient descent on states of one mode, ‖u‖² = N/2.

        η = 2/(λ_min + λ_max) of the Hessian; the error shrinks by cos 2πψ each update of
        advection, and vanishes after one update where there is one weight.
        """
        _, basis = self.parts(np.asarray([psi]))
        eigenvalues = np.linalg.eigvalsh((np.conj(basis) @ basis.T).real)
        return float(2 / (eigenvalues[0] + eigenvalues[-1]))


def descend(
    ansatz: Ansatz, step: Step, mode: int, points: int, backend: Backend, updates: int
) -> np.ndarray:
    """Train the ansatz by gradient descent on one step of a solver, and return its weights.

    The data are the cosine and the sine of one mode; the loss is the mean squared error of the
    next state, the optimizer is :func:`xpde.optim.sgd` with the rate of :meth:`Ansatz.rate`.

    Parameters
    ----------
    ansatz, step
        What to train, and the solver to imitate, a map of states (..., 1, N).
    mode, points
        k and N of the data, ψ = k/N, 0 < k < N/2.
    backend, updates
        Where, and how long.

    Raises
    ------
    InvalidInput
        If the mode is not one of the grid.
    NonFinite
        If the training diverges.
    """
    if not 0 < mode < points / 2:
        raise InvalidInput(f"descend: expected a mode in (0, {points}/2), got {mode}")
    angle = 2 * np.pi * mode * np.arange(points) / points
    states = backend.asarray(np.stack([np.cos(angle), np.sin(angle)])[:, None, :])
    data = namespace_of(states).stack([states, step(states)], axis=1)
    trainer = Trainer(
        ansatz, Supervised(), sgd(constant(ansatz.rate(mode / points))), updates, batch_size=2
    )
    found = trainer.run(ansatz.init(np.random.default_rng(0)), data)
    return backend.to_numpy(found.params["theta"])[:, 0]
