"""Modules of PyTorch, Equinox and Flax, and plain functions, as networks of xpde.

Importing this file imports no framework; making a network imports the one of its module.
"""

import copy
import sys
from collections.abc import Callable
from typing import Any

from xpde_backends.jax_modules import from_equinox, from_flax
from xpde_backends.parameters import is_module, joined, precision_of, split

from xpde.core import Tree, backend_of, namespace_of, tree_map
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.nn import Wrapped

__all__ = ["from_equinox", "from_flax", "from_function", "from_torch", "wrap"]


def wrap(module: Any, dims: int, channels: int, **options: Any) -> Wrapped:
    """Return a module or a function u ↦ u as a network, by the framework it belongs to.

    Parameters
    ----------
    module
        A ``torch.nn.Module``, an Equinox or Flax module, or any other callable.
    dims, channels
        D, the number of space axes, and C.
    options
        Those of :func:`from_torch`, :func:`from_equinox`, :func:`from_flax`, :func:`from_function`.

    Raises
    ------
    InvalidInput
        If it is none of them.
    """
    makers = (
        (("torch.nn",), from_torch),
        (("equinox",), from_equinox),
        (("flax.nnx", "flax.linen"), from_flax),
    )
    for names, make in makers:
        if any(is_module(module, name) for name in names):
            return make(module, dims, channels, **options)
    if callable(module):
        return from_function(module, dims, channels, **options)
    raise InvalidInput(
        "wrap: expected a module of PyTorch, Equinox or Flax, or a function of a state, got "
        f"{type(module).__name__}"
    )


def from_torch(
    module: Any, dims: int, channels: int, *, batched: bool = True, channels_last: bool = False
) -> Wrapped:
    """Return a ``torch.nn.Module`` as a network whose parameters are those that need gradients.

    The network is a copy in ``eval`` mode: nothing is random, statistics stay. Frozen parameters
    and buffers are constants. A complex parameter is trained as a pair, as PyTorch's optimizers do.

    Parameters
    ----------
    module
        In the precision to compute in, ``module.double()`` for float64.
    dims, channels
        D and C.
    batched
        Whether it takes (B, C, *N); otherwise (C, *N), and it is mapped by ``torch.func.vmap``.
    channels_last
        Whether it has (B, *N, C) or (*N, C) instead.

    Raises
    ------
    InvalidInput
        If parameters are of several precisions, or of others than float32 and float64.
    """
    import torch

    own = copy.deepcopy(module).eval()
    named = dict(own.named_parameters())
    trained = {name: p.detach() for name, p in named.items() if p.requires_grad}
    frozen = {name: p.detach() for name, p in named.items() if name not in trained}
    held = frozen | dict(own.named_buffers())

    def function(params: Tree, u: Array) -> Array:
        values = {name: joined(params[name], torch.complex) for name in trained}
        values |= {name: x.to(u.device) for name, x in held.items()}

        def call(v: Array) -> Array:
            return torch.func.functional_call(own, values, (v,))

        return call(u) if batched else torch.func.vmap(call)(u)

    def restore(params: Tree) -> Any:
        new, host = copy.deepcopy(module), tree_map(torch.from_numpy, params)
        with torch.no_grad():
            for name, p in new.named_parameters():
                if name in trained:
                    p.copy_(joined(host[name], torch.complex))
        return new

    return Wrapped(
        function,
        {name: split(p) for name, p in trained.items()},
        dims,
        channels,
        channels_last=channels_last,
        precision=precision_of(trained.values()),
        framework="torch",
        restore=restore,
    )


def from_function(
    function: Callable[[Array], Array],
    dims: int,
    channels: int,
    *,
    batched: bool = True,
    channels_last: bool = False,
) -> Wrapped:
    """Return a function u ↦ u without parameters as a network: to be scored, not to be trained.

    Arguments are those of :func:`from_torch`. A function of parameters too is a
    :class:`xpde.nn.Wrapped`.
    """
    return Wrapped(
        lambda _, u: function(u) if batched else _mapped(function, u),
        {},
        dims,
        channels,
        channels_last=channels_last,
    )


def _mapped(function: Callable[[Array], Array], u: Array) -> Array:
    """Map a function of one state over the batch: by the framework, or one after the other."""
    name = backend_of(u).name
    if name == "jax":
        return sys.modules["jax"].vmap(function)(u)
    if name == "torch":
        return sys.modules["torch"].func.vmap(function)(u)
    return namespace_of(u).stack([function(u[i, ...]) for i in range(u.shape[0])])
