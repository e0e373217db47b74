"""How a solve is differentiated: an argument of the solve, not a property of the method."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

from xpde.core import Tree, backend_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.inner import power_of_two
from xpde.solvers.method import Method
from xpde.solvers.operator import LinearOperator
from xpde.solvers.parts import fixed_leaves, parted, pulled, summed
from xpde.solvers.solution import Solution

__all__ = ["Adjoint", "Cut", "Implicit", "OneStep", "Unrolled"]

Array = Any


class Adjoint(ABC):
    """What the derivative of x = solve(A, b, x₀) is said to be."""

    @abstractmethod
    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        method: Method,
        budget: Array | None,
        history: bool,
    ) -> Solution:
        """Return the solution, its value with this derivative; the method is prepared."""


@register_tree(static=("checkpoint",))
@dataclass(frozen=True)
class Unrolled(Adjoint):
    """The derivative of the steps that were done: forward and backward cost K steps each.

    It is exact for the K-th iterate, whatever its error, and depends on the initial guess. The
    number of steps and the choice which samples go on are constants.

    Attributes
    ----------
    checkpoint
        Steps that are made again in the backward pass: only every ``checkpoint``-th state is kept.
        K/c + c states instead of K; c = √K needs the least. None keeps all.
    """

    checkpoint: int | None = None

    def __post_init__(self) -> None:
        if self.checkpoint is not None and self.checkpoint < 1:
            raise InvalidInput(f"Unrolled: expected checkpoint >= 1, got {self.checkpoint}")

    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        method: Method,
        budget: Array | None,
        history: bool,
    ) -> Solution:
        """Solve with everything recorded."""
        return method.solve(
            operator,
            b,
            x0,
            budget=budget,
            history=history,
            recorded=True,
            block=self.checkpoint,
        )


@register_tree()
@dataclass(frozen=True, eq=False)
class Implicit(Adjoint):
    """The derivative of the solution of A x = b, by one adjoint solve, whatever found x.

    Aᵀ λ = x̄,  b̄ = λ,  Ā = -λ xᵀ,  x̄₀ = 0

    for cotangents with a bar. Its error is that of x and of λ. The adjoint system is solved from 0
    with tolerances relative to its own right-hand side, which is scaled to order one before:
    gradients are linear in the scale of the loss, however small it is.

    Attributes
    ----------
    method
        How the adjoint system is solved. None is the method of the forward solve with its
        preconditioner transposed, its tolerance or number of steps, and its budget.
    """

    method: Method | None = None

    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        method: Method,
        budget: Array | None,
        history: bool,
    ) -> Solution:
        """Solve without recording, and attach the adjoint solve."""
        found = _plain_solve(operator, b, x0, method, budget, history)
        if self.method is None:
            backward, limit = method.transposed(), budget
        else:
            backward, limit = self.method, None
        value = attached(operator, b, found.value, backward, limit, self.method is not None)
        return replace(found, value=value)


@register_tree()
@dataclass(frozen=True)
class OneStep(Adjoint):
    """The derivative of one more step x ↦ x + M (b - A x), the x in it being constant.

    b̄ = Mᵀ x̄,  Ā = -Mᵀ x̄ xᵀ,  x̄₀ = 0, the value is that of the solve

    The Jacobian-free derivative: it costs one application, and its relative error is about the
    convergence factor ‖I - M A‖. M is the preconditioner of the method, or the inverse of the
    diagonal of A.

    References: Fung et al., JFB (AAAI 2022); Bolte, Pauwels & Vaiter, One-step differentiation of
    iterative algorithms (NeurIPS 2023).
    """

    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        method: Method,
        budget: Array | None,
        history: bool,
    ) -> Solution:
        """Solve without recording, and attach one step."""
        found = _plain_solve(operator, b, x0, method, budget, history)
        verbs = _verbs(operator, b)
        x = found.value
        r = b - operator(x)
        change = r - verbs.stop_gradient(r)  # 0, with the derivative of r
        inverse = verbs.stop_gradient(getattr(method, "preconditioner", None))
        if inverse is not None:
            return replace(found, value=x + inverse(change))
        return replace(found, value=x + change / verbs.stop_gradient(operator.diagonal(b)))


@register_tree()
@dataclass(frozen=True)
class Cut(Adjoint):
    """No derivative: the solution is a constant."""

    def solve(
        self,
        operator: LinearOperator,
        b: Array,
        x0: Array | None,
        method: Method,
        budget: Array | None,
        history: bool,
    ) -> Solution:
        """Solve without recording."""
        return _plain_solve(operator, b, x0, method, budget, history)


def attached(
    operator: LinearOperator,
    b: Array,
    value: Array,
    method: Method,
    budget: Array | None,
    prepare: bool,
) -> Array:
    """Return ``value`` with the implicit derivative of A x = b at it.

    A may be a map that is not linear: then Aᵀ is that of its derivative ``linear(x)``, and -λ is
    pulled back to the arrays of the map. Everything that the backward pass needs is an argument or
    a residual, so that it holds inside of compiled loops as well. In it x and λ have this kind of
    derivative again, which makes second derivatives right and costs nothing where there are none.
    """
    verbs = _verbs(operator, b)
    floats, rebuild = parted(operator)
    ndim = len(operator.domain)

    def forward(floats: Tree, b: Array, value: Array, rest: Tree) -> tuple[Array, Tree]:
        return value, (floats, b, value, rest)

    def backward(residuals: Tree, g: Array) -> tuple[Tree, ...]:
        floats, b, value, (fixed, method, budget) = residuals
        matrix = rebuild(floats, fixed)
        x = attached(matrix, b, value, method, budget, prepare)
        turned = matrix.linear(x).T
        how = method.prepared(turned) if prepare else method
        scale = power_of_two(g, ndim)
        found = _plain_solve(turned, g / scale, None, how, budget, False).value * scale
        adjoint = attached(turned, g, found, how.transposed(), budget, False)
        own = pulled(lambda own: rebuild(own, fixed)(x), floats, -adjoint)
        return own, summed(adjoint, b.shape), None, None

    rest = verbs.stop_gradient((fixed_leaves(operator), method, budget))
    attach = verbs.custom_vjp(lambda floats, b, value, rest: value, forward, backward)
    return attach(floats, b, value, rest)


def _plain_solve(
    operator: LinearOperator,
    b: Array,
    x0: Array | None,
    method: Method,
    budget: Array | None,
    history: bool,
) -> Solution:
    """Solve with constants, so that nothing is recorded."""
    operator, b, x0, method = _verbs(operator, b).stop_gradient((operator, b, x0, method))
    return method.solve(operator, b, x0, budget=budget, history=history)


def _verbs(operator: LinearOperator, b: Array) -> Any:
    return backend_of(b, *parted(operator)[0])
