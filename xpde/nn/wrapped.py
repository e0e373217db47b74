"""A network that someone else wrote: a parameter tree and a pure function of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, flatten, leaves, namespace_of, tree_map
from xpde.core.dtypes import dtype_name
from xpde.errors import InvalidInput
from xpde.nn.network import check_sizes, check_state
from xpde.nn.receptive import measured_receptive_field

Array = Any

__all__ = ["Wrapped"]


@dataclass(frozen=True, eq=False)
class Wrapped:
    """One step u ↦ f(θ, u) of any callable, of as many channels out as in.

    ``xpde_backends.modules`` makes it from the modules of PyTorch, Equinox and Flax. Two of them
    are equal only if they are one object. What ``function`` holds besides θ is a constant of
    compiled programs.

    Attributes
    ----------
    function
        The pure f: a tree shaped like ``params`` and states (B, C, *N) to states (B, C, *N). The
        batch has one axis here; :meth:`apply` takes any number of them.
    params
        θ before training, of any framework; kept on the host. Every leaf is real.
    dims, channels
        D and C.
    channels_last
        Whether ``function`` has the layout (B, *N, C) instead.
    receptive_field
        Cells that an output sees in each direction; NaN until someone knows. See :meth:`measured`.
    precision, framework
        ``float32`` or ``float64``, and the name of the backend, if f takes no others.
    restore
        Puts θ, on the host, back into what the network was made from.

    Raises
    ------
    InvalidInput
        If sizes are not positive; at the call, if the states, or what comes out, do not fit.
    """

    function: Callable[[Tree, Array], Array]
    params: Tree
    dims: int
    channels: int
    channels_last: bool = False
    receptive_field: float = math.nan
    precision: str | None = None
    framework: str | None = None
    restore: Callable[[Tree], Any] | None = None

    def __post_init__(self) -> None:
        check_sizes(dims=self.dims, channels=self.channels)
        object.__setattr__(self, "params", _host(self.params))

    @property
    def channels_in(self) -> int:
        """C, as other networks call it."""
        return self.channels

    @property
    def channels_out(self) -> int:
        """C, as other networks call it."""
        return self.channels

    def init(self, rng: np.random.Generator) -> Tree:
        """Return θ as it was given, a host tree of float64 arrays; nothing is drawn."""
        return tree_map(lambda p: np.array(p, dtype=np.float64), self.params)

    def parameter_count(self) -> int:
        """Return the number of real parameters."""
        return sum(p.size for p in leaves(self.params))

    def apply(self, params: Tree, u: Array) -> Array:
        """Map states (..., C, *N) one step ahead."""
        check_state("wrapped network", u, self.channels, self.dims)
        self._check_kind(params, u)
        xp, state = namespace_of(u), tuple(u.shape[-self.dims - 1 :])
        batch = xp.reshape(u, (-1, *state))
        if self.channels_last:
            batch = xp.moveaxis(batch, 1, -1)
        wanted = tuple(batch.shape)
        out = self.function(params, batch)
        if tuple(out.shape) != wanted:
            layout = "(B, *N, C)" if self.channels_last else "(B, C, *N)"
            raise InvalidInput(
                f"wrapped network: expected states {layout} of shape {wanted} out, as went in, got "
                f"{tuple(out.shape)}; see batched and channels_last"
            )
        xp = namespace_of(out)  # traced where only the parameters are
        if self.channels_last:
            out = xp.moveaxis(out, -1, 1)
        return xp.reshape(out, tuple(u.shape))

    def _check_kind(self, params: Tree, u: Array) -> None:
        found = backend_of(u, *leaves(params)).name
        if self.framework not in (None, found):
            raise InvalidInput(
                f"wrapped network: expected arrays of {self.framework}, the framework of its "
                f"module, got {found}; compute with the backend {self.framework}"
            )
        if self.precision not in (None, dtype_name(u)):
            raise InvalidInput(
                f"wrapped network: expected states of {self.precision}, the precision of its "
                f"module, got {dtype_name(u)}; cast the module, or compute in {self.precision}"
            )

    def measured(self, u: Array, tolerance: float = 0.0) -> "Wrapped":
        """Return the network with its receptive field, measured at θ as it was given.

        The larger side over all axes, by :func:`~xpde.nn.measured_receptive_field` on the states
        ``u`` (..., C, *N); infinite if it ends only where the periodic grid does. With relu, take
        a batch of random states. A network that starts as the identity has no field yet.
        """
        verbs = backend_of(u)
        placed = tree_map(lambda p: verbs.asarray(p, like=u), self.params)
        sides = measured_receptive_field(self, placed, u, tolerance)
        ends = [(n // 2, (n - 1) // 2) for n in u.shape[-self.dims :]]
        pairs = [
            pair
            for found, end in zip(sides, ends, strict=True)
            for pair in zip(found, end, strict=True)
        ]
        everywhere = any(cells == end for cells, end in pairs)
        cells = math.inf if everywhere else float(max(cells for cells, _ in pairs))
        return replace(self, receptive_field=cells)

    def to_module(self, params: Tree) -> Any:
        """Return what the network was made from, with these parameters; the original stays.

        ``params`` are those of a training or of :func:`xpde.train.load_weights`, of any framework.

        Raises
        ------
        InvalidInput
            If the network was made from a function, or if names or shapes differ from its own.
        """
        if self.restore is None:
            raise InvalidInput(
                "to_module: expected a network made from a module, got one of a function; "
                "its parameters are all there is"
            )
        given, own = (_shapes(tree) for tree in (params, self.params))
        if given != own:
            raise InvalidInput(
                f"to_module: expected parameters like the module's, {own[1]} in {own[0]}, got "
                f"{given[1]} in {given[0]}; they belong to another module"
            )
        return self.restore(_host(params))


def _host(params: Tree) -> Tree:
    return tree_map(lambda p: backend_of(p).to_numpy(p), params)


def _shapes(params: Tree) -> tuple[Any, list[tuple[int, ...]]]:
    values, structure = flatten(params)
    return structure, [tuple(value.shape) for value in values]
