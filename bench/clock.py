"""One clock for every case: the processor's, or the events of a CUDA stream.

A case is what is called; it waits for its device before it returns, unless it is timed by events.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import xpde

__all__ = ["EVENTS", "Case", "Events", "Waiting", "backend_of_case", "seconds", "waiting"]

Case = Callable[[], object]


class Events(Protocol):
    """A pair of marks in the queue of a device."""

    def start(self) -> None:
        """Put the first mark into the queue."""

    def stop(self) -> float:
        """Put the second mark, wait until it is passed, and return the seconds between both."""


class _TorchEvents:
    """Events of PyTorch, on the current stream of the device."""

    def __init__(self, device: str) -> None:
        import torch

        self._stream = torch.cuda.current_stream(torch.device(device))
        self._marks = [torch.cuda.Event(enable_timing=True) for _ in range(2)]

    def start(self) -> None:
        self._marks[0].record(self._stream)

    def stop(self) -> float:
        self._marks[1].record(self._stream)
        self._marks[1].synchronize()
        return self._marks[0].elapsed_time(self._marks[1]) / 1e3


class _CupyEvents:
    """Events of CuPy, on the current stream of the device."""

    def __init__(self, device: str) -> None:
        import cupy

        self._elapsed = cupy.cuda.get_elapsed_time
        self._device = cupy.cuda.Device(int(device.partition(":")[2] or 0))
        with self._device:
            self._marks = [cupy.cuda.Event() for _ in range(2)]

    def start(self) -> None:
        with self._device:
            self._marks[0].record()

    def stop(self) -> float:
        with self._device:
            self._marks[1].record()
        self._marks[1].synchronize()
        return self._elapsed(*self._marks) / 1e3


EVENTS: dict[str, Callable[[str], Events]] = {"torch": _TorchEvents, "cupy": _CupyEvents}
"""Frameworks that lay their stream open; each makes a pair of events for a device."""


@dataclass(frozen=True)
class Waiting:
    """A case that knows its backend, which decides the clock and the counter of memory."""

    backend: xpde.Backend
    run: Case

    def __call__(self) -> object:
        """Call the case."""
        return self.run()


def waiting(bk: xpde.Backend, fn: Callable[..., Any], *args: Any) -> Waiting:
    """Make a case that compiles where possible and waits for its result."""
    compiled = bk.jit(fn)

    def case() -> None:
        bk.synchronize(compiled(*args))

    return Waiting(bk, case)


def backend_of_case(case: Case) -> xpde.Backend | None:
    """Return the backend of a case, or None if it does not say."""
    return getattr(case, "backend", None)


def seconds(bk: xpde.Backend | None, case: Case, calls: int) -> float:
    """Return the seconds of one call, as the mean of ``calls`` calls in a row.

    On a processor (and without a backend) by ``time.perf_counter``. On CUDA, PyTorch and CuPy are
    timed by events: marks in the stream before the first and after the last call, read when the
    second is passed, so that starting the clock and waking up from waiting are not in the time.
    JAX has no public access to the streams that its programs run on, so it is timed by
    ``perf_counter`` around calls that block until their result is there.
    """
    make = EVENTS.get(bk.name) if bk is not None and bk.device.startswith("cuda") else None
    if bk is None or make is None:
        start = time.perf_counter()
        for _ in range(calls):
            case()
        return (time.perf_counter() - start) / calls
    marks = make(bk.device)
    marks.start()
    for _ in range(calls):
        case()
    return marks.stop() / calls
