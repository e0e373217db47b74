"""Peak memory of a call, beyond what the process (or the device) held before it."""

import ctypes
import time
from collections.abc import Callable
from math import isnan, nan
from pathlib import Path

import xpde

__all__ = ["MIB", "megabytes", "start", "status", "told", "trim"]

MIB = 2**20
PAUSE = 0.05
"""Seconds until the allocator of JAX gives freed memory back (measured: 10 to 30 ms)."""
DEVICE = "cpu"
"""Where cases compute that do not say so themselves."""


def status(name: str) -> float:
    """Return a line of /proc/self/status in MiB.

    Raises
    ------
    OSError
        Where there is no such file or line: the system is not Linux.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise OSError(f"expected {name} in /proc/self/status, got none; run on Linux")


def start() -> float:
    """Forget the peak so far and return the resident size in MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return status("VmRSS")


def trim() -> None:
    """Give freed memory back to the system, so that it counts again when it is used again."""
    time.sleep(PAUSE)
    getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)(0)


def megabytes(bk: xpde.Backend | None, case: Callable[[], object]) -> float:
    """Call a case once and return by how many MiB memory grew at most; NaN if nobody can tell.

    On a processor: the largest resident size during the call minus the size before (Linux). On
    CUDA: the framework's own counter of bytes in use, minus those in use before. PyTorch can reset
    its peak; JAX cannot, so a call that stays below an earlier peak gives NaN; CuPy has no such
    counter.
    """
    device = DEVICE if bk is None else bk.device
    if not device.startswith("cuda"):
        return _resident(case)
    measure = _COUNTERS.get("" if bk is None else bk.name)
    return measure(device, case) if measure else nan


def _resident(case: Callable[[], object]) -> float:
    try:
        trim()
        before = start()
        case()
        return max(0.0, status("VmHWM") - before)
    except OSError:
        return nan


def _torch(device: str, case: Callable[[], object]) -> float:
    import torch

    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    case()
    return (torch.cuda.max_memory_allocated(device) - before) / MIB


def _jax(device: str, case: Callable[[], object]) -> float:
    import jax

    platform, _, index = device.partition(":")
    place = jax.devices(platform)[int(index or 0)]
    before = place.memory_stats() or {}
    case()
    after = place.memory_stats() or {}
    if after.get("peak_bytes_in_use", 0) <= before.get("peak_bytes_in_use", 0):
        return nan
    return (after["peak_bytes_in_use"] - before["bytes_in_use"]) / MIB


_COUNTERS: dict[str, Callable[[str, Callable[[], object]], float]] = {"torch": _torch, "jax": _jax}


def told(own: float, over: float) -> str:
    """Format two peaks as ``ours / theirs``: a dash for one that is unknown, nothing for both."""
    if isnan(own) and isnan(over):
        return ""
    return " / ".join(
        "–" if isnan(x) else f"{x:,.1f}" if x < 10 else f"{x:,.0f}" for x in (own, over)
    )
