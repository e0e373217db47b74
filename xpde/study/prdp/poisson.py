"""The inverse problem of a source in the Poisson equation: gradient descent through a solver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from xpde.core import Backend, Tree, namespace_of
from xpde.errors import InvalidInput, unknown_name
from xpde.optim import constant, sgd
from xpde.solvers import NEGATIVE, Jacobi, SteepestDescent
from xpde.solvers.method import Iterative
from xpde.study.prdp.emulation import CAP
from xpde.study.prdp.inner import Still, inner_solve
from xpde.study.prdp.lattice import Lattice, solved
from xpde.study.prdp.problem import ADJOINTS, Errors, Problem, Setup
from xpde.train import Linear, MixedChain
from xpde.train.rule import Rule

__all__ = ["Amplitudes", "Poisson", "half_square"]

Array = Any

METHODS: dict[str, Callable[..., Iterative]] = {
    "jacobi": Jacobi,
    "steepest descent": SteepestDescent,
}
"""Iterations of the published experiment, by name."""


@dataclass(frozen=True)
class Amplitudes:
    """The map u_c ↦ θ_c u_c of channels: what a source is made of, with a parameter for each.

    Attributes
    ----------
    initial
        θ before the first update.
    """

    initial: tuple[float, ...]

    dims: ClassVar[int] = 1
    receptive_field: ClassVar[float] = 0.0

    def init(self, rng: np.random.Generator) -> Tree:
        """Return θ; nothing is drawn."""
        return {"theta": np.asarray(self.initial)[:, None]}

    def apply(self, params: Tree, u: Array) -> Array:
        """Map (..., C, N)."""
        return params["theta"] * u

    def parameter_count(self) -> int:
        """Return C."""
        return len(self.initial)


def half_square(pred: Array, ref: Array) -> Array:
    """Return ½ mean_B mean_N (Σ_c (p_c - q_c))²: parts of one field, compared as their sum."""
    xp = namespace_of(pred, ref)
    error = xp.sum(pred - ref, axis=1)
    return 0.5 * xp.mean(error * error)


@dataclass(frozen=True)
class Poisson(Problem):
    """u'' = -Σ_i θ_i sin(2πi x) on (0, 1), u = 0 at both ends: find θ from u.

    L(θ) = ½ mean (u_K(θ) - u_ref)²,  θ ← θ - η ∂L/∂θ

    A is the second difference on N inner points, u_K the K-th iterate from zero, u_ref the solution
    at θ_ref. The parts u_i of u are solved side by side: an error of one does not reach another.
    The monitored error is ‖θ - θ_ref‖/‖θ_ref‖, as published; it needs the truth.

    With one parameter a sine is an eigenvector, and everything is known in closed form: with
    μ = cos(2πh), λ = 2(1 - μ)/h², g = (N + 1)/(2Nλ²),

        θ ← θ - η g (θ(1 - μ^K) - θ_ref)(1 - μ^K).

    Attributes
    ----------
    points
        N.
    truth, guess
        θ_ref and θ₀. With three parameters the published values are unknown.
    rate
        η.
    method
        ``"jacobi"`` or ``"steepest descent"``.
    """

    epochs: int = 180
    samples: int = 1
    batch: int = 1
    converged: int = 600
    points: int = 30
    truth: tuple[float, ...] = (2.0,)
    guess: tuple[float, ...] = (5.0,)
    rate: float = 275.0
    method: str = "jacobi"

    name: ClassVar[str] = "poisson"
    monitored: ClassVar[str] = "theta"
    paper: ClassVar[dict[str, Any]] = {
        "first": 25,
        "increment": 10,
        "stepping": 0.92,
        "window": 1,
        "lag": 2,
        "cap": 600,
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.truth) != len(self.guess):
            raise InvalidInput(
                f"poisson: expected as many guesses as the {len(self.truth)} parameters, got "
                f"{len(self.guess)}"
            )
        if self.method not in METHODS:
            raise unknown_name("method", self.method, METHODS)

    @classmethod
    def small(cls, **changes: Any) -> Self:
        """Return it with K_ε = 100 and 40 updates."""
        return cls(**{"epochs": 40, "converged": 100, **changes})

    @classmethod
    def three(cls, **changes: Any) -> Self:
        """Return the problem with three parameters, ours where the published values are unknown.

        θ_ref = (2, 4, 6), θ₀ = (5, 5, 5), η = 2000: the mode i converges by 1 - η g_i, g_i ~ i⁻⁴,
        so that the third one needs most updates and the first one, of which Jacobi converges most
        slowly, most sweeps.
        """
        more = {"truth": (2.0, 4.0, 6.0), "guess": (5.0, 5.0, 5.0), "rate": 2000.0, "epochs": 400}
        return cls(**{**more, **changes})

    @property
    def scale(self) -> dict[str, Any]:
        """Return the fields of the library's rule that are not its defaults.

        A check is one update of gradient descent, by which an error without noise falls to .908 of
        itself at any level: a standstill is a fall to more than .92, as published, and nothing is
        smoothed. Parameters that contract so slowly do not catch up, so that the end is not waited
        for. Levels have the scale of K_ε.
        """
        return {
            "first": min(50, self.converged),
            "increment": 20,
            "cap": self.converged,
            "stepping": 0.92,
            "window": 1,
            "lag": 2,
        }

    def rules(self) -> dict[str, Rule]:
        """Return the published schedule, min(25 + 5e, K_ε) at epoch e."""
        return {"scheduled": Linear(min(25, self.converged), 5, self.converged)}

    def setup(self, bk: Backend) -> Setup:
        """Make everything on a backend."""
        h = 1 / (self.points + 1)
        center, coupling = -2 / h**2, 1 / h**2
        lattice = Lattice.build(bk, (self.points,), center, coupling, NEGATIVE)
        x = h * np.arange(1, self.points + 1)
        basis = np.stack([-np.sin(2 * np.pi * i * x) for i in range(1, len(self.truth) + 1)])
        solution = np.asarray(self.truth)[:, None] * solved(basis, center, coupling, 1)
        method = METHODS[self.method](max_steps=self.converged)
        solve = inner_solve(bk, Still(lattice), method, ADJOINTS[self.adjoint], CAP)
        chain = MixedChain(
            steps=2, physics_steps=1, level_weights=(0.0, 1.0), loss=half_square, solver=solve
        )
        data = np.stack([basis, basis, solution])[None]  # frame 1 has weight 0
        return Setup(
            Amplitudes(self.guess),
            chain,
            sgd(constant(self.rate)),
            data,
            lambda params: self._errors(bk.to_numpy(params["theta"])[:, 0]),
            solve,
            basis[None],
        )

    def _errors(self, theta: np.ndarray) -> Errors:
        truth = np.asarray(self.truth)
        each = np.abs(theta - truth) / np.abs(truth)
        whole = float(np.linalg.norm(theta - truth) / np.linalg.norm(truth))
        return {"theta": whole} | {f"theta_{i}": float(e) for i, e in enumerate(each, start=1)}
