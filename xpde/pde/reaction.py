"""Reaction and diffusion: local growth, phase separation, patterns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput, unknown_name
from xpde.pde import terms
from xpde.pde.equation import Equation, Parameters
from xpde.pde.fields import channels
from xpde.pde.parts import reacting, stacked
from xpde.pde.products import Products
from xpde.space import Symbols

__all__ = [
    "GRAY_SCOTT_PATTERNS",
    "allen_cahn",
    "belousov_zhabotinsky",
    "cahn_hilliard",
    "fisher_kpp",
    "gray_scott",
    "swift_hohenberg",
]

GRAY_SCOTT_PATTERNS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "alpha": (0.008, 0.046),
        "beta": (0.020, 0.046),
        "gamma": (0.024, 0.056),
        "delta": (0.028, 0.056),
        "epsilon": (0.02, 0.056),
        "zeta": (0.024, 0.06),
        "eta": (0.036, 0.063),
        "theta": (0.04, 0.06),
        "iota": (0.05, 0.0605),
        "kappa": (0.052, 0.063),
        "lambda": (0.036, 0.0655),
        "mu": (0.044, 0.066),
    }
)
"""(feed, kill) of the twelve named patterns.

Reference: Pearson, Science 261 (1993), 189-192.
"""


def fisher_kpp(dims: int, diffusivity: Any = 0.01, reactivity: Any = 1.0) -> Equation:
    """u_t = ν Δu + r u (1 - u): fronts travel at 2√(rν); 0 is unstable, 1 is stable."""
    return Equation(
        "fisher_kpp",
        "u_t = ν Δu + r u (1 - u)",
        dims,
        1,
        {"diffusivity": diffusivity, "reactivity": reactivity},
        lambda s, p: p["diffusivity"] * s.laplacian + p["reactivity"] * s.one,
        lambda s, p: reacting(s, {"c": (0.0, 0.0, p["reactivity"] * -1.0)}),
    )


def allen_cahn(
    dims: int, diffusivity: Any = 5e-3, linear: Any = 1.0, cubic: Any = -1.0
) -> Equation:
    """u_t = ν Δu + c_1 u + c_3 u³: two phases at ±√(-c_1/c_3), walls move by their curvature."""
    return Equation(
        "allen_cahn",
        "u_t = ν Δu + c₁ u + c₃ u³",
        dims,
        1,
        {"diffusivity": diffusivity, "linear": linear, "cubic": cubic},
        lambda s, p: p["diffusivity"] * s.laplacian + p["linear"] * s.one,
        lambda s, p: reacting(s, {"c": (0.0, 0.0, 0.0, p["cubic"])}),
        degree=3,
    )


def cahn_hilliard(
    dims: int,
    diffusivity: Any = 1e-2,
    gamma: Any = 1e-3,
    linear: Any = -1.0,
    cubic: Any = 1.0,
) -> Equation:
    """u_t = ν Δ(c_1 u + c_3 u³ - γ Δu): two phases separate, the mean of u is conserved."""

    def symbol(s: Symbols, p: Parameters) -> Array:
        inner = p["linear"] * s.one - p["gamma"] * s.laplacian
        return p["diffusivity"] * s.laplacian * inner

    def nonlinear(s: Products, p: Parameters) -> terms.Polynomial:
        operator = p["diffusivity"] * p["cubic"] * s.after.laplacian
        return terms.Polynomial((1.0,), s.mask_before, operator, 3, s.band)

    return Equation(
        "cahn_hilliard",
        "u_t = ν Δ(c₁ u + c₃ u³ - γ Δu)",
        dims,
        1,
        {"diffusivity": diffusivity, "gamma": gamma, "linear": linear, "cubic": cubic},
        symbol,
        nonlinear,
        conserves=("mean",),
        degree=3,
    )


def swift_hohenberg(
    dims: int,
    reactivity: Any = 0.7,
    critical_number: Any = 1.0,
    reaction: Sequence[Any] = (0.0, 0.0, 1.0, -1.0),
) -> Equation:
    """u_t = r u - (k + Δ)² u + Σ_i c_i u^i: stripes and spots of wavenumber √k."""

    def symbol(s: Symbols, p: Parameters) -> Array:
        shifted = p["critical_number"] * s.one + s.laplacian
        return p["reactivity"] * s.one - shifted * shifted

    return Equation(
        "swift_hohenberg",
        "u_t = r u - (k + Δ)² u + Σ_i c_i u^i",
        dims,
        1,
        {"reactivity": reactivity, "critical_number": critical_number, "c": tuple(reaction)},
        symbol,
        reacting,
        degree=max(len(reaction) - 1, 2),
    )


def gray_scott(
    dims: int,
    feed: Any = 0.04,
    kill: Any = 0.06,
    diffusivities: Sequence[Any] = (2e-5, 1e-5),
    *,
    pattern: str | None = None,
) -> Equation:
    """u_t = ν_1 Δu + f (1 - u) - u v², v_t = ν_2 Δv - (f + k) v + u v².

    Channels (u, v) in [0, 1]. ``pattern`` takes feed and kill from :data:`GRAY_SCOTT_PATTERNS`.
    (1, 0) is always an equilibrium; for d = 1 - 4 (f + k)²/f ≥ 0 so are u = (1 ∓ √d)/2,
    v = f (1 ± √d)/(2 (f + k)). The whole reaction is explicit, as in the reference.

    Raises
    ------
    InvalidInput
        If the pattern is unknown or there are not two diffusivities.
    """
    if pattern is not None:
        if pattern not in GRAY_SCOTT_PATTERNS:
            raise unknown_name("Gray-Scott pattern", pattern, GRAY_SCOTT_PATTERNS)
        feed, kill = GRAY_SCOTT_PATTERNS[pattern]
    if len(diffusivities) != 2:
        raise InvalidInput(f"gray_scott: expected 2 diffusivities, got {len(diffusivities)}")

    def nonlinear(s: Products, p: Parameters) -> terms.Affine:
        one = s.before.one
        decay = stacked((p["feed"] * -1.0) * one, ((p["feed"] + p["kill"]) * -1.0) * one)
        start = np.zeros(s.band.modes.spectral_shape)
        start[(0,) * s.band.grid.dims] = s.band.grid.size
        supply = p["feed"] * s.after.place(np.stack([start, 0 * start]))
        exchange = stacked(s.after.one * -1.0, s.after.one)
        product = terms.Pointwise((s.mask_before,), (exchange,), None, _autocatalysis, s.band)
        return terms.Affine(product, decay, supply)

    return Equation(
        "gray_scott",
        "u_t = ν₁ Δu + f (1 - u) - u v²,  v_t = ν₂ Δv - (f + k) v + u v²",
        dims,
        2,
        {"feed": feed, "kill": kill, "diffusivities": tuple(diffusivities)},
        _separate,
        nonlinear,
        fields=(("u", 0), ("v", 0)),
        degree=3,
    )


def belousov_zhabotinsky(
    dims: int,
    epsilon: Any = 0.04,
    delta: Any = 0.02,
    excess: Any = 0.01,
    yield_: Any = 1.0,
    diffusivities: Sequence[Any] = (1e-5, 6e-6, 1e-5),
) -> Equation:
    """Oscillating reaction (scaled Oregonator) with diffusion, channels (x, y, z).

    ε x_t = q y - x y + x (1 - x) + ε ν_1 Δx
    δ y_t = -q y - x y + f z + δ ν_2 Δy
    z_t = x - z + ν_3 Δz

    ``excess`` is q and ``yield_`` f. With the defaults the uniform state oscillates; waves and
    spirals need a box of some √(ν_1/ε). The explicit reaction wants steps below about δ.

    Reference: Field & Noyes, J. Chem. Phys. 60 (1974); Tyson's scaling.
    """
    if len(diffusivities) != 3:
        raise InvalidInput(
            f"belousov_zhabotinsky: expected 3 diffusivities, got {len(diffusivities)}"
        )

    def nonlinear(s: Products, p: Parameters) -> terms.Pointwise:
        rates = {name: p[name] for name in ("epsilon", "delta", "excess", "yield")}
        return terms.Pointwise((s.mask_before,), (s.mask_after,), rates, _oregonator, s.band)

    return Equation(
        "belousov_zhabotinsky",
        "ε x_t = q y - x y + x (1 - x),  δ y_t = -q y - x y + f z,  z_t = x - z,  + ν_c Δ",
        dims,
        3,
        {
            "epsilon": epsilon,
            "delta": delta,
            "excess": excess,
            "yield": yield_,
            "diffusivities": tuple(diffusivities),
        },
        _separate,
        nonlinear,
        fields=(("x", 0), ("y", 0), ("z", 0)),
    )


def _separate(s: Symbols, p: Parameters) -> Array:
    """ν_c Δ for every channel c."""
    return stacked(*(nu * s.laplacian for nu in p["diffusivities"]))


def _autocatalysis(values: list[Array], _: None, dims: int) -> list[Array]:
    """U v² as one channel."""
    (state,) = values
    u, v = (channels(state, c, c + 1, dims) for c in range(2))
    return [u * v * v]


def _oregonator(values: list[Array], p: Parameters, dims: int) -> list[Array]:
    (state,) = values
    x, y, z = (channels(state, c, c + 1, dims) for c in range(3))
    shared = x * y
    feed = y * p["excess"]
    first = (feed - shared + x * (1.0 - x)) / p["epsilon"]
    second = (z * p["yield"] - feed - shared) / p["delta"]
    return [namespace_of(state).concat([first, second, x - z], axis=-dims - 1)]
