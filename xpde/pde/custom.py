"""Equations of the user: a symbol and a function are enough; fields and sources given as arrays."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xpde.core import namespace_of
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde import terms
from xpde.pde.equation import Equation, Parameters
from xpde.pde.parts import gradient
from xpde.pde.products import Products
from xpde.pde.terms import Term
from xpde.space import Symbols

__all__ = ["custom", "variable_transport", "with_source"]


def custom(
    dims: int,
    linear: Callable[[Symbols, Parameters], Array] | None = None,
    nonlinear: Callable[..., Array] | None = None,
    *,
    channels: int = 1,
    parameters: Mapping[str, Any] | None = None,
    derivatives: Sequence[tuple[int, int]] = (),
    flux: Callable[..., Sequence[Array]] | None = None,
    degree: int = 2,
    name: str = "custom",
    formula: str = "u_t = L u + N(u)",
    fields: tuple[tuple[str, int], ...] = (),
) -> Equation:
    """u_t = L u + N(u) + ∇·F(u) from functions of values at the grid points.

    Parameters
    ----------
    dims, channels
        D and C.
    linear
        ``linear(symbols, parameters)`` returns L̂, see :class:`~xpde.pde.Equation`; None for 0.
    nonlinear
        ``nonlinear(parameters, u, *derivatives)`` returns N as (..., C, *N) from arrays
        (..., C, *N), with functions of the standard.
    parameters
        Numbers, arrays to be differentiated, or host arrays (*N) or (C, *N) that are fields:
        coefficients and sources which vary in space.
    derivatives
        ``(axis, order)`` of the derivatives that the functions get after u, in this order.
    flux
        ``flux(parameters, u, *derivatives)`` returns the D components of F, (..., C, *N) each.
    degree
        Of the products as a polynomial, for dealiasing.

    Keep the functions, not new lambdas for every stepper: compiled programs are kept for each.

    Examples
    --------
    >>> burgers = custom(
    ...     1,
    ...     linear=lambda s, p: p["nu"] * s.laplacian,
    ...     nonlinear=lambda p, u, slope: -u * slope,
    ...     derivatives=[(0, 1)],
    ...     parameters={"nu": 0.01},
    ... )
    """
    order = [(axis, n) for axis, n in derivatives]
    if any(not 0 <= axis < dims for axis, _ in order):
        raise InvalidInput(f"{name}: expected derivatives along axes 0 to {dims - 1}, got {order}")
    fn = _Functions(nonlinear, flux)

    def build(s: Products, p: Parameters) -> terms.Pointwise:
        inputs = (s.mask_before, *(s.before.d(axis, n) for axis, n in order))
        outputs = (s.mask_after,) if nonlinear else ()
        return terms.Pointwise(
            inputs, (*outputs, *(gradient(s.after) if flux else ())), dict(p), fn, s.band
        )

    return Equation(
        name,
        formula,
        dims,
        channels,
        dict(parameters or {}),
        linear or (lambda s, p: s.one * 0.0),
        build if nonlinear or flux else None,
        fields=fields,
        degree=degree,
    )


def variable_transport(dims: int, velocity: Any = None, diffusivity: Any = None) -> Equation:
    """u_t + c(x)·∇u = ∇·(ν(x) ∇u), with fields c (D, *N) and ν (*N); None leaves a part out.

    The mean of ν is exact and its variation explicit. The mean of u is conserved if ∇·c = 0. A
    stepper refuses fields of another shape.
    """
    given = {"velocity": velocity, "diffusivity": diffusivity}
    parameters = {name: value for name, value in given.items() if value is not None}
    if not parameters:
        raise InvalidInput("variable_transport: expected velocity or diffusivity, got neither")

    def symbol(s: Symbols, p: Parameters) -> Array:
        if "diffusivity" not in p:
            return s.one * 0.0
        return namespace_of(p["diffusivity"]).mean(p["diffusivity"]) * s.laplacian

    equation = custom(
        dims,
        symbol,
        _carried if velocity is not None else None,
        parameters=parameters,
        derivatives=[(axis, 1) for axis in range(dims)],
        flux=_varying if diffusivity is not None else None,
        name="variable_transport",
        formula="u_t + c(x)·∇u = ∇·(ν(x) ∇u)",
    )

    def nonlinear(s: Products, p: Parameters) -> Term:
        points = s.band.grid.points
        for name, shape in (("velocity", (dims, *points)), ("diffusivity", points)):
            if name in p:
                _require(f"variable_transport: expected a {name}", p[name], shape)
        return equation.nonlinear(s, p) if equation.nonlinear else None

    return dataclasses.replace(equation, nonlinear=nonlinear)


def with_source(equation: Equation, source: Any) -> Equation:
    """Add a source f(x) to the right-hand side: u_t = L u + N(u) + f, f as (C, *N) or (*N).

    The source is cut to the band of the products and integrated exactly. It becomes the parameter
    ``source``: a host array, or an array to be differentiated. A stepper refuses other shapes.
    """

    def nonlinear(s: Products, p: Parameters) -> terms.Affine:
        points = s.band.grid.points
        what = f"{equation.name}: expected a source"
        _require(what, p["source"], (equation.channels, *points), points)
        rest = None if equation.nonlinear is None else equation.nonlinear(s, p)
        return terms.Affine(rest, None, s.band.to_band(p["source"]))

    return dataclasses.replace(
        equation,
        name=f"{equation.name}_with_source",
        formula=f"{equation.formula},  plus a source f(x)",
        parameters={**equation.parameters, "source": source},
        nonlinear=nonlinear,
        conserves=(),
    )


def _require(what: str, field: Array, *shapes: tuple[int, ...]) -> None:
    """Refuse a field that would be broadcast, or of which a part would be used."""
    if tuple(field.shape) not in shapes:
        options = " or ".join(map(str, shapes))
        raise InvalidInput(
            f"{what} of shape {options}, got {tuple(field.shape)}; sample it at the points of "
            "the grid"
        )


@dataclass(frozen=True)
class _Functions:
    """The user's functions as the function of a term; equal if made of the same two."""

    rate: Callable[..., Array] | None
    flux: Callable[..., Sequence[Array]] | None

    def __call__(self, values: list[Array], parameters: Any, dims: int) -> list[Array]:
        rates = [self.rate(parameters, *values)] if self.rate else []
        return [*rates, *(self.flux(parameters, *values) if self.flux else ())]


def _carried(p: Parameters, u: Array, *slopes: Array) -> Array:
    """-c·∇u."""
    parts = [p["velocity"][j, ...] * slope for j, slope in enumerate(slopes)]
    return sum(parts[1:], parts[0]) * -1.0


def _varying(p: Parameters, u: Array, *slopes: Array) -> list[Array]:
    """(ν - mean ν) ∇u."""
    nu = p["diffusivity"]
    excess = nu - namespace_of(nu).mean(nu)
    return [excess * slope for slope in slopes]
