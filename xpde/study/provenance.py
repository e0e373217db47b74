"""Where numbers come from: versions, device, precision, threads, platform."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import xpde
from xpde.core import Backend

__all__ = ["provenance", "threads"]


def threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def provenance(bk: Backend, seeds: dict[str, int]) -> dict[str, Any]:
    """Return plain values that say by what and where a run was made."""
    capabilities = bk.capabilities
    return {
        "backend": bk.name,
        "version": capabilities.version,
        "device": bk.device,
        "dtype": bk.dtype,
        "precision": dict(capabilities.precision),
        "gradients": capabilities.gradients,
        "threads": threads(),
        "seeds": seeds,
        "xpde": xpde.__version__,
        "packages": {name: _version(name) for name in ("numpy", "scipy", "h5py", "pyarrow")},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
