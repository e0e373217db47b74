"""What refinement saves: iterations of the solver against a training with the converged one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from xpde.errors import InvalidInput

__all__ = ["Savings", "matched_cost"]


@dataclass(frozen=True)
class Savings:
    """The iterations of three trainings, and what a share of the dearest is saved.

    With the level K_e of epoch e of E, the level K_ε that counts as converged and the highest one
    K_max:

        C_conv = K_ε E,  C_IC = K_max E,  C_PR = Σ_e K_e

    Saved by incomplete convergence: 1 - C_IC / C_conv; by progressive refinement on top of that:
    (C_IC - C_PR) / C_conv; together their sum, 1 - C_PR / C_conv. A training at K_max from the
    start has the first part alone, so the second is what refinement itself is worth.

    Attributes
    ----------
    converged, incomplete, progressive
        C_conv > 0, C_IC, C_PR. Any unit, such as seconds.

    Raises
    ------
    InvalidInput
        If a cost is negative, or that of the converged training 0.

    Reference: Bhatia, Koehler, Thuerey, Progressively Refined Differentiable Physics (2025),
    figure of the savings.
    """

    converged: float
    incomplete: float
    progressive: float

    def __post_init__(self) -> None:
        if not self.converged > 0 or min(self.incomplete, self.progressive) < 0:
            raise InvalidInput(
                "savings: expected a converged cost above 0 and the others of 0 or more, got "
                f"{self.converged}, {self.incomplete}, {self.progressive}"
            )

    @classmethod
    def of(
        cls,
        levels: Sequence[float],
        converged_level: float,
        *,
        epochs: int | None = None,
        top: float | None = None,
    ) -> Self:
        """Return the savings of a training with these levels, one for each epoch.

        Parameters
        ----------
        levels
            K_e, as many as the training has epochs.
        converged_level
            K_ε.
        epochs
            Epochs of the converged training, if it needs another number to reach the same error.
        top
            K_max; by default the highest level.
        """
        if not levels:
            raise InvalidInput("savings: expected the level of at least one epoch, got none")
        highest = max(levels) if top is None else top
        converged = converged_level * (len(levels) if epochs is None else epochs)
        return cls(converged, highest * len(levels), sum(levels))

    @property
    def by_incomplete(self) -> float:
        """1 - C_IC / C_conv."""
        return 1 - self.incomplete / self.converged

    @property
    def by_refinement(self) -> float:
        """(C_IC - C_PR) / C_conv."""
        return (self.incomplete - self.progressive) / self.converged

    @property
    def total(self) -> float:
        """1 - C_PR / C_conv."""
        return 1 - self.progressive / self.converged


def matched_cost(errors: Sequence[float], levels: Sequence[float], target: float) -> float | None:
    """Return the iterations after which a training first has an error of ``target`` or less.

    min_i Σ_{e<i} K_e with e_i ≤ target. Compared at equal errors, two trainings are judged by what
    they cost; at equal epochs a converged training looks dearer than it need be.

    Parameters
    ----------
    errors
        e_0, ..., e_E: before the first epoch and after each.
    levels
        K_0, ..., K_{E-1}, of each epoch.
    target
        An error; NaN is never at or below it.

    Returns
    -------
    float or None
        0 if the untrained network has it already; None if the training never does.
    """
    if len(errors) != len(levels) + 1:
        raise InvalidInput(
            f"errors: expected {len(levels) + 1}, one before and one after each of {len(levels)} "
            f"epochs, got {len(errors)}"
        )
    cost: float = 0
    for i, error in enumerate(errors):
        if error <= target:
            return cost
        cost += levels[i] if i < len(levels) else 0
    return None
