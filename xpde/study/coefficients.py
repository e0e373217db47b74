"""The coefficients of the generic families, in physical, normalized and difficulty coordinates."""

from dataclasses import dataclass
from typing import Literal

from xpde.pde import difficulty

__all__ = ["Coefficients", "Coordinates"]

Coordinates = Literal["physical", "normalized", "difficulty"]


@dataclass(frozen=True)
class Coefficients:
    """u_t = Σ_j a_j Σ_d ∂_d^j u + nonlinear terms, every coefficient on the right-hand side.

    Attributes
    ----------
    linear
        a_0, a_1, ..., in the coordinates in question.
    quadratic, convection, gradient_norm
        b_0 of u², b_1 of ½ Σ_d ∂_d u² (or ½ ∇·(u ⊗ u)), b_2 of ½ |∇u|².
    polynomial
        c_0, c_1, ... of Σ_k c_k u^k.

    Reference: Koehler et al., APEBench (2024), appendix on reduced coefficients.
    """

    linear: tuple[float, ...] = ()
    quadratic: float = 0.0
    convection: float = 0.0
    gradient_norm: float = 0.0
    polynomial: tuple[float, ...] = ()

    def normalized(self, *, extent: float, dt: float) -> "Coefficients":
        """Physical numbers in normalized coordinates (L = 1, Δt = 1)."""
        return Coefficients(
            difficulty.normalize(self.linear, extent=extent, dt=dt),
            self.quadratic * dt,
            difficulty.normalize_convection(self.convection, extent=extent, dt=dt),
            difficulty.normalize_gradient_norm(self.gradient_norm, extent=extent, dt=dt),
            difficulty.normalize_polynomial(self.polynomial, dt=dt),
        )

    def physical(self, *, extent: float, dt: float) -> "Coefficients":
        """Normalized numbers in physical coordinates, the inverse of :meth:`normalized`."""
        return Coefficients(
            difficulty.denormalize(self.linear, extent=extent, dt=dt),
            self.quadratic / dt,
            difficulty.denormalize_convection(self.convection, extent=extent, dt=dt),
            difficulty.denormalize_gradient_norm(self.gradient_norm, extent=extent, dt=dt),
            difficulty.denormalize_polynomial(self.polynomial, dt=dt),
        )

    def difficulties(self, *, dims: int, points: int) -> "Coefficients":
        """Normalized numbers in difficulty coordinates."""
        size = {"dims": dims, "points": points}
        return Coefficients(
            difficulty.to_difficulty(self.linear, **size),
            self.quadratic,
            difficulty.to_convection_difficulty(self.convection, **size),
            difficulty.to_gradient_norm_difficulty(self.gradient_norm, **size),
            self.polynomial,
        )

    def normalized_of_difficulties(self, *, dims: int, points: int) -> "Coefficients":
        """Difficulties in normalized coordinates, the inverse of :meth:`difficulties`."""
        size = {"dims": dims, "points": points}
        return Coefficients(
            difficulty.normalized_of(self.linear, **size),
            self.quadratic,
            difficulty.normalized_convection_of(self.convection, **size),
            difficulty.normalized_gradient_norm_of(self.gradient_norm, **size),
            self.polynomial,
        )
