"""A network that corrects a coarse solver: half physics, half learned."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from xpde.core import Tree, backend_of, register_tree
from xpde.errors import InvalidInput, unknown_name
from xpde.nn import Network
from xpde.nn.network import prepared
from xpde.train.refinable import refinable, refined

Array = Any

__all__ = ["CORRECTIONS", "Corrector"]

CORRECTIONS = ("sequential", "parallel", "sequential_with_bypass")
"""The ways in which a network and a coarse solver make one step."""


@register_tree(static=("network", "mode", "cut"))
@dataclass(frozen=True, eq=False)
class Corrector:
    """One step of a coarse solver P and a network f_θ together, itself a network of parameters θ.

    ========================  ======================
    mode                      u_{t+1}, with c = P(u_t)
    ========================  ======================
    sequential                f_θ(c)
    parallel                  c + f_θ(u_t)
    sequential_with_bypass    c + f_θ(c)
    ========================  ======================

    A network that is zero leaves the coarse solver alone in the two modes with a sum; it predicts
    zero in the first. Gradients flow through P as a map of states (∂P/∂u is in the chain of an
    unrolled loss: differentiable physics) but P has no trained numbers. With ``cut``, P acts on a
    constant copy of u_t: the values are the same, ∂c/∂u_t counts as zero.

    A tree whose leaves are the arrays of P, apart from the parameters of ``init``, so that
    compiled programs take them as arguments (:func:`xpde.train.opened`). Two correctors are equal
    only if they are one object.

    Attributes
    ----------
    network
        f_θ, of as many channels out as in.
    coarse
        P, a map of states (..., C, *N): a :class:`~xpde.pde.Stepper`, another registered tree, or
        any function (whose arrays then become constants of compiled programs).
    mode
        A name of :data:`CORRECTIONS`.
    cut
        Whether gradients stop at P.

    Raises
    ------
    InvalidInput
        If the mode is unknown, or the solver says that it has other axes or channels.

    Reference: Koehler et al., APEBench (2024), section on neural-hybrid emulators.
    """

    network: Network
    coarse: Callable[[Array], Array]
    mode: str = "sequential"
    cut: bool = False

    def __post_init__(self) -> None:
        if self.mode not in CORRECTIONS:
            raise unknown_name("correction", self.mode, CORRECTIONS)
        grid = getattr(self.coarse, "grid", None)
        if grid is not None and grid.dims != self.dims:
            raise InvalidInput(
                f"correction: expected a coarse solver in {self.dims} dimensions like its network, "
                f"got {grid.dims}"
            )
        channels = getattr(self.coarse, "channels", None)
        for name in ("channels_in", "channels_out"):
            own = getattr(self.network, name, channels)
            if channels is not None and own != channels:
                raise InvalidInput(
                    f"correction: expected {name} = {channels} like the coarse solver, got {own}"
                )

    @property
    def dims(self) -> int:
        """Number of space axes D."""
        return self.network.dims

    @property
    def receptive_field(self) -> float:
        """Cells seen in each direction: all, since P works in Fourier space.

        A function P that has a number ``receptive_field`` adds it to that of the network; side by
        side, the larger one counts.
        """
        solver = float(getattr(self.coarse, "receptive_field", math.inf))
        own = self.network.receptive_field
        return max(solver, own) if self.mode == "parallel" else solver + own

    @property
    def refinable(self) -> bool:
        """Whether the coarse solver has a level."""
        return refinable(self.coarse)

    def refined(self, level: int) -> Self:
        """Return the corrector around the coarse solver at a level."""
        return replace(self, coarse=refined(self.coarse, level))

    def init(self, rng: np.random.Generator) -> Tree:
        """Draw the initial parameters of the network: a host tree of float64 arrays."""
        return self.network.init(rng)

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., C, *N) one step ahead."""
        return self.prepared(params, u)(u)

    def prepared(self, params: Tree, like: Array) -> Callable[[Array], Array]:
        """Return u ↦ apply(params, u) for states on the grid of ``like`` (..., *N)."""
        correct = prepared(self.network, params, like)

        def call(u: Array) -> Array:
            c = self.coarse(backend_of(u).stop_gradient(u) if self.cut else u)
            if self.mode == "parallel":
                return c + correct(u)
            return correct(c) if self.mode == "sequential" else c + correct(c)

        return call

    def parameter_count(self) -> int:
        """Return the number of real parameters of the network."""
        return self.network.parameter_count()
