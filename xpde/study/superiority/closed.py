"""Closed forms: symbols of schemes, and the best weights of few taps for one mode."""

import numpy as np

from xpde.errors import InvalidInput
from xpde.study.superiority.schemes import check_difficulty, check_scheme, sweeps

__all__ = ["best_weights", "closed_symbol", "equal_modes", "limit_ratio"]

Weights = np.ndarray


def closed_symbol(
    equation: str, scheme: str, phi: np.ndarray, difficulty: float = 0.0
) -> np.ndarray:
    """Return the symbol of a scheme at relative modes φ = k/N; ω = 2πφ, s = sin² πφ.

    | equation | explicit | implicit | analytic |
    |---|---|---|---|
    | advection | 1 + γ₁(1 - e^{-iω}) | 1/(1 - γ₁(1 - e^{-iω})) | e^{iγ₁ω} |
    | diffusion | 1 - 2γ₂s | 1/(1 + 2γ₂s) | e^{-γ₂ω²/2} |

    Poisson (per Δx²): FD2 is 1/(4s), Q Jacobi sweeps from 0 are (1 - cos^Q ω)/(4s), analytic is
    1/ω²; at φ = 0, where the equation has no solution, they are 0. For γ₁ > 0 the upwind side is
    the other one: the symbol is the conjugate of that of -γ₁.

    The symbol of the analytic advection is that of the line; on a grid with even N the mode
    N/2 has no phase, and solvers leave it as it is.

    Parameters
    ----------
    equation, scheme
        See :data:`~xpde.study.superiority.EQUATIONS`.
    phi
        Relative modes, any shape, within [0, ½].
    difficulty
        γ₁ of advection, γ₂ of diffusion.

    Returns
    -------
    complex128 of the shape of ``phi``; real numbers for diffusion and Poisson.

    Raises
    ------
    InvalidInput
        If equation, scheme or difficulty do not exist.

    Reference: Koehler & Thuerey (2025), symbols of the linear theory.
    """
    check_scheme(equation, scheme)
    check_difficulty(equation, difficulty)
    phi = np.asarray(phi, dtype=np.float64)
    if equation == "poisson":
        return _poisson(scheme, phi) + 0j
    if equation == "diffusion":
        return _diffusion(scheme, phi, difficulty) + 0j
    return _advection(scheme, phi, difficulty)


def best_weights(equation: str, scheme: str, psi: float, difficulty: float = 0.0) -> Weights:
    """Return the weights of the ansatz that reproduce a scheme at the mode ψ.

    Advection (θ₀, θ₁) of θ₁ + θ₀ e^{-iω}, with s = sin² πψ:

    | explicit | implicit, D = 1 + 4γ₁(γ₁ - 1)s | analytic |
    |---|---|---|
    | -γ₁ | -γ₁/D | -sin 2πγ₁ψ / sin 2πψ |
    | 1 + γ₁ | (1 + γ₁ - 4γ₁s)/D | sin 2π(1 + γ₁)ψ / sin 2πψ |

    Diffusion (θ) of 1 + θ(cos ω - 1): γ₂, γ₂/(1 + 2γ₂s), (1 - e^{-2π²γ₂ψ²})/(2s). Poisson (θ) of
    θ/(4 sin² πφ): FD2 1, Jacobi 1 - cos^Q 2πψ, analytic (sin πψ / πψ)².

    Parameters
    ----------
    equation, scheme, difficulty
        As of :func:`closed_symbol`. For γ₁ > 0 both taps are on the other side; the weights
        depend on |γ₁| alone.
    psi
        The mode trained on, in (0, ½); advection at ½ has one equation for two weights.

    Raises
    ------
    InvalidInput
        If a name or number is out of range.

    Reference: Koehler & Thuerey (2025), optimal parameters at a single mode.
    """
    check_scheme(equation, scheme)
    check_difficulty(equation, difficulty)
    if not 0 < psi < 0.5:
        raise InvalidInput(f"psi: expected a relative mode in (0, 1/2), got {psi}")
    s = np.sin(np.pi * psi) ** 2
    if equation == "poisson":
        count = sweeps(scheme)
        if count is not None:
            return np.asarray([_swept(s, count)])
        return np.asarray([1.0 if scheme == "fd2" else s / (np.pi * psi) ** 2])
    if equation == "diffusion":
        g = difficulty
        decayed = -np.expm1(-2 * np.pi**2 * g * psi**2) / (2 * s)
        return np.asarray([{"explicit": g, "implicit": g / (1 + 2 * g * s)}.get(scheme, decayed)])
    return _advection_weights(scheme, psi, -abs(difficulty))


def equal_modes(difficulty: float) -> float:
    """Return φ* where the implicit and the explicit upwind scheme have errors of one magnitude.

    sin² πφ* = 1/(2(1 - γ₁²)), the end of superiority in magnitude of an emulator that was trained
    on the implicit scheme at ψ → 0. NaN where there is none, γ₁² ≥ ½.
    """
    square = 1 / (2 * (1 - difficulty**2)) if difficulty**2 < 1 else np.inf
    return float(np.arcsin(np.sqrt(square)) / np.pi) if square <= 1 else float("nan")


def limit_ratio(equation: str, difficulty: float, measure: str = "magnitude") -> float:
    """Return ξ₀, the ratio of the errors of the explicit and the implicit scheme for φ → 0.

    Advection (1 + γ)/(1 - γ) in magnitude, times (1 + 2γ)/(1 - 2γ) in phase, with γ = -|γ₁|;
    diffusion (1 - 3γ₂)/(1 + 3γ₂). |ξ₀| < 1: training on the implicit scheme at a low mode makes
    almost the explicit scheme, whose errors are smaller.
    """
    if equation == "diffusion":
        return (1 - 3 * difficulty) / (1 + 3 * difficulty)
    g = -abs(difficulty)
    ratio = (1 + g) / (1 - g)
    return ratio if measure == "magnitude" else ratio * (1 + 2 * g) / (1 - 2 * g)


def _advection(scheme: str, phi: np.ndarray, gamma: float) -> np.ndarray:
    omega = 2 * np.pi * phi
    if scheme == "analytic":
        return np.exp(1j * gamma * omega)
    if gamma > 0:
        return np.conj(_advection(scheme, phi, -gamma))
    slope = 2 * np.sin(omega / 2) ** 2 + 1j * np.sin(omega)  # 1 - e^{-iω} without cancellation
    return 1 + gamma * slope if scheme == "explicit" else 1 / (1 - gamma * slope)


def _advection_weights(scheme: str, psi: float, gamma: float) -> Weights:
    s, angle = np.sin(np.pi * psi) ** 2, 2 * np.pi * psi
    if scheme == "explicit":
        return np.asarray([-gamma, 1 + gamma])
    if scheme == "implicit":
        d = 1 + 4 * gamma * (gamma - 1) * s
        return np.asarray([-gamma / d, (1 + gamma - 4 * gamma * s) / d])
    return np.asarray([-np.sin(gamma * angle), np.sin((1 + gamma) * angle)]) / np.sin(angle)


def _diffusion(scheme: str, phi: np.ndarray, gamma: float) -> np.ndarray:
    s = np.sin(np.pi * phi) ** 2
    if scheme == "analytic":
        return np.exp(-2 * (np.pi * phi) ** 2 * gamma)
    return 1 - 2 * gamma * s if scheme == "explicit" else 1 / (1 + 2 * gamma * s)


def _poisson(scheme: str, phi: np.ndarray) -> np.ndarray:
    count = sweeps(scheme)
    if scheme == "analytic":
        return _inverse((2 * np.pi * phi) ** 2)
    s = np.sin(np.pi * phi) ** 2
    return _inverse(4 * s) * (1.0 if count is None else _swept(s, count))


def _swept(s: np.ndarray, count: int) -> np.ndarray:
    """1 - cos^Q ω with cos ω = 1 - 2s, without cancellation where the cosine is positive."""
    cosine = 1 - 2 * s
    safe = np.where(cosine > 0, s, 0.0)
    return np.where(cosine > 0, -np.expm1(count * np.log1p(-2 * safe)), 1 - cosine**count)


def _inverse(x: np.ndarray) -> np.ndarray:
    """1/x, and 0 at 0."""
    return np.where(x > 0, 1 / np.where(x > 0, x, 1.0), 0.0)
