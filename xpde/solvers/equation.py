"""A nonlinear equation E(x) = 0, as what fixed points and roots have in common."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpde.core import Tree, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Identity
from xpde.solvers.inner import norm
from xpde.solvers.jacobian import Jacobian
from xpde.solvers.operator import LinearOperator

__all__ = ["Equation"]

Array = Any


@register_tree(static=("fn", "shape", "fixed"))
@dataclass(frozen=True, eq=False)
class Equation:
    """E(x) = x - fn(params, x) for a fixed point, E(x) = fn(params, x) for a root.

    It answers what methods ask a linear operator, so that iterations, adjoints and statuses are
    those of linear systems: x ↦ E(x) for x ↦ A x, with b = 0.

    Attributes
    ----------
    fn
        Of ``params`` and arrays (..., *shape) to such; samples do not know of each other. If it has
        ``fn.linear(params, x) -> LinearOperator``, that is its derivative in x, else pushforwards
        and pullbacks are.
    params
        A tree of arrays; derivatives with respect to them exist, those of arrays that ``fn`` closes
        over do not.
    shape
        Shape of one sample.
    fixed
        Whether it is a fixed point.
    """

    fn: Callable[[Tree, Array], Array]
    params: Tree
    shape: tuple[int, ...]
    fixed: bool

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def codomain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def batch(self) -> tuple[int, ...]:
        """(): the guess has all batch axes."""
        return ()

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return math.prod(self.shape)

    def __call__(self, x: Array) -> Array:
        """Return E(x)."""
        y = self.fn(self.params, x)
        if tuple(y.shape) != tuple(x.shape):
            raise InvalidInput(
                f"{'fixed_point' if self.fixed else 'root'}: expected fn to give {tuple(x.shape)} "
                f"for a guess of that shape, got {tuple(y.shape)}; x0 has all batch axes"
            )
        return x - y if self.fixed else y

    def linear(self, x: Array) -> LinearOperator:
        """Return ∂E/∂x at x."""
        own = getattr(self.fn, "linear", None)
        if own is None:
            return Jacobian(self, x)
        slope = own(self.params, x)
        return Identity(self.shape) - slope if self.fixed else slope

    def tolerance_scale(self, x: Array, residual: Array) -> Array:
        """Return what a relative tolerance is relative to, for the guess x.

        max(‖x‖, ‖E(x)‖) for a fixed point, so that a good guess does not tighten it; ‖E(x)‖ for a
        root, whose E has other units than x.
        """
        if not self.fixed:
            return residual
        return namespace_of(x, residual).maximum(norm(x, len(self.shape)), residual)

    def diagonal(self, like: Array) -> Array:
        """Return what stands for the diagonal of ∂E/∂x: ones for a fixed point.

        Raises
        ------
        InvalidInput
            For a root, where it would have to be computed.
        """
        if self.fixed:
            return namespace_of(like).ones_like(like)
        raise InvalidInput(
            "OneStep: expected a fixed point or a method with a preconditioner, got a root; use "
            "Implicit: one Newton step has the same derivative"
        )
