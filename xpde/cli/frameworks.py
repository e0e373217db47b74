"""Backends as the command line asks for them; a program may configure the frameworks it starts."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xpde.core.memory import keep_freed_memory
from xpde.options import Machine

if TYPE_CHECKING:
    from xpde.core import Backend

__all__ = ["prepare", "started"]


def started(machine: Machine) -> "Backend":
    """Return the backend, its framework prepared."""
    from xpde.core import backend

    prepare([machine.backend], machine.dtype)
    return backend(machine.backend, device=machine.device, dtype=machine.dtype)


def prepare(names: Sequence[str], dtype: str) -> None:
    """Set what only a program may: 64-bit mode of JAX, how memory is kept on GPUs and hosts."""
    keep_freed_memory()
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if "jax" not in names or dtype != "float64":
        return
    try:
        import jax
    except ImportError:
        return  # a missing backend is a row of the table, or an error of its own
    jax.config.update("jax_enable_x64", True)
