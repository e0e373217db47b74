"""The closed forms derived by computer algebra from stencils; needs the extra ``symbolic``."""

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from xpde.errors import InvalidInput, MissingCapability, unknown_name

__all__ = [
    "SYMBOLIC_SCHEMES",
    "evaluate",
    "latex",
    "symbolic_ratio",
    "symbolic_symbol",
    "symbolic_weights",
]

Expression = Any

SYMBOLIC_SCHEMES = {
    "advection": ("explicit", "implicit", "analytic"),
    "diffusion": ("explicit", "implicit", "analytic"),
    "poisson": ("fd2", "jacobi", "analytic"),
}
"""Schemes of every equation; the number of Jacobi sweeps is the symbol q."""

_STENCILS = {
    "advection": {0: 1.0, -1: -1.0},
    "diffusion": {1: 0.5, 0: -1.0, -1: 0.5},
    "poisson": {1: -1.0, 0: 2.0, -1: -1.0},
}
"""Weights by offset: the first two times γ are Δt times the right-hand side, the last is -Δx² Δ."""


def symbolic_symbol(equation: str, scheme: str, mode: str = "phi") -> Expression:
    """Derive the symbol of a scheme as a function of φ (or ψ, with ``mode="psi"``), γ and q.

    With A(ω) = Σ_o w_o e^{iωo} of the stencil: explicit 1 + γA, implicit 1/(1 - γA), analytic the
    exponential of γ times the limit of A for small ω; FD2 1/A, and Q Jacobi sweeps from 0 the sum
    Σ_j (1 - A/2)^j / 2 = (1 - (1 - A/2)^q)/A. Advection is for γ < 0.

    Returns
    -------
    A SymPy expression in the real symbols ``phi`` or ``psi`` and ``gamma``, and the integer ``q``.

    Raises
    ------
    InvalidInput
        If there is no such equation or scheme.
    MissingCapability
        If SymPy is not installed.
    """
    _check(equation, scheme)
    sp = _sympy()
    omega, gamma = 2 * sp.pi * _real(mode), _real("gamma")
    difference = sum(
        sp.nsimplify(w) * (sp.cos(o * omega) + sp.I * sp.sin(o * omega))
        for o, w in _STENCILS[equation].items()
    )
    if equation == "poisson":
        if scheme == "analytic":
            return 1 / omega**2
        sweep = 1 - difference / 2  # of the error
        return (1 if scheme == "fd2" else 1 - sp.simplify(sweep) ** _q()) / difference
    if scheme == "analytic":
        x = sp.Symbol("x", real=True)
        lowest = sp.series(difference.subs(_real(mode), x / (2 * sp.pi)), x, 0, 3).removeO()
        order = 1 if equation == "advection" else 2
        return sp.exp(gamma * lowest.coeff(x, order) * omega**order)
    return 1 + gamma * difference if scheme == "explicit" else 1 / (1 - gamma * difference)


def symbolic_weights(equation: str, scheme: str) -> tuple[Expression, ...]:
    """Solve Re h(ψ) = Re y(ψ), Im h(ψ) = Im y(ψ) for the weights of the ansatz.

    The ansatz is that of :class:`~xpde.study.superiority.Ansatz`, y the symbol of the scheme.

    Returns
    -------
    (θ₀, θ₁) of advection, (θ,) of diffusion and Poisson, in ``psi``, ``gamma``, ``q``.
    """
    sp = _sympy()
    offset, basis = _ansatz(equation, "psi")
    target = symbolic_symbol(equation, scheme, "psi") - offset
    if equation != "advection":
        return (sp.simplify(target / basis[0]),)
    real, imaginary = target.rewrite(sp.cos).as_real_imag()
    unknown = sp.symbols("theta0 theta1", real=True)
    parts = [part.as_real_imag() for part in basis]
    lines = [
        sum(t * part[i] for t, part in zip(unknown, parts, strict=True)) - right
        for i, right in enumerate((real, imaginary))
    ]
    (found,) = sp.linsolve(lines, unknown)
    return tuple(sp.simplify(weight) for weight in found)


def symbolic_ratio(
    equation: str,
    train: str,
    baseline: str,
    reference: str = "analytic",
    measure: str = "magnitude",
) -> Expression:
    """Return ξ(φ, ψ, γ, q), with the weights derived and put in.

    ``magnitude``, ``value`` and ``complex`` as of :data:`~xpde.study.superiority.MEASURES`; for
    Poisson, whose symbols are positive, magnitude is the value.

    Raises
    ------
    InvalidInput
        If the denominator is zero: 0/0 is undefined.
    """
    if measure not in ("magnitude", "value", "complex"):
        raise unknown_name("symbolic measure", measure, ("magnitude", "value", "complex"))
    sp = _sympy()
    offset, basis = _ansatz(equation, "phi")
    weights = symbolic_weights(equation, train)
    h = offset + sum(t * part for t, part in zip(weights, basis, strict=True))
    b, r = (symbolic_symbol(equation, scheme) for scheme in (baseline, reference))
    if baseline == reference:
        raise InvalidInput(
            f"{equation}: expected a baseline that differs from the reference, got {baseline} for "
            "both; the ratio is undefined, 0/0"
        )
    if measure == "complex":
        return sp.Abs(h - r) / sp.Abs(b - r)
    if measure == "value" or equation == "poisson":
        return sp.simplify((h - r) / (b - r))
    return (_size(h) - _size(r)) / (_size(b) - _size(r))


def evaluate(
    expression: Expression,
    phi: np.ndarray | float = 0.0,
    psi: float = 0.0,
    gamma: float = 0.0,
    q: int = 1,
) -> np.ndarray:
    """Return the numbers of an expression in double precision, of the shape of φ."""
    names = (_real("phi"), _real("psi"), _real("gamma"), _q())
    function = _sympy().lambdify(names, expression, "numpy")
    return np.asarray(function(np.asarray(phi, float), psi, gamma, q) + 0 * np.asarray(phi))


def latex(equation: str, train: str, baseline: str, reference: str = "analytic") -> dict[str, str]:
    r"""Return LaTeX of symbols, weights and ratio, by name.

    Keys: ``train``, ``baseline``, ``reference`` (symbols in \phi), ``theta0``, ... (in \psi) and
    ``ratio`` (magnitude; the value of diffusion, whose symbols are real).
    """
    sp = _sympy()
    measure = "value" if equation == "diffusion" else "magnitude"
    schemes = {"train": train, "baseline": baseline, "reference": reference}
    found = {kind: symbolic_symbol(equation, scheme) for kind, scheme in schemes.items()}
    found |= {f"theta{i}": t for i, t in enumerate(symbolic_weights(equation, train))}
    found["ratio"] = symbolic_ratio(equation, train, baseline, reference, measure)
    return {name: sp.latex(expression) for name, expression in found.items()}


def _ansatz(equation: str, mode: str) -> tuple[Expression, tuple[Expression, ...]]:
    """Return offset and basis of the ansatz's symbol."""
    sp = _sympy()
    omega = 2 * sp.pi * _real(mode)
    if equation == "advection":
        return sp.Integer(0), (sp.cos(omega) - sp.I * sp.sin(omega), sp.Integer(1))
    if equation == "diffusion":
        return sp.Integer(1), (sp.cos(omega) - 1,)
    return sp.Integer(0), (1 / (2 * (1 - sp.cos(omega))),)


def _size(expression: Expression) -> Expression:
    """Return the modulus as the root of a real expression."""
    sp = _sympy()
    rational = expression.rewrite(sp.cos) if expression.has(sp.exp) else expression
    top, bottom = sp.fraction(sp.together(rational))
    squares = [sp.simplify(sum(x**2 for x in sp.expand(p).as_real_imag())) for p in (top, bottom)]
    return sp.sqrt(sp.simplify(squares[0] / squares[1]))


def _check(equation: str, scheme: str) -> None:
    if equation not in SYMBOLIC_SCHEMES:
        raise unknown_name("equation", equation, SYMBOLIC_SCHEMES)
    if scheme not in SYMBOLIC_SCHEMES[equation]:
        raise unknown_name(f"scheme of {equation}", scheme, SYMBOLIC_SCHEMES[equation])


@cache
def _sympy() -> ModuleType:
    try:
        import sympy
    except ImportError as error:
        raise MissingCapability(
            "symbolic: expected SymPy, got none; install it with `pip install 'xpde[symbolic]'`"
        ) from error
    return sympy


def _real(name: str) -> Expression:
    if name not in ("phi", "psi", "gamma"):
        raise unknown_name("mode", name, ("phi", "psi"))
    return _sympy().Symbol(name, real=True)


def _q() -> Expression:
    return _sympy().Symbol("q", integer=True, positive=True)
