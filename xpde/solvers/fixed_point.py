"""Fixed points and roots of nonlinear maps."""

from collections.abc import Callable
from typing import Any

from xpde.core import Tree, backend_of, leaves
from xpde.errors import InvalidInput
from xpde.solvers.adjoint import Adjoint, Implicit
from xpde.solvers.equation import Equation
from xpde.solvers.newton import NewtonKrylov
from xpde.solvers.parts import is_float
from xpde.solvers.picard import Picard
from xpde.solvers.solution import Solution

__all__ = ["fixed_point", "root"]

Array = Any
Map = Callable[[Tree, Array], Array]


def fixed_point(
    fn: Map,
    x0: Array,
    params: Tree = None,
    *,
    method: Picard | NewtonKrylov,
    ndim: int | None = None,
    adjoint: Adjoint | None = None,
    budget: Array | None = None,
    history: bool = False,
    throw: bool = False,
) -> Solution:
    """Solve x = fn(params, x).

    Parameters
    ----------
    fn
        A function of module level, or one that is kept, so that compiled programs are found again;
        see :class:`~xpde.solvers.Equation`.
    x0
        Guess (..., *domain), with all batch axes.
    params
        A tree of arrays, with respect to which derivatives exist.
    method
        :class:`~xpde.solvers.Picard` or :class:`~xpde.solvers.NewtonKrylov`.
    ndim
        Trailing axes of x that belong to one sample, 1 + D for states; None is all of them. Samples
        do not know of each other: each stops by itself.
    adjoint
        How the result is differentiated, with E(x) = x - fn(params, x):

        :class:`~xpde.solvers.Implicit` (None)
            (∂E/∂x)ᵀ λ = x̄,  params̄ = (∂fn/∂params)ᵀ λ, one linear solve with the given method or
            with that of the forward solve: for Picard another Picard iteration, which converges as
            the first one did.
        :class:`~xpde.solvers.Unrolled`
            The derivative of the steps.
        :class:`~xpde.solvers.OneStep`
            The derivative of one more evaluation: λ = x̄, or β Mᵀ x̄ where the method has β or M.
        :class:`~xpde.solvers.Cut`
            None.
    budget
        Most steps as an integer array.
    history
        Whether to return the norms of all residuals.
    throw
        Raise where the status of a sample is not success.

    Returns
    -------
    Solution
        Its residual is ‖fn(params, x) - x‖₂ of the value itself.

    Raises
    ------
    InvalidInput
        If the method is for linear systems only, or fn changes the shape.
    SolveFailed
        With ``throw``.

    References: Fung et al., JFB (AAAI 2022), for OneStep; Bai, Kolter & Koltun, Deep equilibrium
    models (NeurIPS 2019), for Implicit.
    """
    equation = _equation("fixed_point", fn, x0, params, method, ndim, True)
    return _found(equation, x0, method, adjoint, budget, history, throw)


def root(
    fn: Map,
    x0: Array,
    params: Tree = None,
    *,
    method: Picard | NewtonKrylov,
    ndim: int | None = None,
    adjoint: Adjoint | None = None,
    budget: Array | None = None,
    history: bool = False,
    throw: bool = False,
) -> Solution:
    """Solve fn(params, x) = 0.

    Parameters and errors are those of :func:`fixed_point`, with E(x) = fn(params, x) and
    params̄ = -(∂fn/∂params)ᵀ λ. ``Picard`` takes x ← x - β M fn(params, x). ``OneStep`` is refused
    where the method has no M: one step of Newton's method has the derivative that ``Implicit`` has.
    """
    equation = _equation("root", fn, x0, params, method, ndim, False)
    return _found(equation, x0, method, adjoint, budget, history, throw)


def _equation(
    name: str, fn: Map, x0: Array, params: Tree, method: Any, ndim: int | None, fixed: bool
) -> Equation:
    if not isinstance(method, (Picard, NewtonKrylov)):
        raise InvalidInput(
            f"{name}: expected Picard or NewtonKrylov, got {type(method).__name__}; linear methods "
            "go into NewtonKrylov(linear=...)"
        )
    count = x0.ndim if ndim is None else ndim
    if not 1 <= count <= x0.ndim:
        raise InvalidInput(
            f"{name}: expected ndim from 1 to the {x0.ndim} axes of x0, got {count}; give x0 an "
            "axis with x0[None]"
        )
    return Equation(fn, params, tuple(x0.shape[x0.ndim - count :]), fixed)


def _found(
    equation: Equation,
    x0: Array,
    method: Any,
    adjoint: Adjoint | None,
    budget: Array | None,
    history: bool,
    throw: bool,
) -> Solution:
    floats = [leaf for leaf in leaves(equation) if is_float(leaf)]
    verbs = backend_of(x0, *floats)
    b = verbs.xp.zeros_like(verbs.stop_gradient(x0))
    prepared = method.prepared(equation)
    how = adjoint or Implicit()
    found = how.solve(equation, b, x0, prepared, budget, history)  # type: ignore[arg-type]
    return found.checked() if throw else found
