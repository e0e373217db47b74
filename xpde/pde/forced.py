"""A stepper with an external force that changes from step to step."""

from dataclasses import dataclass

from xpde.core import backend_of, leaves, register_tree
from xpde.core.backend import Array
from xpde.errors import InvalidInput
from xpde.pde.stepper import Stepper

__all__ = ["Forced"]


@register_tree(static=("dt",))
@dataclass(frozen=True)
class Forced:
    """Steps of u_t = L u + N(u) + f(t): the force acts first, u⁺ = step(u + Δt f).

    Lie splitting, first order in Δt. A force that does not change is integrated exactly by
    :func:`~xpde.pde.with_source` instead.

    Attributes
    ----------
    stepper
        The stepper without force.
    dt
        Its step Δt.
    """

    stepper: Stepper
    dt: float

    def __call__(self, u: Array, force: Array) -> Array:
        """Advance a state by Δt under a force, both (..., C, *N)."""
        if tuple(force.shape[-self._rank :]) != tuple(u.shape[-self._rank :]):
            raise InvalidInput(
                f"forced: expected a force of the shape of the state {tuple(u.shape)}, "
                f"got {tuple(force.shape)}"
            )
        return self.stepper(u + self.dt * force)

    def rollout(self, u: Array, forces: Array) -> Array:
        """Return the states (..., T, C, *N) after each of the forces (..., T, C, *N)."""
        axis = u.ndim - self._rank
        bk = backend_of(u, forces, *leaves(self)[:1])

        def body(carry: Array, force: Array) -> tuple[Array, Array]:
            after = self(carry, force)
            return after, after

        states = bk.scan(body, u, bk.xp.moveaxis(forces, axis, 0))[1]
        return bk.xp.moveaxis(states, 0, axis)

    @property
    def _rank(self) -> int:
        return self.stepper.grid.dims + 1
