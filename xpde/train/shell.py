"""The arrays that a network holds beside its parameters, as arguments of compiled programs."""

from dataclasses import dataclass
from numbers import Number
from typing import Any

from xpde.core import flatten, unflatten
from xpde.core.trees import is_registered
from xpde.nn import Network

__all__ = ["Shell", "opened"]


@dataclass(frozen=True)
class Shell:
    """A network without the arrays it holds; hashable, equal for equal structures.

    Attributes
    ----------
    network
        The network itself where it holds none.
    structure
        Where the arrays go otherwise.
    """

    network: Network | None
    structure: Any = None

    def __call__(self, arrays: list[Any]) -> Network:
        """Return the network with its arrays, or with tracers in their place."""
        return self.network if self.network is not None else unflatten(self.structure, list(arrays))


def opened(network: Network) -> tuple[Shell, list[Any]]:
    """Part a network into its shell and the arrays it holds: ``shell(arrays)`` is the network.

    A registered tree (:class:`xpde.train.Corrector`) holds its leaves, every other network none.
    A compiler copies arrays that a function closes over into its program, but not arguments; hence
    programs are made of the shell and called with the arrays.
    """
    if is_registered(network):
        arrays, structure = flatten(network)
        if all(isinstance(x, Number) or hasattr(x, "shape") for x in arrays):
            return Shell(None, structure), arrays
    return Shell(network), []
