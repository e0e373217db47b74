"""Programs kept by the function they run, so that a second call compiles nothing."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

from xpde.core.backend import Backend
from xpde.core.registry import backend_of
from xpde.core.trees import Tree, leaves

__all__ = ["compiled_call", "remembered"]

P = ParamSpec("P")
T = TypeVar("T")


def compiled_call(fn: Callable[..., Tree], trees: tuple[Tree, ...], *static: Any) -> Tree:
    """Return ``fn(*trees, *static)``, compiled where the framework can, once for all like calls.

    ``fn`` has to be one and the same object in every call, a function of a module or of a class,
    and ``static`` hashable. Within another program, or a derivative, it is a plain call.
    """
    arrays = [x for x in leaves(trees) if not isinstance(x, float)]
    bk = backend_of(*arrays)
    if bk.capabilities.compiles and all(bk.is_concrete(x) for x in arrays):
        return _program(bk, fn, static)(*trees)
    return fn(*trees, *static)


@lru_cache(maxsize=128)
def _program(bk: Backend, fn: Callable[..., Tree], static: tuple[Any, ...]) -> Callable[..., Tree]:
    return bk.jit(lambda *trees: fn(*trees, *static))


def remembered(fn: Callable[P, T]) -> Callable[P, T]:
    """Return ``fn`` giving the same object again for the same arguments.

    For makers of what programs are compiled for, such as optimizers: one that is made anew by every
    run would have its update compiled again. Arguments that cannot be hashed are not remembered.
    """
    cached = cast("Callable[P, T]", lru_cache(maxsize=256, typed=True)(fn))

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            hash((args, tuple(kwargs.values())))
        except TypeError:
            return fn(*args, **kwargs)
        return cached(*args, **kwargs)

    return call
