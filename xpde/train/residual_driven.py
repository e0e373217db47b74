"""Refinement by the residual of the solver instead of the progress of the training."""

import math
from dataclasses import dataclass, fields, replace

from xpde.errors import InvalidInput
from xpde.train.rule import RefineState, check_growth, grown

__all__ = ["ResidualDriven"]


@dataclass(frozen=True)
class ResidualDriven:
    """Raise the level while the solver is less accurate than the training needs.

        refine if ρ > s E^p

    ρ is the relative residual of the solver at its level, and E the loss of the network: the
    error of the solver should be a share of that of the network, and be lowered with it. Losses are
    mean squares by default and residuals norms, hence p = 1/2; with a relative loss (nMSE) the
    share then compares relative errors.

    A refinement is in vain if it has not lowered ρ, as at the level of rounding; ``patience`` of
    these one after another are final. Infinite ρ refines, NaN does not, nor does any ρ
    while there is no loss: before the first update without a validation loss.

    Decisions in a word: ``coarse`` (refines), ``fine``, ``capped``, ``stopped``.

    Attributes
    ----------
    share, power
        s and p.
    first, increment, growth, cap
        Levels, as of :class:`~xpde.train.Progressive`.
    patience
        Refinements in vain after which the level is final; None never ends.

    Raises
    ------
    InvalidInput
        If a value is out of its range; from :meth:`step` if a residual is negative.
    """

    share: float = 0.1
    power: float = 0.5
    first: int = 1
    increment: float = 1
    growth: str = "add"
    cap: int | None = None
    patience: int | None = 3

    def __post_init__(self) -> None:
        check_growth("residual", self.first, self.increment, self.growth, self.cap)
        for name in ("share", "power"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInput(f"residual: expected {name} above 0, got {getattr(self, name)}")
        if self.patience is not None and self.patience < 1:
            raise InvalidInput(f"residual: expected patience of 1 or more, got {self.patience}")

    def __str__(self) -> str:
        words = {"first": "start", "increment": "step"}
        base = ResidualDriven()
        names = [f.name for f in fields(self) if getattr(self, f.name) != getattr(base, f.name)]
        values = [f"{words.get(n, n)}={str(getattr(self, n)).lower()}" for n in names]
        return ";".join(["residual", *values])

    @property
    def reads(self) -> str:
        """It is told a residual."""
        return "residual"

    def start(self) -> RefineState:
        """Return the state before the first residual."""
        return RefineState(self.first)

    def step(
        self, state: RefineState, error: float, loss: float = math.nan
    ) -> tuple[RefineState, int]:
        """Return the state after the residual ρ = ``error`` at a loss E, and the next level."""
        residual = float(error)
        if residual < 0:
            raise InvalidInput(f"residual: expected one of 0 or more, got {residual}")
        state = replace(state, checks=state.checks + 1)
        if state.stopped:
            return replace(state, why="stopped"), state.level
        if not residual > self.share * loss**self.power:
            return replace(state, why="fine", vain=0), state.level
        lowered = state.mark is None or residual < state.mark
        vain = 0 if lowered else state.vain + 1
        if self.patience is not None and vain >= self.patience:
            return replace(state, vain=vain, stopped=True, why="stopped"), state.level
        level = grown(state.level, self.increment, self.growth, self.cap)
        if level == state.level:
            return replace(state, why="capped"), level
        state = replace(
            state,
            level=level,
            mark=residual,
            vain=vain,
            refined=state.checks,
            refinements=state.refinements + 1,
            why="coarse",
        )
        return state, level
