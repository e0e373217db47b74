"""Activations by name; none has parameters."""

from collections.abc import Callable
from functools import lru_cache
from math import pi, sqrt
from typing import Any

from xpde.core import backend_of, namespace_of
from xpde.errors import unknown_name

Array = Any
Activation = Callable[[Array], Array]

__all__ = ["ACTIVATIONS", "activation"]


def _relu(x: Array) -> Array:
    # Not maximum, whose derivative at 0 may be 1/2; not where, which is ten times slower on NumPy.
    return x * namespace_of(x).astype(x > 0, x.dtype)


def _tanh(x: Array) -> Array:
    return namespace_of(x).tanh(x)


def _sigmoid(x: Array) -> Array:
    return 0.5 + 0.5 * namespace_of(x).tanh(0.5 * x)  # no overflow, unlike 1 / (1 + exp(-x))


def _swish(x: Array) -> Array:
    return x * _sigmoid(x)


def _gelu(x: Array) -> Array:
    a = sqrt(2 / pi)
    half = 0.5 * x
    return half + half * namespace_of(x).tanh(x * (a + (0.044715 * a) * (x * x)))


def _identity(x: Array) -> Array:
    return x


ACTIVATIONS: dict[str, Activation] = {
    "relu": _relu,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "swish": _swish,
    "gelu": _gelu,
    "identity": _identity,
}


@lru_cache(maxsize=16)
def _native(name: str) -> Activation:
    formula = ACTIVATIONS[name]

    def call(x: Array) -> Array:
        return (backend_of(x).activation(name) or formula)(x)

    return call


def activation(name: str) -> Activation:
    """Return the elementwise function of a name, the framework's own where it has one.

    relu max(x, 0) with derivative 0 at 0; sigmoid 1/(1 + e⁻ˣ); tanh; swish x·sigmoid(x);
    gelu in its tanh form, x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))); identity.

    Raises
    ------
    InvalidInput
        If the name is unknown; the text lists the nearest valid ones.
    """
    if name not in ACTIVATIONS:
        raise unknown_name("activation", name, ACTIVATIONS)
    return _native(name)
