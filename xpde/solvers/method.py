"""The contract of methods: how a linear system is solved, apart from how it is differentiated."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from xpde.core import register_tree
from xpde.core.trees import is_registered
from xpde.errors import InvalidInput
from xpde.solvers.inner import norm
from xpde.solvers.operator import LinearOperator
from xpde.solvers.solution import Solution

__all__ = ["ITERATIVE", "Iterative", "Method", "Preconditioner"]

Array = Any
State = Any
Preconditioner = LinearOperator | Callable[[LinearOperator], LinearOperator] | None
"""M ≈ A⁻¹ as an operator, or what makes it from A."""

ITERATIVE = ("rtol", "atol", "max_steps")
"""Static fields of every iterative method, for ``register_tree(static=...)``."""


@register_tree(static=("fn",))
@dataclass(frozen=True)
class Factory:
    """What makes a preconditioner, as a tree without leaves: programs take arrays, no functions."""

    fn: Callable[[LinearOperator], LinearOperator]

    def __call__(self, operator: LinearOperator) -> LinearOperator:
        """Return M for this operator."""
        return self.fn(operator)


@dataclass(frozen=True, eq=False)
class Method(ABC):
    """A way to solve A x = b; registered trees, whose arrays are those of a preconditioner."""

    def check(self, operator: LinearOperator) -> None:  # noqa: B027
        """Raise :class:`~xpde.errors.InvalidInput` if the method is known not to apply."""

    def prepared(self, operator: LinearOperator) -> Self:
        """Return the method with everything that it computes from the operator beforehand."""
        return self

    def transposed(self) -> Self:
        """Return the prepared method for Aᵀ, as it is used in an adjoint solve."""
        return self

    @abstractmethod
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
        """Return the solution from the guess ``x0``; None is 0.

        Parameters
        ----------
        operator, b, x0
            A, b and x₀, the vectors with all batch axes.
        budget
            Most steps, an integer array (a value that compiled programs take as an argument).
        history
            Whether to return the norms of all residuals.
        recorded
            Whether derivatives through the steps are wanted; those of ``value`` alone exist.
        block
            With ``recorded``: this many steps are made again in the backward pass, and only the
            states between are kept; None keeps all.
        """


@dataclass(frozen=True, eq=False)
class Iterative(Method):
    """A method of steps from a state to the next.

    Without a tolerance (``rtol`` None and ``atol`` 0) exactly ``max_steps`` steps are done, and
    that is success. With one, a sample stops when ‖r‖ ≤ max(rtol ‖b‖, atol), and not to have
    reached it within ``max_steps`` is a failure.

    Attributes
    ----------
    rtol, atol
        Relative and absolute tolerance. (Where b = 0, ``rtol`` is relative to the residual of the
        initial guess.)
    max_steps
        Most steps, or exactly these; None is 10 n + 100 with a tolerance.
    preconditioner
        M ≈ A⁻¹, or what makes it from A, or None.
    """

    rtol: float | None = None
    atol: float = 0.0
    max_steps: int | None = None
    preconditioner: Preconditioner = None

    def __post_init__(self) -> None:
        name, made = type(self).__name__, self.preconditioner
        if made is not None and not (isinstance(made, LinearOperator) or is_registered(made)):
            object.__setattr__(self, "preconditioner", Factory(made))
        if self.rtol is not None and not 0 <= self.rtol < 1:
            raise InvalidInput(f"{name}: expected 0 <= rtol < 1, got {self.rtol!r}")
        if not self.atol >= 0:
            raise InvalidInput(f"{name}: expected atol >= 0, got {self.atol!r}")
        if self.max_steps is not None and not (
            isinstance(self.max_steps, int) and self.max_steps >= 0
        ):
            raise InvalidInput(f"{name}: expected max_steps of 0 or more, got {self.max_steps!r}")
        if not self.tolerant and self.max_steps is None:
            raise InvalidInput(
                f"{name}: expected a tolerance or a number of steps, got neither; pass rtol=1e-6 "
                "or max_steps=20"
            )

    @property
    def tolerant(self) -> bool:
        """Whether there is a tolerance."""
        return self.rtol is not None or self.atol > 0

    def limit(self, operator: LinearOperator) -> int:
        """Return the most steps."""
        return 10 * operator.size + 100 if self.max_steps is None else self.max_steps

    def prepared(self, operator: LinearOperator) -> Self:
        """Make the preconditioner of this operator, if it is not an operator already."""
        made = self.preconditioner
        if made is not None and not isinstance(made, LinearOperator):
            made = made(operator)
        if made is not None and (made.domain, made.codomain) != (
            operator.codomain,
            operator.domain,
        ):
            raise InvalidInput(
                f"{type(self).__name__}: expected a preconditioner {operator.codomain} -> "
                f"{operator.domain}, got {made.domain} -> {made.codomain}"
            )
        return dataclasses.replace(self, preconditioner=made)

    def transposed(self) -> Self:
        """Transpose the preconditioner: Mᵀ ≈ A⁻ᵀ."""
        made = self.preconditioner
        turned = made.T if isinstance(made, LinearOperator) else made
        return dataclasses.replace(self, preconditioner=turned)

    def precondition(self, r: Array) -> Array:
        """Return M r, r itself without a preconditioner."""
        return r if self.preconditioner is None else self.preconditioner(r)

    @abstractmethod
    def init(self, operator: LinearOperator, b: Array, x: Array, r: Array) -> State:
        """Return the state of the guess ``x`` with residual r = b - A x: a NamedTuple of arrays.

        It has the field ``x``, ``r`` unless :meth:`residual` is overridden, and may have ``fault``,
        integers (..., 1, ...) that are 0 or a :class:`~xpde.solvers.Status` at which the sample
        ends.
        """

    @abstractmethod
    def step(self, operator: LinearOperator, b: Array, state: State) -> State:
        """Return the next state."""

    def residual(self, state: State, ndim: int) -> Array:
        """Return ‖r‖₂ of a state, (..., 1, ..., 1)."""
        return norm(state.r, ndim)

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
        """Iterate; see :class:`Method`."""
        from xpde.solvers.iteration import Iteration

        run = Iteration(self, operator, b, x0, budget=budget, history=history)
        return run.run(recorded, block)

    def replaced(self, level: Any) -> Self:
        """Return the method with another ``max_steps``."""
        return dataclasses.replace(self, max_steps=level)
