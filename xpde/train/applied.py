"""A network with its parameters, as the map of states that objectives unroll."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xpde.core import Backend, Tree, backend_of, leaves
from xpde.nn import Network
from xpde.nn.network import prepared

Array = Any
Step = Callable[[Array], Array]

__all__ = ["Applied", "Step", "checkpointed", "constant", "recomputed", "repeated"]


@dataclass(frozen=True, eq=False)
class Applied:
    """The map u ↦ f_θ(u) of states (..., C, *N).

    Objectives take any map; of this one they know the parameters θ, which the tape needs for
    :func:`recomputed`.

    Attributes
    ----------
    network, params
        f and θ, a tree.
    """

    network: Network
    params: Tree

    def __call__(self, u: Array) -> Array:
        """Map states one step ahead."""
        return self.network.apply(self.params, u)


def constant(step: Step) -> Step:
    """Return a map of the same values without gradient in the parameters or the state.

    What :class:`Applied` does is not even recorded.
    """
    if isinstance(step, Applied):
        verbs = backend_of(*leaves(step.params))
        step = Applied(step.network, verbs.stop_gradient(step.params))

    def stopped(u: Array) -> Array:
        v = step(backend_of(u).stop_gradient(u))
        return backend_of(v).stop_gradient(v)

    return stopped


def repeated(step: Step, like: Array) -> Step:
    """Return the same map for many states on the grid of ``like``.

    What parameters and grid determine is computed once, and so is its gradient.
    """
    if isinstance(step, Applied):
        return prepared(step.network, step.params, like)
    return step


def recomputed(step: Step) -> Step:
    """Return the same map, of which only states are kept for the gradient: the rest is made again.

    Gradients are the same, those of arrays that the map closes over too; but the tape keeps all
    that is computed from a recorded array in a closure. It saves memory with :class:`Applied`, or
    with a map that closes over constants only.
    """
    if isinstance(step, Applied):
        apply, params = step.network.apply, step.params
        return lambda u: checkpointed(backend_of(u, *leaves(params)), apply)(params, u)
    return lambda u: checkpointed(backend_of(u), step)(u)


def checkpointed(verbs: Backend, fn: Callable[..., Array]) -> Callable[..., Array]:
    """Return ``fn``, of which only arguments are kept for the gradient; it need have no hash."""

    def plain(*args: Any) -> Array:  # JAX hashes what it recomputes; steppers hold arrays
        return fn(*args)

    return verbs.checkpoint(plain)
