"""Sums of operators of single axes, and their inverse by fast diagonalization."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.errors import InvalidInput
from xpde.solvers.operator import SYMMETRIC, LinearOperator, Tags

__all__ = ["Separable"]

Array = Any


@register_tree(static=("known",))
@dataclass(frozen=True, eq=False)
class Separable(LinearOperator):
    """f(Σ_j A_j) for symmetric matrices A_j that act on one axis each.

    With A_j = V_j Λ_j V_jᵀ it is V f(λ) Vᵀ, V = ⊗_j V_j: D products with small matrices, a
    diagonal, and D products again. It is exact, needs no periodicity, and costs O(D N^{D+1}), less
    than iterations up to some hundred points per axis.

    Attributes
    ----------
    vectors
        V_j, (N_j, N_j), columns of eigenvectors.
    values
        f(λ), (*N): the eigenvalues on all axes.
    known
        What is known of it; :meth:`build` finds the sign.

    Reference: Lynch, Rice & Thomas, Direct solution of partial difference equations by tensor
    product methods, Numer. Math. 6 (1964).
    """

    vectors: tuple[Array, ...]
    values: Array
    known: Tags = SYMMETRIC

    @classmethod
    def build(cls, matrices: Sequence[np.ndarray], like: Array | None = None) -> "Separable":
        """Return Σ_j A_j for host matrices, decomposed once in double precision.

        Parameters
        ----------
        matrices
            A_j, (N_j, N_j), symmetric.
        like
            An array that says where to place the numbers; None is NumPy in double precision.

        Raises
        ------
        InvalidInput
            If a matrix is not symmetric.
        """
        vectors, values = [], np.zeros(())
        for matrix in matrices:
            host = np.asarray(matrix, dtype=np.float64)
            scale = np.max(np.abs(host), initial=0.0)
            if np.max(np.abs(host - host.T), initial=0.0) > 1e-12 * scale:
                raise InvalidInput("separable: expected symmetric matrices, got one that is not")
            own, v = np.linalg.eigh(host)
            own = np.where(np.abs(own) <= 1e-13 * len(own) * scale, 0.0, own)
            vectors.append(v)
            values = values[..., None] + own
        sign = 1 if np.all(values >= 0) else -1 if np.all(values <= 0) else None
        place = (
            (lambda x: x) if like is None else (lambda x: backend_of(like).asarray(x, like=like))
        )
        return cls(tuple(place(v) for v in vectors), place(values), Tags(True, sign))

    @property
    def domain(self) -> tuple[int, ...]:
        """N of all axes."""
        return tuple(self.values.shape)

    @property
    def tags(self) -> Tags:
        """Symmetric, with the sign of its eigenvalues."""
        return self.known

    def __call__(self, x: Array) -> Array:
        """Return V f(λ) Vᵀ x."""
        xp = namespace_of(x, self.values)
        for axis, v in enumerate(self.vectors):
            x = _along(xp, x, v, axis - len(self.vectors))
        x = x * self.values
        for axis, v in enumerate(self.vectors):
            x = _along(xp, x, xp.matrix_transpose(v), axis - len(self.vectors))
        return x

    def transpose(self) -> LinearOperator:
        """Return the operator itself."""
        return self

    def diagonal(self, like: Array | None = None) -> Array:
        """Return Σ_λ f(λ) ∏_j V_j²."""
        xp, d = namespace_of(self.values), self.values
        for axis, v in enumerate(self.vectors):
            d = _along(xp, d, xp.matrix_transpose(v * v), axis - len(self.vectors))
        return d

    def inverse(self) -> "Separable":
        """Return f⁻¹(Σ_j A_j), the pseudo-inverse: eigenvalues that are 0 stay 0."""
        xp, d = namespace_of(self.values), self.values
        some = xp.where(d == 0, xp.ones_like(d), d)
        return Separable(self.vectors, xp.where(d == 0, xp.zeros_like(d), 1.0 / some), self.known)

    def shifted(self, shift: float, factor: float = 1.0) -> "Separable":
        """Return s + c f(Σ_j A_j), such as I - dt ν Δ."""
        sign = self.known.sign
        kept = sign if factor > 0 else None if sign is None else -sign
        known = Tags(True, kept if kept is not None and shift * kept >= 0 else None)
        return Separable(self.vectors, shift + factor * self.values, known)


def _along(xp: Any, x: Array, v: Array, axis: int) -> Array:
    """Return Σ_i x_i v_ik on a negative axis."""
    if axis == -1:
        return xp.matmul(x, v)
    return xp.moveaxis(xp.matmul(xp.moveaxis(x, axis, -1), v), -1, axis)
