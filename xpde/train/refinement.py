"""What a training with refinement has done so far: its checks, its levels, its work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple, Self

from xpde.train.rule import RefineState, plain_float, read_float

__all__ = ["Check", "Refinement"]


class Check(NamedTuple):
    """One decision of a rule.

    Attributes
    ----------
    update
        Updates done at the time.
    error
        What the rule was told; NaN if nothing.
    level
        The level from there on.
    why
        The decision in a word of the rule.
    """

    update: int
    error: float
    level: int
    why: str


@dataclass(frozen=True)
class Refinement:
    """The refinement of a training until now.

    Attributes
    ----------
    state
        Where the rule is.
    checks
        Its decisions.
    work
        Sum of the levels over all updates: the inner iterations, if a level is their number. Times
        the solves of an update it is the cost of the solver in the training.
    """

    state: RefineState
    checks: tuple[Check, ...] = ()
    work: int = 0

    @property
    def level(self) -> int:
        """The level of the next updates."""
        return self.state.level

    @property
    def changes(self) -> tuple[tuple[int, int], ...]:
        """Pairs (update, level): the first level, and every update from which it is another."""
        kept = self.checks[:1] + tuple(b for a, b in pairwise(self.checks) if b.level != a.level)
        return tuple((check.update, check.level) for check in kept)

    def due(self, updates: int, every: int) -> bool:
        """Whether a check is to be made after so many updates."""
        done = bool(self.checks) and self.checks[-1].update == updates
        return updates % every == 0 and not done

    def checked(self, update: int, error: float, state: RefineState) -> Self:
        """Return it with one more decision."""
        check = Check(update, error, state.level, state.why)
        return replace(self, state=state, checks=(*self.checks, check))

    def worked(self, updates: int) -> Self:
        """Return it after so many updates at the level."""
        return replace(self, work=self.work + updates * self.level)

    def report(self) -> str:
        """Say in a line what became of the level, and whether the rule had any effect."""
        levels = [check.level for check in self.checks] or [self.level]
        raised = sum(b > a for a, b in pairwise(levels))
        chances = max(0, len(levels) - 1)
        if raised == 0:
            text = f"never refined in {len(levels)} checks: level {levels[-1]} throughout"
            last = self.checks[-1].why if self.checks else "no check"
            text += f", the last decision was {last!r}"
        else:
            times = "once" if raised == 1 else f"{raised} times"
            text = f"refined {times} in {len(levels)} checks, from level {levels[0]} to "
            text += str(levels[-1])
            if raised == chances > 1:
                text += "; at every check, so the level had no time to show what it is worth"
        return f"{text}; {self.work} inner iterations an evaluation of the solver in each update"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        rows = [[c.update, plain_float(c.error), c.level, c.why] for c in self.checks]
        return {"state": self.state.plain(), "checks": rows, "work": self.work}

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return what :meth:`plain` gave, bit for bit."""
        checks = tuple(Check(u, read_float(e), k, why) for u, e, k, why in values["checks"])
        return cls(RefineState.read(values["state"]), checks, values["work"])
