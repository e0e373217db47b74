"""Derivatives of functions of trees, by recording them."""

from collections.abc import Callable, Sequence
from typing import Any

from xpde.core.dtypes import dtype_name
from xpde.core.registry import backend_of
from xpde.core.tape.backward import sweep
from xpde.core.tape.namespace import TapeBackend
from xpde.core.tape.tools import fit
from xpde.core.tape.traced import Node, Traced, slots, unwrap
from xpde.core.trees import Tree, flatten, leaves, per_leaf, tree_map, unflatten
from xpde.errors import InvalidInput

__all__ = ["checkpoint", "custom_vjp", "jvp", "stop_gradient", "value_and_grad", "vjp"]


def _start(flat: list[Any]) -> tuple[TapeBackend, list[Traced]]:
    if not flat:
        raise InvalidInput("derivative: expected at least one array, got an empty tree")
    tape = TapeBackend(backend_of(*[unwrap(x) for x in flat]))
    return tape, [Traced(x, Node((), None), tape) for x in flat]


def _own(x: Any, tape: Any) -> bool:
    return type(x) is Traced and x.__xpde_backend__ is tape


def _strip(tree: Tree, tape: Any) -> Tree:
    return tree_map(lambda x: x.value if _own(x, tape) else x, tree)


def _or_zeros(gradients: list[Any], flat: list[Any]) -> list[Any]:
    return [
        backend_of(x).xp.zeros_like(x) if g is None else g
        for g, x in zip(gradients, flat, strict=True)
    ]


def value_and_grad(
    fn: Callable[..., Any], *, has_aux: bool = False
) -> Callable[..., tuple[Any, Tree]]:
    """Return a function giving ``fn`` and its gradient in the first argument; see ``Backend``.

    Raises
    ------
    InvalidInput
        If ``fn`` does not return a real scalar array.
    """

    def call(tree: Tree, *rest: Any) -> tuple[Any, Tree]:
        flat, structure = flatten(tree)
        tape, traced = _start(flat)
        out = fn(unflatten(structure, list(traced)), *rest)
        value = out[0] if has_aux else out
        shape = getattr(value, "shape", None)
        kind = type(value).__name__ if shape is None else dtype_name(value)
        if shape is None or tuple(shape) != () or not kind.startswith("float"):
            raise InvalidInput(f"gradient: expected a real scalar, got {kind} of shape {shape}")
        gradients: list[Any] = [None] * len(flat)
        if _own(value, tape):
            one = backend_of(value.value).xp.ones_like(value.value)
            gradients = sweep([(value.node, one)], [x.node for x in traced], release=True)
        return _strip(out, tape), unflatten(structure, _or_zeros(gradients, flat))

    return call


def vjp(fn: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Callable[[Tree], Any]]:
    """Return ``fn(*primals)`` and the pullback, which may be called again; see ``Backend``."""
    flat, structure = flatten(primals)
    tape, traced = _start(flat)
    out = fn(*unflatten(structure, list(traced)))
    outputs = leaves(out)

    def pull(cotangent: Tree) -> Any:
        given = leaves(cotangent)
        wanted, got = [getattr(y, "shape", None) for y in outputs], [g.shape for g in given]
        if wanted != got:
            raise InvalidInput(f"pullback: expected cotangents of shapes {wanted}, got {got}")
        seeds = [(y.node, fit(g, y)) for y, g in zip(outputs, given, strict=True) if _own(y, tape)]
        gradients = sweep(seeds, [x.node for x in traced], release=False)
        return unflatten(structure, _or_zeros(gradients, flat))

    return _strip(out, tape), pull


def jvp(
    fn: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
) -> tuple[Tree, Tree]:
    """Return ``fn(*primals)`` and J v, as the derivative of the pullback w ↦ Jᵀ w along v."""
    out, pull = vjp(fn, *primals)
    zeros = tree_map(lambda y: backend_of(y).xp.zeros_like(y), out)
    _, push = vjp(pull, zeros)
    (pushed,) = push(tuple(tangents))
    return out, pushed


def stop_gradient(tree: Tree) -> Tree:
    """Return the values behind every recording: constants from here on."""
    return tree_map(unwrap, tree)


def _top(flat: list[Any]) -> Any:
    tapes = [x.__xpde_backend__ for x in flat if type(x) is Traced]
    return max(tapes, key=lambda t: t.level) if tapes else None


def _joint(tape: Any, flat: list[Any], out: Tree, pull: Callable[[Tree], list[Any]]) -> Tree:
    """Record several outputs as one node: ``pull`` maps their cotangents to those of ``flat``."""
    outputs, shape = flatten(out)
    chosen = [i for i, x in enumerate(flat) if _own(x, tape)]

    def way(arrived: dict[int, Any]) -> list[Any]:
        seeds = [
            arrived[i] if i in arrived else backend_of(y).xp.zeros_like(y)
            for i, y in enumerate(outputs)
        ]
        gradients = pull(unflatten(shape, seeds))
        return [gradients[i] for i in chosen]

    hub = Node(tuple(flat[i].node for i in chosen), way)
    return unflatten(shape, list(slots(tape, hub, outputs)))


def custom_vjp(
    fn: Callable[..., Tree],
    forward: Callable[..., tuple[Tree, Tree]],
    backward: Callable[[Tree, Tree], tuple[Tree, ...]],
) -> Callable[..., Tree]:
    """Return ``fn`` with its own reverse rule; see ``Backend``."""

    def call(*args: Tree) -> Tree:
        flat, structure = flatten(args)
        tape = _top(flat)
        if tape is None:
            return fn(*args)
        out, residuals = forward(*_strip(unflatten(structure, flat), tape))
        if any(_own(y, tape) for y in leaves((out, residuals))):
            raise InvalidInput(
                "custom_vjp: expected every recorded array among the arguments, got one from "
                "outside the function; pass it as an argument"
            )
        return _joint(tape, flat, out, lambda g: per_leaf(args, backward(residuals, g)))

    return call


def checkpoint(fn: Callable[..., Tree]) -> Callable[..., Tree]:
    """Return ``fn`` recomputed in the backward sweep: only its inputs are kept.

    A function that closes over a recorded array (instead of taking it as an argument) is recorded
    in full, so its gradient is right but nothing is saved.
    """

    def call(*args: Tree) -> Tree:
        flat, structure = flatten(args)
        tape = _top(flat)
        if tape is None:
            return fn(*args)
        plain = _strip(unflatten(structure, flat), tape)
        out = fn(*plain)
        if any(_own(y, tape) for y in leaves(out)):
            return fn(*args)
        moving = [i for i, x in enumerate(flat) if _own(x, tape)]
        values = leaves(plain)

        def again(*chosen: Any) -> Tree:
            swapped = dict(zip(moving, chosen, strict=True))
            full = [swapped.get(i, x) for i, x in enumerate(values)]
            return fn(*unflatten(structure, full))

        def pull(g: Tree) -> list[Any]:
            found = vjp(again, *[values[i] for i in moving])[1](g)
            back = dict(zip(moving, found, strict=True))
            return [back.get(i) for i in range(len(flat))]

        return _joint(tape, flat, out, pull)

    return call
