"""Progressive refinement: more work in the solver whenever the training stands still."""

import math
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from xpde.errors import InvalidInput, unknown_name
from xpde.train.rule import RefineState, check_growth, grown

__all__ = ["PRESETS", "Progressive"]

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {
        "rise": 1.0,
        "window": 6,
        "patience": None,
        "reset": False,
        "reference": 100.0,
        "nonfinite": "enter",
    }
}
"""What differs from the defaults."""

WORDS = {"first": "start", "increment": "step"}
"""Fields that have another word, since a rule has methods of these names."""


@dataclass(frozen=True)
class Progressive:
    """Raise the level when the error stands still, as long as raising it has paid.

    With errors e_0, e_1, ... (e_0 of the untrained network), α = 2/(w + 1), lag δ and the smoothed
    error c at the last refinement:

        y_0 = e_0,  y_i = α e_i + (1 - α) y_{i-1}
        r = y_i / y_{i-δ+1},  q = y_i / c
        refine if i ≥ δ, r > τ, and q < σ or q > ρ;  then c ← y_i

    r > τ says that the error stands still. q < σ says that the last refinement paid, and q > ρ
    that the error has grown, which at low levels means that the solver misleads the training. In
    between, refining brought nothing. All comparisons are strict; r compares checks δ - 1 apart.

    ``Progressive.preset("paper")`` is this rule as it was published, with ρ = 1 and w = 6. It has
    defects, which the defaults cure:

    - The published rule forgets that it stopped: noise around c, or an error that rises because
      the network overfits, refines without end. Here every rise counts, and every standstill in
      vain unless y is the lowest of its level (slow progress is no standstill); ``patience`` of
      them are final, and only a refinement at an error below σ times that of any other starts the
      count again. Ten, because a standstill at which the learning rate is too large for the moment
      is no reason to stay below the level that the end needs, and because ten levels too many are
      bearable: they are the most that an overfitting training adds.
    - With ρ = 1 noise alone is a rise at every other standstill. Here it is one of a tenth, about
      what 1/σ is, so that noise below that refines nothing.
    - It compares errors of different levels, and refines in bursts. Here the smoothing begins anew
      at each refinement (``reset``), so that δ + 1 checks see the level before it is judged; with
      w = 4, since a longer memory than that of a level makes every level twice as long.
    - It begins with c = 100, above most errors but not all. Here any first standstill refines.
    - One NaN or infinite error stays in y and silently ends all refinement. Here such an error
      never enters y; it is a rise beyond all others, and refines at once, within ``patience``.
    - y is computed in closed form, with (1 - α)^{-i} beyond the range of float64 after 2100 checks
      (w = 6), from where on nothing is refined. Here, in the preset too, it is the recursion.

    An error of exactly 0 is never refined: r = 0/0 is no standstill.

    With ``horizon``, the number of checks of the whole training, the rule knows the end, and is
    lazy. A network that learned through a coarse solver often catches up within a few checks of a
    higher level, however late that is raised; then a level that is raised before the end needs it
    is paid for at every check in between. Hence

    - before the last share φ of the checks: refine if r > τ and y > ρ e_0, which means that the
      level misleads: the error stands still above that of the untrained network;
    - from then on a level is left after δ checks, without smoothing and standing still or not, if
      q < (1 + σ)/2 or q > ρ: half the fall suffices, since nobody waits for the rest. The first
      one is left in any case.

    A third for φ: at δ = 3 it has room for eleven levels in a hundred checks, while the levels
    before cost next to nothing. Not all trainings catch up: gradient descent of few parameters,
    whose error falls slowly and steadily whatever the level, does not, and is to be refined without
    a horizon; others end above the converged one unless ``first`` is raised, and some even then.

    Decisions in a word: ``early`` (i < δ), ``improving``, ``paid`` and ``risen`` (both refine),
    ``vain``, ``waiting`` (for the end), ``cooling``, ``capped`` (would refine), ``unmeasured`` (no
    number, and no rise), ``stopped``.

    Attributes
    ----------
    first
        The first level, 0 or more.
    increment
        Added to the level, or its factor with ``growth="multiply"`` (rounded down, at least one
        more): for levels that end in the hundreds.
    stepping, stop, rise
        τ, σ and ρ.
    window
        w ≥ 1; 1 smooths nothing.
    lag
        δ ≥ 2.
    cap
        The highest level, or None.
    cooldown
        Checks after a refinement at which there is no other.
    patience
        Checks in vain after which the level is final; None never ends. Before the end, if that is
        known, none are counted.
    reset
        Whether the smoothing begins anew at a refinement.
    growth
        ``"add"`` or ``"multiply"``.
    reference
        The first c: ``"infinity"``, ``"first"`` (e_0), or a number; what takes the place of e_0
        with a horizon, unless it is infinite.
    diverged
        Whether q > ρ refines.
    nonfinite
        What NaN and infinity do: ``"rise"``, or ``"enter"`` the smoothing.
    horizon
        Checks of the whole training but for e_0, such as its epochs, or None if unknown.
    finish
        φ, from 0 (the rule waits for ever) to 1 (it never waits).

    Raises
    ------
    InvalidInput
        If a value is out of its range; from :meth:`step` if an error is negative.

    Reference: Bhatia, Koehler, Thuerey, Progressively Refined Differentiable Physics (2025),
    section 3 and the authors' program.
    """

    first: int = 1
    increment: float = 1
    stepping: float = 0.98
    stop: float = 0.9
    rise: float = 1.1
    window: int = 4
    lag: int = 3
    cap: int | None = None
    cooldown: int = 0
    patience: int | None = 10
    reset: bool = True
    growth: str = "add"
    reference: str | float = "infinity"
    diverged: bool = True
    nonfinite: str = "rise"
    horizon: int | None = None
    finish: float = 1 / 3

    def __post_init__(self) -> None:
        check_growth("prdp", self.first, self.increment, self.growth, self.cap)
        for name, least in (("window", 1), ("lag", 2), ("cooldown", 0)):
            if getattr(self, name) < least:
                raise InvalidInput(
                    f"prdp: expected {name} of {least} or more, got {getattr(self, name)}"
                )
        if self.patience is not None and self.patience < 1:
            raise InvalidInput(f"prdp: expected patience of 1 or more, got {self.patience}")
        for name in ("stepping", "stop", "rise"):
            if not 0 < getattr(self, name) < math.inf:
                raise InvalidInput(f"prdp: expected {name} above 0, got {getattr(self, name)}")
        if self.horizon is not None and self.horizon < 1:
            raise InvalidInput(f"prdp: expected a horizon of 1 or more, got {self.horizon}")
        if not 0 <= self.finish <= 1:
            raise InvalidInput(f"prdp: expected finish from 0 to 1, got {self.finish}")
        if self.nonfinite not in ("rise", "enter"):
            raise unknown_name("nonfinite", self.nonfinite, ("rise", "enter"))
        if isinstance(self.reference, str):
            if self.reference not in ("infinity", "first"):
                raise unknown_name("reference", self.reference, ("infinity", "first"))
        elif not self.reference > 0:
            raise InvalidInput(f"prdp: expected a reference above 0, got {self.reference}")

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Self:
        """Return a preset of :data:`PRESETS` with some fields changed: ``"paper"``."""
        if name not in PRESETS:
            raise unknown_name("preset", name, PRESETS)
        return cls(**{**PRESETS[name], **changes})

    def __str__(self) -> str:
        """Return the words: what differs from the defaults or from a preset, the shorter one."""
        texts = [";".join(["prdp", *self._differing(type(self)())])]
        for name in PRESETS:
            texts.append(";".join(["prdp", f"preset={name}", *self._differing(self.preset(name))]))
        return min(texts, key=lambda text: text.count(";"))

    def _differing(self, base: "Progressive") -> list[str]:
        """Return the words of the fields in which a rule differs from another."""
        names = [f.name for f in fields(self)]
        values = {n: getattr(self, n) for n in names if getattr(self, n) != getattr(base, n)}
        return [f"{WORDS.get(n, n)}={str(value).lower()}" for n, value in values.items()]

    @property
    def reads(self) -> str:
        """It is told an error."""
        return "error"

    def start(self) -> RefineState:
        """Return the state before the first error."""
        given = self.reference
        return RefineState(self.first, mark=None if isinstance(given, str) else float(given))

    def step(
        self, state: RefineState, error: float, loss: float = math.nan
    ) -> tuple[RefineState, int]:
        """Return the state after one more error, and the level of the updates that follow."""
        error = float(error)
        if error < 0:
            raise InvalidInput(f"prdp: expected an error of 0 or more, got {error}")
        state = replace(state, checks=state.checks + 1)
        if state.stopped:
            state = replace(state, why="stopped")
        elif self.nonfinite == "rise" and not math.isfinite(error):
            state = self._decided(state, "risen" if self.diverged else "unmeasured", None)
        else:
            state = self._smoothed(state, error)
            state = self._decided(state, self._judged(state), state.recent[-1])
        return state, state.level

    def _lasts(self, checks: int) -> bool | None:
        """Whether the end has begun after as many checks; None if it is unknown."""
        if self.horizon is None:
            return None
        return checks > (1 - self.finish) * self.horizon

    def _smoothed(self, state: RefineState, error: float) -> RefineState:
        """Return the state with the error in its smoothing."""
        y, alpha = error, 2 / (self.window + 1)
        if state.seen and self.window > 1 and not self._lasts(state.checks):
            y = alpha * error + (1 - alpha) * state.recent[-1]
        first = self.reference == "first" or self.horizon is not None
        mark = y if state.mark is None and first else state.mark
        return replace(
            state, seen=state.seen + 1, recent=(*state.recent, y)[-self.lag :], mark=mark
        )

    def _judged(self, state: RefineState) -> str:
        """Say how the last smoothed error stands to the one δ - 1 checks ago, and to c."""
        lasts = self._lasts(state.checks)
        if state.seen < self.lag + (not lasts):
            return "early"
        if not lasts and not _ratio(state.recent[-1], state.recent[0]) > self.stepping:
            return "improving"
        q = _ratio(state.recent[-1], self._mark(state))
        if lasts is not False and q < (0.5 * (1 + self.stop) if lasts else self.stop):
            return "paid"
        if self.diverged and q > self.rise:
            return "risen"
        return "waiting" if lasts is False else "vain"

    def _mark(self, state: RefineState) -> float:
        """Return c, infinite before the first refinement that has one, and of the end."""
        first = self._lasts(state.checks) and not self._lasts(state.refined or 0)
        return math.inf if first or state.mark is None else state.mark

    def _decided(self, state: RefineState, why: str, y: float | None) -> RefineState:
        """Return the state after a decision; ``y`` is the error it was made of, if a number."""
        refines = why in ("paid", "risen")
        since = math.inf if state.refined is None else state.checks - state.refined
        if refines and since <= self.cooldown:
            return replace(state, why="cooling")
        best = math.inf if state.best is None else state.best
        lowest = math.inf if state.lowest is None else state.lowest
        falls = y is not None and y < lowest
        waits = self._lasts(state.checks) is False
        vain = 0 if waits else state.vain + (why == "risen" or (why == "vain" and not falls))
        state = replace(state, lowest=y if falls else state.lowest)
        if why == "paid" and y is not None and y < self.stop * best:
            vain = 0
        if self.patience is not None and vain >= self.patience:
            return replace(state, vain=vain, stopped=True, why="stopped")
        if not refines:
            return replace(state, vain=vain, why=why)
        level = grown(state.level, self.increment, self.growth, self.cap)
        more = level > state.level
        state = replace(
            state,
            level=level,
            refined=state.checks,
            refinements=state.refinements + more,
            vain=vain,
            lowest=None,
            why=why if more else "capped",
        )
        if y is not None:
            # until the end c is e_0: what levels that mislead have reached is no measure
            state = replace(state, mark=state.mark if waits else y, best=min(y, best))
        return replace(state, seen=0, recent=()) if self.reset else state


def _ratio(a: float, b: float) -> float:
    """Return a / b as IEEE 754 has it: of zeros NaN, over zero infinity."""
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.inf
