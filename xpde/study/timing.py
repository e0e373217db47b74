"""Wall times, with the device synchronized inside the timed region."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import Backend

__all__ = ["Timing", "measure"]


@dataclass(frozen=True)
class Timing:
    """First call and median of later ones, in seconds; their difference is compilation."""

    first: float
    median: float

    @property
    def compile(self) -> float:
        """What only the first call costs."""
        return max(0.0, self.first - self.median)


def measure(
    bk: Backend, call: Callable[[], Any], *, repeats: int = 20, budget: float = 2.0
) -> Timing:
    """Time ``call`` once, then up to ``repeats`` times within about ``budget`` seconds."""
    first, times = _once(bk, call), [_once(bk, call)]
    while len(times) < repeats and sum(times) < budget:
        times.append(_once(bk, call))
    return Timing(first, float(np.median(times)))


def _once(bk: Backend, call: Callable[[], Any]) -> float:
    bk.synchronize()
    start = time.perf_counter()
    bk.synchronize(call())
    return time.perf_counter() - start
