"""Rules of functions that act entry by entry.

``rule(inner, *args)`` returns the value and one pullback per array argument. Cotangents of a
complex z are dL/dx + i dL/dy, so a holomorphic y = f(z) pulls back as g · conj(f'(z)).
"""

import cmath
import math
from collections.abc import Callable
from typing import Any

from xpde.core.dtypes import dtype_name, is_complex, real_name
from xpde.core.registry import namespace_of
from xpde.core.tape.tools import conj, fit, is_array, outline

Array = Any
Rule = Callable[..., tuple[Any, tuple[Callable[[Any], Any], ...]]]

__all__ = ["ELEMENTWISE"]


def _unary(name: str, slope: Callable[[Any, Array, Array], Array]) -> Rule:
    """Rule of y = f(x) whose derivative is ``slope(xp, x, y)``."""

    def rule(inner: Any, x: Array) -> Any:
        y = getattr(inner.xp, name)(x)
        return y, (lambda g: g * conj(slope(namespace_of(x), x, y)),)

    return rule


SLOPES: dict[str, Callable[[Any, Array, Array], Array]] = {
    "acos": lambda xp, x, y: -1.0 / xp.sqrt(1.0 - x * x),
    "acosh": lambda xp, x, y: 1.0 / (xp.sqrt(x - 1.0) * xp.sqrt(x + 1.0)),
    "asin": lambda xp, x, y: 1.0 / xp.sqrt(1.0 - x * x),
    "asinh": lambda xp, x, y: 1.0 / xp.sqrt(x * x + 1.0),
    "atan": lambda xp, x, y: 1.0 / (1.0 + x * x),
    "atanh": lambda xp, x, y: 1.0 / (1.0 - x * x),
    "cos": lambda xp, x, y: -xp.sin(x),
    "cosh": lambda xp, x, y: xp.sinh(x),
    "exp": lambda xp, x, y: y,
    "expm1": lambda xp, x, y: y + 1.0,
    "log": lambda xp, x, y: 1.0 / x,
    "log10": lambda xp, x, y: (1.0 / math.log(10.0)) / x,
    "log1p": lambda xp, x, y: 1.0 / (1.0 + x),
    "log2": lambda xp, x, y: (1.0 / math.log(2.0)) / x,
    "reciprocal": lambda xp, x, y: -y * y,
    "sin": lambda xp, x, y: xp.cos(x),
    "sinh": lambda xp, x, y: xp.cosh(x),
    "sqrt": lambda xp, x, y: 0.5 / y,
    "square": lambda xp, x, y: 2.0 * x,
    "tan": lambda xp, x, y: 1.0 + y * y,
    "tanh": lambda xp, x, y: 1.0 - y * y,
}


def _add(inner: Any, a: Any, b: Any) -> Any:
    like_a, like_b = outline(a), outline(b)
    return a + b, (lambda g: fit(g, like_a), lambda g: fit(g, like_b))


def _subtract(inner: Any, a: Any, b: Any) -> Any:
    like_a, like_b = outline(a), outline(b)
    return a - b, (lambda g: fit(g, like_a), lambda g: fit(-g, like_b))


def _multiply(inner: Any, a: Any, b: Any) -> Any:
    like_a, like_b = outline(a), outline(b)
    return a * b, (lambda g: fit(g * conj(b), like_a), lambda g: fit(g * conj(a), like_b))


def _divide(inner: Any, a: Any, b: Any) -> Any:
    y = a / b
    return y, (lambda g: fit(g / conj(b), a), lambda g: fit(-g * conj(y) / conj(b), b))


def _pow(inner: Any, a: Any, b: Any) -> Any:
    y = a**b

    def base(g: Array) -> Array:
        if not is_array(b):
            slope = 2.0 * a if b == 2 else b * a ** (b - 1 if b != 0 else 1)
        else:  # b = 0 is a constant, at a = 0 too
            xp = namespace_of(b)
            slope = b * a ** xp.where(b == 0, xp.ones_like(b), b - 1.0)
        return fit(g * conj(slope), a)

    def exponent(g: Array) -> Array:
        return fit(g * conj(y * _log(a)), b)

    return y, (base, exponent)


def _log(a: Any) -> Any:
    """Logarithm of a base; 0 at 0, where a**b = 0 for every b > 0, and nan below."""
    if not is_array(a):
        if isinstance(a, complex):
            return cmath.log(a or 1.0)
        return math.log(a or 1.0) if a >= 0 else math.nan
    xp = namespace_of(a)
    return xp.log(xp.where(a == 0, xp.ones_like(a), a))


def _negative(inner: Any, x: Array) -> Any:
    return -x, (lambda g: -g,)


def _positive(inner: Any, x: Array) -> Any:
    return x, (lambda g: g,)


def _abs(inner: Any, x: Array) -> Any:
    y = inner.xp.abs(x)

    def pull(g: Array) -> Array:  # x / |x|, and 0 at 0
        xp = namespace_of(x)
        if not is_complex(x):
            return g * xp.sign(x)
        safe = xp.where(y == 0, xp.ones_like(y), y)
        return g * (x / safe)

    return y, (pull,)


def _real(inner: Any, x: Array) -> Any:
    if not is_complex(x):
        return x, (lambda g: g,)
    return inner.xp.real(x), (lambda g: g + 0j,)


def _imag(inner: Any, x: Array) -> Any:
    return inner.xp.imag(x), (lambda g: g * 1j,)


def _conj(inner: Any, x: Array) -> Any:
    return conj(x), (conj,)


def _extreme(name: str) -> Rule:
    """Rule of maximum and minimum; a tie gives each argument half, as JAX and PyTorch do."""

    def rule(inner: Any, a: Any, b: Any) -> Any:
        xp = inner.xp
        y = getattr(xp, name)(a, b)

        def share(mine: Any, other: Any, g: Array) -> Array:
            ahead = mine > other if name == "maximum" else mine < other
            kind = getattr(inner.xp, dtype_name(y))
            weight = inner.xp.astype(ahead, kind) + 0.5 * inner.xp.astype(mine == other, kind)
            return fit(g * weight, mine)

        return y, (lambda g: share(a, b, g), lambda g: share(b, a, g))

    return rule


def _where(inner: Any, condition: Array, a: Any, b: Any) -> Any:
    y = inner.xp.where(condition, a, b)

    def pick(g: Array, first: bool) -> Array:
        # a product with the mask: NumPy's where is ten times slower on a random condition
        xp = namespace_of(condition)
        chosen = condition if first else xp.logical_not(condition)
        return g * xp.astype(chosen, getattr(inner.xp, real_name(dtype_name(g))))

    like_a, like_b = outline(a), outline(b)
    return y, (None, lambda g: fit(pick(g, True), like_a), lambda g: fit(pick(g, False), like_b))


def _clip(inner: Any, x: Array, min: Any = None, max: Any = None) -> Any:
    y = inner.xp.clip(x, min, max)

    def pull(g: Array) -> Array:
        xp = namespace_of(g)
        inside = namespace_of(x).isfinite(x)
        if min is not None:
            inside = inside & (x >= min)
        if max is not None:
            inside = inside & (x <= max)
        return fit(xp.where(inside, g, 0.0), x)

    def bound(g: Array, out: Array, like: Any) -> Array:
        return fit(namespace_of(g).where(out, g, 0.0), like)

    return y, (pull, lambda g: bound(g, x < min, min), lambda g: bound(g, x > max, max))


def _atan2(inner: Any, a: Any, b: Any) -> Any:
    norm = a * a + b * b
    value = inner.xp.atan2(a, b)
    return value, (lambda g: fit(g * b / norm, a), lambda g: fit(-g * a / norm, b))


def _astype(inner: Any, x: Array, dtype: Any, **how: Any) -> Any:
    like = outline(x)
    return inner.xp.astype(x, dtype, **how), (lambda g: fit(g, like),)


ELEMENTWISE: dict[str, Rule] = {
    **{name: _unary(name, slope) for name, slope in SLOPES.items()},
    "abs": _abs,
    "add": _add,
    "astype": _astype,
    "atan2": _atan2,
    "clip": _clip,
    "conj": _conj,
    "divide": _divide,
    "imag": _imag,
    "maximum": _extreme("maximum"),
    "minimum": _extreme("minimum"),
    "multiply": _multiply,
    "negative": _negative,
    "positive": _positive,
    "pow": _pow,
    "real": _real,
    "subtract": _subtract,
    "where": _where,
}
