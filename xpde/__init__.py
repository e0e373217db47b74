"""xpde: PDE solvers and neural emulators, written once for every array library."""

from xpde.conventions import Conventions
from xpde.core import Backend, backend, backend_names, backend_of, namespace_of, stream
from xpde.errors import XpdeError

__version__ = "0.1.0"

__all__ = [
    "Backend",
    "Conventions",
    "XpdeError",
    "__version__",
    "backend",
    "backend_names",
    "backend_of",
    "namespace_of",
    "stream",
]
