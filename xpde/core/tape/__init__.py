"""Reverse-mode differentiation over any standard namespace, for frameworks that have none."""

from xpde.core.tape.namespace import TapeBackend, TapeNamespace
from xpde.core.tape.rules import CONSTANT, RULES
from xpde.core.tape.traced import Traced
from xpde.core.tape.transforms import (
    checkpoint,
    custom_vjp,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
)

__all__ = [
    "CONSTANT",
    "RULES",
    "TapeBackend",
    "TapeNamespace",
    "Traced",
    "checkpoint",
    "custom_vjp",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
