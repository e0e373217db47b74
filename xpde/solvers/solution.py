"""What a solve returns: the value, how it ended, and what it cost."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from xpde.core import backend_of, register_tree
from xpde.errors import XpdeError

__all__ = ["Solution", "SolveFailed", "Status"]

Array = Any


class Status(IntEnum):
    """How a solve of one sample ended; :attr:`advice` is the sentence to print."""

    SUCCESS = 0
    MAX_STEPS = 1
    BREAKDOWN = 2
    DIVERGED = 3
    INDEFINITE = 4
    SINGULAR = 5
    STALLED = 6

    @property
    def advice(self) -> str:
        """One sentence: what happened and what to do."""
        return _ADVICE[self]


_ADVICE = {
    Status.SUCCESS: "the tolerance was reached, or exactly the steps asked for were done",
    Status.MAX_STEPS: (
        "the tolerance was not reached within max_steps; allow more steps, add a preconditioner, "
        "or raise rtol (float32 reaches about 1e-6 times the condition number)"
    ),
    Status.BREAKDOWN: (
        "the method divided by zero before the tolerance was reached; start from another guess, or "
        "use GMRES"
    ),
    Status.DIVERGED: (
        "the residual grew without bound; the iteration does not contract for this operator: "
        "lower the weight (omega), or use a Krylov method"
    ),
    Status.INDEFINITE: (
        "a direction p with pᵀAp of the wrong sign was met, so the operator is not definite; use "
        "MINRES if it is symmetric, GMRES or BiCGStab if it is not"
    ),
    Status.SINGULAR: (
        "the operator is singular to rounding; if it is meant to be, state its null space with "
        "Singular(operator, null_space)"
    ),
    Status.STALLED: (
        "no step along the Newton direction lowers the residual; start from another guess, solve "
        "the linear systems better, or raise the tolerance if it is below rounding"
    ),
}


class SolveFailed(XpdeError):
    """A linear or nonlinear solve did not succeed; the text is the advice of its status."""


@register_tree()
@dataclass(frozen=True, eq=False)
class Solution:
    """The outcome of a solve, sample by sample.

    Attributes
    ----------
    value
        x, (..., *domain).
    status
        Integers (...): values of :class:`Status`.
    steps
        Integers (...): steps that were done for the sample.
    residual
        ‖b - A x‖₂, (...); of the recurrence where the method has one.
    history
        Norms of the residuals (K + 1, ...) from the initial guess on, those after a sample ended
        repeating its last; None if they were not asked for.
    """

    value: Array
    status: Array
    steps: Array
    residual: Array
    history: Array | None = None

    def describe(self) -> str:
        """Return one sentence on the outcome: that of the worst sample."""
        verbs = backend_of(self.value)
        codes, steps = verbs.to_numpy(self.status), verbs.to_numpy(self.steps)
        worst = Status(int(np.max(codes)))
        failed = int(np.count_nonzero(codes))
        share = f" ({failed} of {codes.size} samples)" if codes.size > 1 and failed else ""
        return f"after {int(np.max(steps))} steps{share}: {worst.advice}"

    def checked(self) -> "Solution":
        """Return the solution itself; :class:`SolveFailed` unless every sample succeeded.

        Inside of a compiled program there is nothing to look at yet; it is returned as it is.
        """
        verbs = backend_of(self.value)
        if verbs.is_concrete(self.status) and np.any(verbs.to_numpy(self.status)):
            raise SolveFailed(f"solve: {self.describe()}")
        return self
