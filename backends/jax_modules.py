"""Modules of Equinox and Flax as networks: their trees become dictionaries of named leaves."""

from collections.abc import Callable
from typing import Any

from xpde_backends.parameters import is_module, joined, precision_of, split

from xpde.core import Tree, tree_map
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.nn import Wrapped

__all__ = ["from_equinox", "from_flax"]


def from_equinox(
    module: Any, dims: int, channels: int, *, batched: bool = False, channels_last: bool = False
) -> Wrapped:
    """Return an Equinox module as a network whose parameters are its inexact arrays.

    The network is in inference mode. ``to_module`` gives the module in its own mode. Arguments
    are those of :func:`from_torch`; Equinox modules usually take one state, hence not ``batched``.
    """
    import equinox as eqx

    trained, rest = eqx.partition(eqx.nn.inference_mode(module), eqx.is_inexact_array)
    original = eqx.filter(module, eqx.is_inexact_array, inverse=True)
    return _from_pytree(
        trained,
        lambda tree: eqx.combine(tree, rest),
        lambda tree: eqx.combine(tree, original),
        dims,
        channels,
        batched,
        channels_last,
    )


def from_flax(
    module: Any,
    dims: int,
    channels: int,
    *,
    variables: Any = None,
    batched: bool = True,
    channels_last: bool = True,
) -> Wrapped:
    """Return a Flax module, of ``flax.nnx`` or ``flax.linen``, as a network.

    Of ``nnx``, the parameters are the variables of kind ``nnx.Param``, and the network is a copy in
    ``eval`` mode. Of ``linen``, they are ``variables["params"]``; other collections are constants,
    and ``to_module`` gives the variables. Other arguments are those of :func:`from_torch`; Flax's
    layers have the channels last, hence ``channels_last``.

    Raises
    ------
    InvalidInput
        If a module of ``linen`` has no ``variables``, or another has.
    """
    rest: Any
    if is_module(module, "flax.linen"):
        if variables is None or "params" not in variables:
            raise InvalidInput(
                "from_flax: expected variables with params for a module of linen, got none; "
                "pass variables=module.init(key, u)"
            )
        rest = {name: tree for name, tree in variables.items() if name != "params"}
        return _from_pytree(
            variables["params"],
            lambda tree: lambda u: module.apply({**rest, "params": tree}, u),
            lambda tree: {**rest, "params": tree},
            dims,
            channels,
            batched,
            channels_last,
        )
    if variables is not None:
        raise InvalidInput("from_flax: expected variables for a module of linen only, got nnx")
    from flax import nnx

    own = nnx.clone(module)
    own.eval()
    graph, *states = nnx.split(own, nnx.Param, ...)
    trained, rest = states

    def restore(tree: Tree) -> Any:
        new = nnx.clone(module)
        nnx.update(new, tree)
        return new

    return _from_pytree(
        trained,
        lambda tree: nnx.merge(graph, tree, rest),
        restore,
        dims,
        channels,
        batched,
        channels_last,
    )


def _from_pytree(
    trained: Any,
    bind: Callable[[Any], Callable[[Array], Array]],
    rebuild: Callable[[Any], Any],
    dims: int,
    channels: int,
    batched: bool,
    channels_last: bool,
) -> Wrapped:
    """Return ``bind(tree)(u)`` as a network; JAX's tree becomes a dictionary of its leaves."""
    import jax

    paths, structure = jax.tree_util.tree_flatten_with_path(trained)
    names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in paths]
    if len(set(names)) < len(names):  # a key with a dot in it
        names = [jax.tree_util.keystr(path) for path, _ in paths]
    named = dict(zip(names, [leaf for _, leaf in paths], strict=True))

    def whole(params: Tree) -> Any:
        values = [joined(params[name], jax.lax.complex) for name in names]
        return jax.tree.unflatten(structure, values)

    def function(params: Tree, u: Array) -> Array:
        call = bind(whole(params))
        return call(u) if batched else jax.vmap(call)(u)

    def restore(params: Tree) -> Any:
        return rebuild(whole(tree_map(lambda p: jax.numpy.asarray(p, dtype=precision), params)))

    precision = precision_of(named.values())
    return Wrapped(
        function,
        {name: split(leaf) for name, leaf in named.items()},
        dims,
        channels,
        channels_last=channels_last,
        precision=precision,
        framework="jax",
        restore=restore,
    )
