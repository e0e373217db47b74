"""The one way to solve a linear system: operator, right-hand side, method, adjoint."""

from typing import Any

from xpde.core import backend_of, tree_map
from xpde.errors import InvalidInput
from xpde.solvers.adjoint import Adjoint, Implicit
from xpde.solvers.method import Method
from xpde.solvers.operator import LinearOperator
from xpde.solvers.parts import is_float
from xpde.solvers.solution import Solution

__all__ = ["linear_solve"]

Array = Any


def linear_solve(
    operator: LinearOperator,
    b: Array,
    method: Method,
    *,
    x0: Array | None = None,
    adjoint: Adjoint | None = None,
    budget: Array | None = None,
    history: bool = False,
    throw: bool = False,
) -> Solution:
    """Solve A x = b.

    Parameters
    ----------
    operator
        A, square; leading axes of its arrays are a batch of operators.
    b
        Right-hand sides (..., *codomain). Samples do not know of each other: each stops by itself.
    method
        How; a tolerance or an exact number of steps is part of it.
    x0
        Initial guess (..., *domain), zero if None. Derivatives with respect to it exist with
        :class:`~xpde.solvers.Unrolled`; with the others it has no influence on them.
    adjoint
        How the result is differentiated, :class:`~xpde.solvers.Implicit` if None.
    budget
        Most steps as an integer array, which compiled programs take as an argument: another value
        compiles nothing.
    history
        Whether to return the norms of all residuals.
    throw
        Raise where the status of a sample is not success. (Not inside of a compiled program, where
        the status is a value like any other.)

    Raises
    ------
    InvalidInput
        If the operator is not square, shapes do not match, or the method is known not to apply.
    SolveFailed
        With ``throw``; its text says what to do.
    """
    _check(operator, b, x0)
    operator = _alike(operator, b)
    method.check(operator)
    singular = getattr(operator, "restricted", None)
    if singular is not None:
        b, x0 = singular(b, x0)
    prepared = method.prepared(operator)
    found = (adjoint or Implicit()).solve(operator, b, x0, prepared, budget, history)
    if singular is not None:
        found = operator.centered(found)  # type: ignore[attr-defined]
    return found.checked() if throw else found


def _alike(operator: LinearOperator, b: Array) -> LinearOperator:
    """Return the operator with its scalar arrays in the precision of b.

    A compiled program makes arrays of Python numbers, on JAX with 64-bit types in the double one.
    """

    def placed(leaf: Any) -> Any:
        scalar = is_float(leaf) and leaf.ndim == 0 and not isinstance(leaf, float)
        return backend_of(b, leaf).asarray(leaf, like=b) if scalar else leaf

    return tree_map(placed, operator)


def _check(operator: LinearOperator, b: Array, x0: Array | None) -> None:
    if operator.domain != operator.codomain:
        raise InvalidInput(
            f"linear_solve: expected a square operator, got {operator.domain} -> "
            f"{operator.codomain}; solve the normal equations with A.T @ A and A.T(b)"
        )
    for name, x in (("b", b), ("x0", x0)):
        if x is None:
            continue
        own = tuple(x.shape[-len(operator.domain) :])
        if own != operator.domain:
            raise InvalidInput(
                f"linear_solve: expected {name} of shape (..., "
                f"{', '.join(map(str, operator.domain))}), got {tuple(x.shape)}"
            )
    backend_of(*([b] if x0 is None else [b, x0]))
