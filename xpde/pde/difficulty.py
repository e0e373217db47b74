"""Physical, normalized and difficulty coefficients: pure functions and their inverses.

Physical coefficients a_j belong to a box of length L and a step Δt; normalized ones α_j to L = 1
and Δt = 1; difficulties γ_j also remove the resolution. Two problems with equal difficulties are
equally hard for an emulator.

Reference: Koehler et al., APEBench (2024), appendix on reduced coefficients.
"""

from collections.abc import Sequence
from typing import Any

__all__ = [
    "denormalize",
    "denormalize_convection",
    "denormalize_gradient_norm",
    "denormalize_polynomial",
    "denormalize_vorticity",
    "normalize",
    "normalize_convection",
    "normalize_gradient_norm",
    "normalize_polynomial",
    "normalize_vorticity",
    "normalized_convection_of",
    "normalized_gradient_norm_of",
    "normalized_of",
    "to_convection_difficulty",
    "to_difficulty",
    "to_gradient_norm_difficulty",
]


def normalize(coefficients: Sequence[Any], *, extent: float, dt: float) -> tuple[Any, ...]:
    """α_j = a_j Δt / L^j for linear coefficients a_0, a_1, ..."""
    return tuple(a * (dt / extent**j) for j, a in enumerate(coefficients))


def denormalize(normalized: Sequence[Any], *, extent: float, dt: float) -> tuple[Any, ...]:
    """a_j = α_j L^j / Δt, the inverse of :func:`normalize`."""
    return tuple(a * (extent**j / dt) for j, a in enumerate(normalized))


def normalize_convection(scale: Any, *, extent: float, dt: float) -> Any:
    """β_1 = b_1 Δt / L for a convection scale."""
    return scale * (dt / extent)


def denormalize_convection(normalized: Any, *, extent: float, dt: float) -> Any:
    """b_1 = β_1 L / Δt, the inverse of :func:`normalize_convection`."""
    return normalized * (extent / dt)


def normalize_gradient_norm(scale: Any, *, extent: float, dt: float) -> Any:
    """β_2 = b_2 Δt / L² for a gradient-norm scale."""
    return scale * (dt / extent**2)


def denormalize_gradient_norm(normalized: Any, *, extent: float, dt: float) -> Any:
    """b_2 = β_2 L² / Δt, the inverse of :func:`normalize_gradient_norm`."""
    return normalized * (extent**2 / dt)


def normalize_polynomial(coefficients: Sequence[Any], *, dt: float) -> tuple[Any, ...]:
    """p_k Δt for the coefficients of a polynomial reaction."""
    return tuple(p * dt for p in coefficients)


def denormalize_polynomial(normalized: Sequence[Any], *, dt: float) -> tuple[Any, ...]:
    """p_k / Δt, the inverse of :func:`normalize_polynomial`."""
    return tuple(p / dt for p in normalized)


def normalize_vorticity(scale: Any, *, dt: float) -> Any:
    """β = b Δt for a vorticity convection scale: U ∂ω is ω² in units of the flow, whatever L."""
    return scale * dt


def denormalize_vorticity(normalized: Any, *, dt: float) -> Any:
    """B = β / Δt, the inverse of :func:`normalize_vorticity`."""
    return normalized / dt


def to_difficulty(normalized: Sequence[Any], *, dims: int, points: int) -> tuple[Any, ...]:
    """γ_0 = α_0 and γ_j = α_j N^j 2^{j-1} D for j ≥ 1."""
    return tuple(a * _linear_factor(j, dims, points) for j, a in enumerate(normalized))


def normalized_of(difficulties: Sequence[Any], *, dims: int, points: int) -> tuple[Any, ...]:
    """α_j from γ_j, the inverse of :func:`to_difficulty`."""
    return tuple(g / _linear_factor(j, dims, points) for j, g in enumerate(difficulties))


def to_convection_difficulty(
    normalized: Any, *, dims: int, points: int, maximum: float = 1.0
) -> Any:
    """δ_1 = β_1 M N D, with M the largest expected |u|."""
    return normalized * (maximum * points * dims)


def normalized_convection_of(
    difficulty: Any, *, dims: int, points: int, maximum: float = 1.0
) -> Any:
    """β_1 from δ_1, the inverse of :func:`to_convection_difficulty`."""
    return difficulty / (maximum * points * dims)


def to_gradient_norm_difficulty(
    normalized: Any, *, dims: int, points: int, maximum: float = 1.0
) -> Any:
    """δ_2 = β_2 M N² D, with M the largest expected |u|."""
    return normalized * (maximum * points**2 * dims)


def normalized_gradient_norm_of(
    difficulty: Any, *, dims: int, points: int, maximum: float = 1.0
) -> Any:
    """β_2 from δ_2, the inverse of :func:`to_gradient_norm_difficulty`."""
    return difficulty / (maximum * points**2 * dims)


def _linear_factor(order: int, dims: int, points: int) -> float:
    return 1.0 if order == 0 else float(points) ** order * 2.0 ** (order - 1) * dims
