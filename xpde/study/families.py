"""Families of scenarios: what their parameters mean and which equation they make.

A family knows its parameters by the benchmark's names without the suffix that names the
coordinates: ``advection`` is ``advection_coef``, ``advection_alpha`` or ``advection_gamma``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xpde.pde import (
    Equation,
    advection,
    advection_diffusion,
    burgers,
    convection,
    diffusion,
    dispersion,
    hyper_diffusion,
    kdv,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    linear,
    polynomial,
    single_channel,
)
from xpde.study.coefficients import Coefficients, Coordinates

__all__ = ["FAMILIES", "Family"]

_SUFFIX: dict[Coordinates, tuple[str, str]] = {
    "physical": ("coef", "coef"),
    "normalized": ("alpha", "beta"),
    "difficulty": ("gamma", "delta"),
}
_SERIES: dict[Coordinates, tuple[str, str]] = {
    "physical": ("a_coefs", "b_coefs"),
    "normalized": ("alphas", "betas"),
    "difficulty": ("gammas", "deltas"),
}
_ORDER = {"drag": 0, "advection": 1, "diffusion": 2, "dispersion": 3, "hyp_diffusion": 4}
_NONLINEAR = {
    "quadratic": "quadratic",
    "convection": "convection",
    "convection_sc": "convection",
    "gradient_norm": "gradient_norm",
}


@dataclass(frozen=True)
class Family:
    """Parameters by name, and the equation of physical coefficients.

    Attributes
    ----------
    slots
        Names without suffix: ``series`` (a_0, a_1, ...), ``nonlinear`` (b_0, b_1, b_2),
        ``polynomial``, ``simple`` (one term of a given order), or single coefficients.
    make
        ``make(dims, coefficients, parameters)`` returns the equation.
    """

    slots: tuple[str, ...]
    make: Callable[[int, Coefficients, Mapping[str, Any]], Equation]

    def names(self, coordinates: Coordinates) -> tuple[str, ...]:
        """Return the names of the parameters in the given coordinates."""
        return tuple(self._name(slot, coordinates) for slot in self.slots)

    def coefficients(self, parameters: Mapping[str, Any], coordinates: Coordinates) -> Coefficients:
        """Collect the parameters as coefficients in their own coordinates."""
        line, rest = [0.0] * 5, dict[str, Any]()
        for slot, name in zip(self.slots, self.names(coordinates), strict=True):
            value = parameters[name]
            if slot == "series":
                line = [float(a) for a in value]
            elif slot == "simple":
                line[int(parameters["linear_term_order"])] = float(value)
            elif slot == "nonlinear":
                rest |= dict(zip(("quadratic", "convection", "gradient_norm"), value, strict=True))
            elif slot == "polynomial":
                rest["polynomial"] = tuple(float(c) for c in value)
            elif slot in _ORDER:
                line[_ORDER[slot]] = float(value)
            else:
                rest[_NONLINEAR[slot]] = float(value)
        return Coefficients(tuple(line), **rest)

    @staticmethod
    def _name(slot: str, coordinates: Coordinates) -> str:
        first, second = _SUFFIX[coordinates]
        if slot in ("series", "nonlinear"):
            return _SERIES[coordinates][slot == "nonlinear"]
        if slot == "polynomial":
            return "poly_coefs"
        if slot == "simple":
            return f"linear_{first}"
        return f"{slot}_{second if slot in _NONLINEAR else first}"


def _burgers(dims: int, c: Coefficients, p: Mapping[str, Any]) -> Equation:
    return burgers(dims, c.linear[2], -c.convection, conservative=p["conservative"])


def _kdv(dims: int, c: Coefficients, _: Any) -> Equation:
    return kdv(
        dims,
        scale=-c.convection,
        dispersivity=-c.linear[3],
        hyper_diffusivity=-c.linear[4],
        single_channel=True,
        conservative=True,
    )


def _conservative_ks(dims: int, c: Coefficients, p: Mapping[str, Any]) -> Equation:
    return kuramoto_sivashinsky_conservative(
        dims, -c.convection, -c.linear[2], -c.linear[4], conservative=p["conservative"]
    )


def _quadratic(dims: int, c: Coefficients, _: Any) -> Equation:
    return single_channel(dims, c.linear, (c.quadratic, c.convection, c.gradient_norm))


_four = ("advection", "diffusion", "dispersion", "hyp_diffusion")

FAMILIES: dict[str, Family] = {
    "lin": Family(("series",), lambda d, c, p: linear(d, c.linear)),
    "lin_simple": Family(("simple",), lambda d, c, p: linear(d, c.linear)),
    "adv": Family(("advection",), lambda d, c, p: advection(d, -c.linear[1])),
    "diff": Family(("diffusion",), lambda d, c, p: diffusion(d, c.linear[2])),
    "adv_diff": Family(
        ("advection", "diffusion"),
        lambda d, c, p: advection_diffusion(d, -c.linear[1], c.linear[2]),
    ),
    "disp": Family(("dispersion",), lambda d, c, p: dispersion(d, c.linear[3])),
    "hyp_diff": Family(("hyp_diffusion",), lambda d, c, p: hyper_diffusion(d, -c.linear[4])),
    "four": Family(_four, lambda d, c, p: linear(d, c.linear)),
    "conv": Family(
        ("series", "convection"),
        lambda d, c, p: convection(d, c.linear, -c.convection, conservative=p["conservative"]),
    ),
    "burgers": Family(("diffusion", "convection"), _burgers),
    "ks_cons": Family(("diffusion", "hyp_diffusion", "convection"), _conservative_ks),
    "nonlin": Family(("series", "nonlinear"), _quadratic),
    "burgers_sc": Family(
        ("diffusion", "convection_sc"),
        lambda d, c, p: burgers(
            d, c.linear[2], -c.convection, single_channel=True, conservative=True
        ),
    ),
    "kdv": Family(("dispersion", "hyp_diffusion", "convection_sc"), _kdv),
    "ks": Family(
        ("diffusion", "hyp_diffusion", "gradient_norm"),
        lambda d, c, p: kuramoto_sivashinsky(d, -c.gradient_norm, -c.linear[2], -c.linear[4]),
    ),
    "fisher": Family(
        ("drag", "diffusion", "quadratic"),
        lambda d, c, p: polynomial(d, c.linear, (0.0, 0.0, c.quadratic)),
    ),
    "poly": Family(("series", "polynomial"), lambda d, c, p: polynomial(d, c.linear, c.polynomial)),
}
"""The families of the benchmark, by the part of their key after the coordinates."""
