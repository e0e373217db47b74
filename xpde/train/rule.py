"""Rules of refinement: what decides how hard a solver inside a training works."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol, Self

from xpde.errors import InvalidInput, unknown_name

__all__ = ["RefineState", "Rule", "check_growth", "grown", "plain_float", "read_float"]

_ERRORS = ("mark", "best", "lowest")


@dataclass(frozen=True)
class RefineState:
    """Where a rule is: all it needs for its next decision, in plain numbers of the host.

    Its size does not depend on the number of checks, and it is a value: a training that goes on
    from a stored one decides as if it had never stopped, on every backend.

    Attributes
    ----------
    level
        The level of the next updates.
    checks
        Errors seen; the one before the first update counts.
    seen
        Errors in the smoothing now.
    recent
        The last few smoothed errors, the latest last.
    mark
        The smoothed error at the last refinement; None before the first.
    best
        The least of these; None before the first.
    lowest
        The least smoothed error since the last refinement; None before one was judged.
    refined
        ``checks`` at the last refinement; None before the first.
    refinements
        Their number.
    vain
        Checks counted against going on, see the rule's ``patience``.
    stopped
        Whether the level is final.
    why
        The last decision in a word.
    """

    level: int
    checks: int = 0
    seen: int = 0
    recent: tuple[float, ...] = ()
    mark: float | None = None
    best: float | None = None
    lowest: float | None = None
    refined: int | None = None
    refinements: int = 0
    vain: int = 0
    stopped: bool = False
    why: str = ""

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON holds them; NaN and infinity, which it lacks, are texts."""
        values = asdict(self) | {"recent": [plain_float(y) for y in self.recent]}
        for name in _ERRORS:
            value = getattr(self, name)
            values[name] = None if value is None else plain_float(value)
        return values

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the state that :meth:`plain` gave, bit for bit."""
        found = {f.name: values[f.name] for f in fields(cls)}
        found["recent"] = tuple(read_float(y) for y in found["recent"])
        for name in _ERRORS:
            found[name] = None if found[name] is None else read_float(found[name])
        return cls(**found)


class Rule(Protocol):
    """A pure function of errors that says the level, with its memory in a value.

    ``str(rule)`` is what :func:`xpde.study.refine_words.rule` reads.
    """

    @property
    def reads(self) -> str:
        """What it is told: an ``"error"``, the ``"residual"`` of the solver, or ``""``, nothing."""

    def start(self) -> RefineState:
        """Return the state before the first error."""

    def step(
        self, state: RefineState, error: float, loss: float = math.nan
    ) -> tuple[RefineState, int]:
        """Return the state after one more error, and the level of the updates that follow.

        Parameters
        ----------
        state
            After the errors before.
        error
            A host float, 0 or more; that of the untrained network is the first. NaN if ``reads``
            is empty.
        loss
            The loss at the time, for rules that compare the two.
        """


def grown(level: int, increment: float, growth: str, cap: int | None) -> int:
    """Return the next level: one more increment, or the ⌊multiple⌋; never the same, up to a cap."""
    raised = level + increment if growth == "add" else level * increment
    following = max(level + 1, math.floor(raised))
    return following if cap is None else max(level, min(following, cap))


def check_growth(name: str, start: int, increment: float, growth: str, cap: int | None) -> None:
    """Refuse a start, an increment or a cap by which no level can grow.

    Raises
    ------
    InvalidInput
        If so.
    """
    if growth not in ("add", "multiply"):
        raise unknown_name("growth", growth, ("add", "multiply"))
    if start < 0:
        raise InvalidInput(f"{name}: expected a level to start from of 0 or more, got {start}")
    least = 1 if growth == "add" else 1.0000001
    if not least <= increment < math.inf:
        wanted = "steps of 1 or more" if growth == "add" else "a factor above 1"
        raise InvalidInput(f"{name}: expected {wanted}, got {increment}")
    if cap is not None and cap < start:
        raise InvalidInput(
            f"{name}: expected a cap of {start}, the first level, or more, got {cap}"
        )


def plain_float(value: float) -> float | str:
    """Return a float as strict JSON holds it: itself, or its text if it is NaN or infinite."""
    return value if math.isfinite(value) else str(value)


def read_float(value: float | str) -> float:
    """Return the float that :func:`plain_float` gave."""
    return float(value)
