"""What the modules of all frameworks need: their class, real parameters, one precision."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from xpde.core import Tree
from xpde.core.backend import Array
from xpde.core.dtypes import dtype_name, is_complex, real_name
from xpde.errors import InvalidInput

__all__ = ["is_module", "joined", "precision_of", "split"]


def is_module(x: Any, name: str) -> bool:
    """Tell whether ``x`` is a ``Module`` of the package, which is not imported for the answer."""
    package = sys.modules.get(name)
    return package is not None and isinstance(x, package.Module)


def split(p: Array) -> Tree:
    """Return a real parameter as it is, a complex one as ``{"imag", "real"}``."""
    return {"imag": p.imag, "real": p.real} if is_complex(p) else p


def joined(p: Tree, make: Callable[[Array, Array], Array]) -> Array:
    """Undo :func:`split`; ``make(real, imag)`` is the framework's."""
    return make(p["real"], p["imag"]) if isinstance(p, dict) else p


def precision_of(parameters: Iterable[Array]) -> str | None:
    """Name the one precision of the parameters of a module; None if it has none.

    Raises
    ------
    InvalidInput
        If there are several, or another than float32 and float64.
    """
    found = sorted({real_name(dtype_name(p)) for p in parameters})
    if len(found) > 1 or not {*found} <= {"float32", "float64"}:
        raise InvalidInput(
            "wrapped module: expected all parameters in float32 or all in float64, got "
            f"{' and '.join(found)}; cast the module"
        )
    return found[0] if found else None
