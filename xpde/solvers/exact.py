"""The contract of direct methods: they make A⁻¹ as an operator, and apply it."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from xpde.core import backend_of, leaves
from xpde.solvers.inner import norm
from xpde.solvers.method import Method
from xpde.solvers.operator import LinearOperator
from xpde.solvers.parts import is_float
from xpde.solvers.solution import Solution, Status

__all__ = ["Exact"]

Array = Any


@dataclass(frozen=True, eq=False)
class Exact(Method):
    """A method that knows A⁻¹: x = A⁻¹ b, then once x ← x + A⁻¹(b - A x).

    The second step takes back what rounding in A⁻¹ did. Guess and budget have no influence;
    ``steps`` is 1. A sample fails, with the status :attr:`fault`, unless ‖b - A x‖ ≤ √ε ‖b‖: after
    the second step the residual is that small for every condition number below about 1/√ε, and
    near 1 beyond 1/ε.

    Attributes
    ----------
    preconditioner
        A⁻¹ once the method is prepared for A. Where A holds no array it is made at the solve.
    """

    fault: ClassVar[Status] = Status.SINGULAR

    preconditioner: LinearOperator | None = None

    @abstractmethod
    def inverse(self, operator: LinearOperator, like: Array | None = None) -> LinearOperator:
        """Return A⁻¹; ``like`` says where to compute if the operator holds no array."""

    def prepared(self, operator: LinearOperator) -> Self:
        """Make A⁻¹."""
        if not any(is_float(leaf) for leaf in leaves(operator)):
            return self
        return replace(self, preconditioner=self.inverse(operator))

    def transposed(self) -> Self:
        """Transpose A⁻¹."""
        if self.preconditioner is None:
            return self
        return replace(self, preconditioner=self.preconditioner.T)

    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        *,
        budget: Array | None = None,
        history: bool = False,
        recorded: bool = False,
        block: int | None = None,
    ) -> Solution:
        """Apply A⁻¹ twice; see :class:`Method`."""
        made = self.preconditioner
        inverse = self.inverse(operator, b) if made is None else made
        x = inverse(b)
        x = x + inverse(b - operator(x))
        verbs, ndim = backend_of(x), len(operator.domain)
        operator, b, plain = verbs.stop_gradient((operator, b, x))
        xp = backend_of(plain).xp
        b = xp.broadcast_to(b, plain.shape)
        before, after = norm(b, ndim), norm(b - operator(plain), ndim)
        limit = xp.finfo(plain.dtype).eps ** 0.5
        failed = ~(after <= limit * before)
        code = xp.where(failed, int(self.fault), xp.zeros_like(before, dtype=xp.int32))
        norms = xp.stack([before, after])[(..., *(0,) * ndim)]
        lead = norms.shape[1:]
        status = xp.reshape(xp.astype(code, xp.int32), lead)
        steps = xp.ones_like(status)
        return Solution(x, status, steps, norms[1, ...], norms if history else None)
