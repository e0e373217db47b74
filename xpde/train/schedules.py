"""Levels that are known before the training: functions of the number of checks."""

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from xpde.errors import InvalidInput
from xpde.train.rule import RefineState, check_growth

__all__ = ["Constant", "Geometric", "Linear", "Milestones", "Scheduled"]


class Scheduled(ABC):
    """Base of the rules that read no error: K_i is the level after check i = 0, 1, ..."""

    @abstractmethod
    def at(self, check: int) -> int:
        """Return K_i."""

    @property
    def reads(self) -> str:
        """It is told nothing."""
        return ""

    def start(self) -> RefineState:
        """Return the state before the first check, at level K_0."""
        return RefineState(self.at(0))

    def step(
        self, state: RefineState, error: float = math.nan, loss: float = math.nan
    ) -> tuple[RefineState, int]:
        """Return the state after one more check, and the level of the updates that follow."""
        level = self.at(state.checks)
        more = level > state.level
        then = replace(
            state,
            level=level,
            checks=state.checks + 1,
            refined=state.checks + 1 if more else state.refined,
            refinements=state.refinements + more,
            why="scheduled",
        )
        return then, level


@dataclass(frozen=True)
class Constant(Scheduled):
    """K_i = K: what progressive refinement is compared with.

    Attributes
    ----------
    level
        K, 0 or more.
    """

    level: int

    def __post_init__(self) -> None:
        check_growth("constant", self.level, 1, "add", None)

    def __str__(self) -> str:
        return f"constant;{self.level}"

    def at(self, check: int) -> int:
        """Return K."""
        return self.level


@dataclass(frozen=True)
class Linear(Scheduled):
    """K_i = min(K_0 + i ΔK, cap).

    Attributes
    ----------
    first, increment, cap
        K_0, ΔK ≥ 1, and the highest level or None.
    """

    first: int
    increment: int
    cap: int | None = None

    def __post_init__(self) -> None:
        check_growth("linear", self.first, self.increment, "add", self.cap)

    def __str__(self) -> str:
        return _joined("linear", self.first, self.increment, self.cap)

    def at(self, check: int) -> int:
        """Return K_i."""
        return _capped(self.first + self.increment * check, self.cap)


@dataclass(frozen=True)
class Geometric(Scheduled):
    """K_i = min(⌊K_0 f^{⌊i / every⌋}⌋, cap).

    Attributes
    ----------
    first, factor, every, cap
        K_0 ≥ 1, f > 1, checks at one level, and the highest level or None.
    """

    first: int
    factor: float
    every: int = 1
    cap: int | None = None

    def __post_init__(self) -> None:
        check_growth("geometric", self.first, self.factor, "multiply", self.cap)
        if min(self.first, self.every) < 1:
            raise InvalidInput(
                "geometric: expected a first level and checks at a level of 1 or more, got "
                f"{self.first} and {self.every}"
            )

    def __str__(self) -> str:
        return _joined("geometric", self.first, self.factor, self.every, self.cap)

    def at(self, check: int) -> int:
        """Return K_i."""
        most = 2**53 if self.cap is None else self.cap  # beyond it a float has no last digit
        power = math.log(self.factor) * (check // self.every)
        if power > math.log(most / self.first) + 1:
            return most
        return min(math.floor(self.first * self.factor ** (check // self.every)), most)


@dataclass(frozen=True)
class Milestones(Scheduled):
    """K_i is the level of the last milestone that is not after check i.

    Attributes
    ----------
    levels
        Levels by their first check, 0 among them: ``{0: 1, 20: 5}``, or pairs. Kept as pairs.
    """

    levels: Mapping[int, int] | Iterable[tuple[int, int]]

    def __post_init__(self) -> None:
        pairs = tuple(sorted(dict(self.levels).items()))
        object.__setattr__(self, "levels", pairs)
        if not pairs or pairs[0][0] != 0:
            got = ", ".join(str(check) for check, _ in pairs) or "none"
            raise InvalidInput(f"manual: expected checks that begin with 0, got {got}")
        if any(level < 0 for _, level in pairs):
            raise InvalidInput(f"manual: expected levels of 0 or more, got {dict(pairs)}")

    def __str__(self) -> str:
        return ";".join(["manual", *(f"{check}={level}" for check, level in self._pairs)])

    @property
    def _pairs(self) -> tuple[tuple[int, int], ...]:
        return tuple(self.levels)  # type: ignore[arg-type]

    def at(self, check: int) -> int:
        """Return K_i."""
        checks = [first for first, _ in self._pairs]
        return self._pairs[bisect_right(checks, check) - 1][1]


def _capped(level: int, cap: int | None) -> int:
    return level if cap is None else min(level, cap)


def _joined(name: str, *values: float | None) -> str:
    return ";".join([name, *(str(value) for value in values if value is not None)])
