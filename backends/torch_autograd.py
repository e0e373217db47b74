"""What the derivatives of PyTorch tensors need: recordings that know of each other, and rules."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch

from xpde.core.backend import Array
from xpde.core.trees import Tree, flatten, leaves, unflatten

__all__ = [
    "Again",
    "detach",
    "fresh",
    "is_nested",
    "moves",
    "own",
    "recorded",
    "recording",
    "rule_of",
]

_DEPTH: ContextVar[int] = ContextVar("depth", default=0)
"""Derivatives that are being recorded around the present call."""


@contextmanager
def recording() -> Iterator[None]:
    """Record a graph, and let derivatives within know that something is taken of them."""
    token = _DEPTH.set(_DEPTH.get() + 1)
    try:
        with torch.enable_grad():
            yield
    finally:
        _DEPTH.reset(token)


def recorded(fn: Callable[..., Tree]) -> Callable[..., Tree]:
    """Return the function, called within :func:`recording`."""

    def call(*args: Tree) -> Tree:
        with recording():
            return fn(*args)

    return call


def is_nested(inputs: Sequence[Any]) -> bool:
    """Tell whether a derivative has to be differentiable itself.

    An input on a graph says so; within another derivative it may be only what the function holds.
    """
    return (_DEPTH.get() > 0 or any(moves(x) for x in inputs)) and torch.is_grad_enabled()


def moves(x: Any) -> bool:
    """Tell whether a leaf is on a graph."""
    return getattr(x, "requires_grad", False)


def own(x: Array) -> Array:
    """Return the same values as an input: a node of its own where a graph leads to them."""
    return x.view_as(x) if x.requires_grad and torch.is_grad_enabled() else fresh(x)


def fresh(x: Array) -> Array:
    """Return the same values as the beginning of a graph."""
    return x.detach().requires_grad_(True)


def detach(x: Any) -> Any:
    """Return the same values on no graph."""
    return x.detach() if isinstance(x, torch.Tensor) else x


def _save(ctx: Any, flat: Sequence[Any]) -> None:
    """Keep leaves the way torch wants: tensors where its hooks and its release reach them."""
    ctx.arrays = [isinstance(x, torch.Tensor) for x in flat]
    ctx.plain = [x for x in flat if not isinstance(x, torch.Tensor)]
    ctx.save_for_backward(*[x for x in flat if isinstance(x, torch.Tensor)])


def _saved(ctx: Any) -> list[Any]:
    arrays, plain = iter(ctx.saved_tensors), iter(ctx.plain)
    return [next(arrays) if is_array else next(plain) for is_array in ctx.arrays]


class Again(torch.autograd.Function):
    """A function whose values are known: arguments are kept, the rest is made again and pulled.

    ``Again.apply(fn, structure, outputs, *flat)`` has the values ``outputs``, the leaves of
    ``fn(*unflatten(structure, flat))``, and its derivative in the leaves ``flat``. What the second
    evaluation made is released as the cotangents pass it.
    """

    @staticmethod
    def forward(
        ctx: Any, fn: Callable[..., Tree], structure: Any, outputs: list[Any], *flat: Any
    ) -> tuple[Any, ...]:
        """Keep the arguments; return the values, on no graph yet."""
        ctx.fn, ctx.structure = recorded(fn), structure
        _save(ctx, flat)
        return tuple(detach(y) for y in outputs)

    @staticmethod
    def backward(ctx: Any, *seeds: Array) -> tuple[Any, ...]:
        """Evaluate again and pull back; differentiable where a graph of this is recorded."""
        nested, wanted = torch.is_grad_enabled(), ctx.needs_input_grad[3:]
        inputs = [own(x) if w else x for x, w in zip(_saved(ctx), wanted, strict=True)]
        outputs = leaves(ctx.fn(*unflatten(ctx.structure, inputs)))
        pairs = [(y, g) for y, g in zip(outputs, seeds, strict=True) if moves(y)]
        found = iter(
            torch.autograd.grad(
                [y for y, _ in pairs],
                [x for x, w in zip(inputs, wanted, strict=True) if w],
                [g for _, g in pairs],
                create_graph=nested,
                allow_unused=True,
            )
            if pairs
            else [None] * sum(wanted)
        )
        return None, None, None, *[next(found) if w else None for w in wanted]


def rule_of(
    forward: Callable[..., tuple[Tree, Tree]],
    backward: Callable[[Tree, Tree], list[Any]],
    structure: Any,
    shapes: list[Any],
) -> type[torch.autograd.Function]:
    """Make the autograd function of one call; residual arrays are saved the way torch wants."""

    class Rule(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *flat: Array) -> tuple[Array, ...]:
            out, residuals = forward(*unflatten(structure, list(flat)))
            saved, ctx.residual_shape = flatten(residuals)
            _save(ctx, saved)
            outputs, shape = flatten(out)
            shapes.append(shape)
            return tuple(outputs)

        @staticmethod
        def backward(ctx: Any, *seeds: Array) -> tuple[Array, ...]:
            residuals = unflatten(ctx.residual_shape, _saved(ctx))
            grads = backward(residuals, unflatten(shapes[0], list(seeds)))
            return tuple(grads)

    return Rule
