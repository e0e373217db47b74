"""Interleaved medians: every case is timed in turn, round after round, in one process."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Case = Callable[[], object]

ROUNDS = 15


@dataclass(frozen=True)
class Timing:
    """Seconds per call of each case, one entry a round; rounds of all cases are interleaved."""

    rounds: dict[str, list[float]]

    def seconds(self, name: str) -> float:
        """Median seconds per call."""
        return median(self.rounds[name])

    def ratio(self, name: str, over: str) -> float:
        """Median over rounds of the ratio of two cases timed next to each other."""
        pairs = zip(self.rounds[name], self.rounds[over], strict=True)
        return median(a / b for a, b in pairs)

    def spread(self, name: str, over: str) -> tuple[float, float]:
        """Quartiles of that ratio."""
        pairs = zip(self.rounds[name], self.rounds[over], strict=True)
        ratios = sorted(a / b for a, b in pairs)
        return ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]


def interleave(
    cases: dict[str, Case], *, rounds: int | None = None, seconds: float = 0.04
) -> Timing:
    """Time the cases round-robin.

    Each is called until ``seconds`` have passed in a round (at least once); the first two calls,
    where compilation happens, are left out. A case must wait for its device before it returns.
    """
    calls = {}
    for name, case in cases.items():
        case()
        start = time.perf_counter()
        case()
        calls[name] = max(1, int(seconds / max(time.perf_counter() - start, 1e-7)))
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds or ROUNDS):
        for name, case in cases.items():
            start = time.perf_counter()
            for _ in range(calls[name]):
                case()
            found[name].append((time.perf_counter() - start) / calls[name])
    return Timing(found)
