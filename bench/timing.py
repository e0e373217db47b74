"""Interleaved medians: every case is timed in turn, round after round, in one process."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from math import nan
from statistics import median

import xpde
from bench import clock, peak
from bench.clock import Case, backend_of_case

__all__ = ["PAUSE", "ROUNDS", "Case", "Timing", "fresh", "interleave"]

ROUNDS = 15
PAUSE = 0.2
"""Seconds after which threads of OpenBLAS and OpenMP sleep."""
MEMORY = False
"""Whether peaks of memory are measured in place of times, see :mod:`bench.apart`."""


@dataclass(frozen=True)
class Timing:
    """Seconds per call of each case, one entry a round; rounds of all cases are interleaved.

    ``peaks`` has the peak memory in MiB of those cases where it was measured.
    """

    rounds: dict[str, list[float]]
    peaks: dict[str, float] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        """Median seconds per call."""
        return median(self.rounds[name])

    def megabytes(self, name: str) -> float:
        """Peak memory of a call in MiB; NaN if it was not measured."""
        return self.peaks.get(name, nan)

    def ratio(self, name: str, over: str) -> float:
        """Median over rounds of the ratio of two cases timed next to each other."""
        pairs = zip(self.rounds[name], self.rounds[over], strict=True)
        return median(a / b for a, b in pairs)

    def spread(self, name: str, over: str) -> tuple[float, float]:
        """Quartiles of that ratio."""
        pairs = zip(self.rounds[name], self.rounds[over], strict=True)
        ratios = sorted(a / b for a, b in pairs)
        return ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]

    def add(self, name: str, parts: Mapping[str, float]) -> None:
        """Add a case that is a sum of others: factors by their names."""
        count = len(next(iter(self.rounds.values())))
        self.rounds[name] = [
            sum(factor * self.rounds[part][i] for part, factor in parts.items())
            for i in range(count)
        ]


def interleave(
    cases: Mapping[str, Case],
    *,
    rounds: int | None = None,
    seconds: float = 0.04,
    on: Mapping[str, xpde.Backend | None] | None = None,
    peaks: Collection[str] | None = None,
    pause: float = 0.0,
) -> Timing:
    """Time the cases round-robin; or, with :data:`MEMORY`, measure their peak memory.

    Each is called until ``seconds`` have passed in a round (at least once); the first two calls,
    where compilation happens, are left out. A case must wait for its device before it returns.

    ``on`` names the backends of cases that do not know theirs, for the clock
    (:func:`bench.clock.seconds`) and the counter of memory. ``peaks`` are the cases whose memory
    is measured, each by its second call; None is all of them. All times are 1 then.

    ``pause`` are seconds before a case of another framework than the one before, in which the
    threads of that go to sleep: those of OpenBLAS wait for work for some 20 ms and take a core
    meanwhile. A short case is called once after it, since its own threads and caches slept too.
    """
    backends = {name: (on or {}).get(name, backend_of_case(case)) for name, case in cases.items()}
    if MEMORY:
        chosen = [name for name in cases if peaks is None or name in peaks]
        return Timing(
            {name: [1.0] * (rounds or ROUNDS) for name in cases},
            {name: _peak(backends[name], cases[name]) for name in chosen},
        )
    calls = {}
    for name, case in cases.items():
        case()
        calls[name] = max(1, int(seconds / max(clock.seconds(backends[name], case, 1), 1e-7)))
    found: dict[str, list[float]] = {name: [] for name in cases}
    kinds = {name: bk and bk.name for name, bk in backends.items()}
    last = None
    for _ in range(rounds or ROUNDS):
        for name, case in cases.items():
            if pause and kinds[name] != last:
                time.sleep(pause)
                if calls[name] > 1:
                    case()
            last = kinds[name]
            found[name].append(clock.seconds(backends[name], case, calls[name]))
    return Timing(found)


def fresh(cases: Mapping[str, Case], forget: Callable[[], object], rounds: int) -> Timing:
    """Time single calls in turns, each after ``forget`` has dropped what compiled the last."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            forget()
            start = time.perf_counter()
            case()
            found[name].append(time.perf_counter() - start)
    return Timing(found)


def _peak(bk: xpde.Backend | None, case: Case) -> float:
    case()  # compiles
    return peak.megabytes(bk, case)
