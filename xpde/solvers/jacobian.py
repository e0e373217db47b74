"""The derivative of a map at a point, as a linear operator."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from xpde.core import Tree, backend_of, leaves, namespace_of, register_tree
from xpde.solvers.operator import LinearOperator
from xpde.solvers.parts import fixed_leaves, is_float, parted, pulled, summed

__all__ = ["Jacobian"]

Array = Any


@register_tree(static=("turned",))
@dataclass(frozen=True, eq=False)
class Jacobian(LinearOperator):
    """J = ∂E/∂x at x: J v by the pushforward, Jᵀ w by the pullback of E.

    Attributes
    ----------
    map
        E, a registered tree that is called with arrays (..., *domain) and gives such, sample by
        sample, and has ``domain``; as :class:`~xpde.solvers.Equation`.
    at
        x, (..., *domain); leading axes are a batch of operators.
    turned
        Whether it is Jᵀ.

    Derivatives of J v in v, in x and in the arrays of E exist on every backend: the latter two are
    ∇⟨w, J v⟩ = ∇⟨Jᵀ w, v⟩, two nested pullbacks.
    """

    map: Any
    at: Array
    turned: bool = False

    @property
    def domain(self) -> tuple[int, ...]:
        """That of E."""
        return self.map.domain

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of x."""
        return tuple(self.at.shape[: self.at.ndim - len(self.domain)])

    def __call__(self, v: Array) -> Array:
        """Return J v, or Jᵀ v."""
        floats, rebuild = parted((self.map, self.at))
        verbs = backend_of(v, *[leaf for leaf in leaves(self) if is_float(leaf)])
        turned = self.turned

        def plain(floats: Tree, v: Array, fixed: Tree) -> Array:
            return _product(rebuild(floats, fixed), v, turned)

        def forward(floats: Tree, v: Array, fixed: Tree) -> tuple[Array, Tree]:
            return plain(floats, v, fixed), (floats, v, fixed)

        def backward(residuals: Tree, g: Array) -> tuple[Tree, ...]:
            floats, v, fixed = residuals
            left, right = (v, g) if turned else (g, v)
            back = _product(rebuild(floats, fixed), g, not turned)
            right = namespace_of(right).broadcast_to(right, back.shape)
            own = pulled(lambda own: _product(rebuild(own, fixed), left, True), floats, right)
            return own, summed(back, v.shape), None

        return verbs.custom_vjp(plain, forward, backward)(
            floats, v, fixed_leaves((self.map, self.at))
        )

    def transpose(self) -> LinearOperator:
        """Return Jᵀ."""
        return replace(self, turned=not self.turned)


def _product(place: tuple[Any, Array], v: Array, turned: bool) -> Array:
    """Return J v or Jᵀ v of a map at a point, both x and v with all batch axes."""
    fn, x = place
    verbs = backend_of(v, x)
    shape = np.broadcast_shapes(tuple(x.shape), tuple(v.shape))
    x, v = verbs.xp.broadcast_to(x, shape), verbs.xp.broadcast_to(v, shape)
    if turned:
        # A product is not a view: autograd takes a view made while it does not record for constant.
        return verbs.vjp(fn, 1.0 * x)[1](v)[0]
    return verbs.jvp(fn, (x,), (v,))[1]
