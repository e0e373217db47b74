"""Second-order and complex equations as systems: channels coupled by a matrix at every mode."""

from typing import Any

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.pde import terms
from xpde.pde.equation import Equation, Parameters
from xpde.pde.fields import channels
from xpde.pde.parts import stacked
from xpde.pde.products import Products
from xpde.space import Symbols

__all__ = ["klein_gordon", "schroedinger", "sine_gordon", "wave"]


def wave(dims: int, speed: Any = 1.0) -> Equation:
    """h_tt = c² Δh as (h, v): h_t = v, v_t = c² Δh; exact, energy ½⟨v² + c²|∇h|²⟩ conserved.

    A mode turns with ω = c|κ|; the mean of h drifts with the mean of v.
    """
    return Equation(
        "wave",
        "h_t = v,  v_t = c² Δh",
        dims,
        2,
        {"speed": speed},
        lambda s, p: _second_order(s, p["speed"] * p["speed"] * s.laplacian * s.one),
        fields=(("height", 0), ("rate", 0)),
        conserves=("wave energy",),
    )


def klein_gordon(dims: int, speed: Any = 1.0, mass: Any = 1.0, cubic: Any = 0.0) -> Equation:
    """u_tt = c² Δu - m² u - λ u³ as (u, u_t): waves with ω² = c²|κ|² + m² if λ = 0.

    Energy ½⟨u_t² + c²|∇u|² + m²u²⟩ + λ/4 ⟨u⁴⟩ is conserved.
    """

    def nonlinear(s: Products, p: Parameters) -> terms.Pointwise:
        return _restoring(s, _cube, p["cubic"])

    return Equation(
        "klein_gordon",
        "u_tt = c² Δu - m² u - λ u³",
        dims,
        2,
        {"speed": speed, "mass": mass, "cubic": cubic},
        _massive,
        nonlinear,
        fields=(("u", 0), ("rate", 0)),
        conserves=("wave energy",),
        degree=3,
    )


def sine_gordon(dims: int, speed: Any = 1.0, mass: Any = 1.0) -> Equation:
    """u_tt = c² Δu - m² sin u as (u, u_t): kinks 4 arctan exp(γ m (x - vt)/c), breathers.

    The linear part -m² u is exact, the rest m² (u - sin u) explicit. Energy
    ½⟨u_t² + c²|∇u|²⟩ + m²⟨1 - cos u⟩ is conserved.
    """

    def nonlinear(s: Products, p: Parameters) -> terms.Pointwise:
        return _restoring(s, _sine_rest, p["mass"] * p["mass"])

    return Equation(
        "sine_gordon",
        "u_tt = c² Δu - m² sin u",
        dims,
        2,
        {"speed": speed, "mass": mass},
        _massive,
        nonlinear,
        fields=(("u", 0), ("rate", 0)),
        conserves=("wave energy",),
        degree=3,
    )


def schroedinger(dims: int, dispersion: Any = 1.0, cubic: Any = 2.0) -> Equation:
    """I ψ_t + d Δψ + g |ψ|² ψ = 0 with channels (Re ψ, Im ψ); mass ⟨|ψ|²⟩ is conserved.

    g > 0 focuses. In 1D with d = 1 and g = 2, ψ = η sech(η (x - 2vt)) e^{i(vx + (η² - v²)t)}.
    """

    def symbol(s: Symbols, p: Parameters) -> Array:
        turn = p["dispersion"] * s.laplacian * s.one
        return stacked(stacked(turn * 0.0, turn * -1.0), stacked(turn, turn * 0.0))

    def nonlinear(s: Products, p: Parameters) -> terms.Pointwise:
        return terms.Pointwise((s.mask_before,), (s.mask_after,), p["cubic"], _kerr, s.band)

    return Equation(
        "schroedinger",
        "i ψ_t + d Δψ + g |ψ|² ψ = 0",
        dims,
        2,
        {"dispersion": dispersion, "cubic": cubic},
        symbol,
        nonlinear,
        fields=(("real", 0), ("imaginary", 0)),
        conserves=("energy",),
        degree=3,
    )


def _second_order(s: Symbols, stiffness: Array) -> Array:
    """Return (u, u_t) -> (u_t, stiffness u) as (2, 2, *K)."""
    zero = stiffness * 0.0
    return stacked(stacked(zero, s.one), stacked(stiffness, zero))


def _massive(s: Symbols, p: Parameters) -> Array:
    square = p["speed"] * p["speed"] * s.laplacian - p["mass"] * p["mass"] * s.one
    return _second_order(s, square * s.one)


def _restoring(s: Products, force: Any, strength: Any) -> terms.Pointwise:
    """Return the term (0, F[force(u)]) of a state (u, u_t)."""
    onto_rate = stacked(s.after.one * 0.0, s.after.one)
    return terms.Pointwise((s.mask_before,), (onto_rate,), strength, force, s.band, 1)


def _cube(values: list[Array], strength: Any, dims: int) -> list[Array]:
    (u,) = values
    return [u * u * u * strength * -1.0]


def _sine_rest(values: list[Array], strength: Any, dims: int) -> list[Array]:
    (u,) = values
    return [(u - namespace_of(u).sin(u)) * strength]


def _kerr(values: list[Array], strength: Any, dims: int) -> list[Array]:
    """G |ψ|² (-Im ψ, Re ψ)."""
    (state,) = values
    real, imaginary = (channels(state, c, c + 1, dims) for c in range(2))
    size = (real * real + imaginary * imaginary) * strength
    return [namespace_of(state).concat([size * imaginary * -1.0, size * real], axis=-dims - 1)]
