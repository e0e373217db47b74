"""A circulant operator: diagonal in the basis of Fourier modes."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from xpde.core import backend_of, namespace_of, register_tree
from xpde.core.dtypes import complex_name, dtype_name
from xpde.errors import InvalidInput
from xpde.solvers.algebra import Identity, Product, Scaled, Sum
from xpde.solvers.inner import quotient
from xpde.solvers.operator import GENERAL, LinearOperator, Tags
from xpde.solvers.solution import Solution

__all__ = ["Circulant"]

Array = Any
Stencil = dict[tuple[int, ...], float]


@register_tree(static=("shape", "dims", "known", "singular"))
@dataclass(frozen=True, eq=False)
class Circulant(LinearOperator):
    """A = F⁻¹ diag(s) F over the last ``dims`` axes of arrays (..., *shape).

    F is the real transform of :meth:`xpde.core.Backend.rfftn`, s the symbol, in the layout of its
    result: (..., N₁, ..., N_d // 2 + 1). Aᵀ has the symbol s̄; A⁻¹ has 1/s.

    Modes with s = 0 are the null space of A and of Aᵀ. Solves are for the x of least norm that
    A x = P b has, P the projection on the other modes, as with
    :class:`~xpde.solvers.Singular`; ``inverse()`` is the pseudo-inverse.

    Attributes
    ----------
    real, imag
        Re s and Im s, (..., *rest, *half) with as many trailing axes as ``shape``, of which those
        before the transformed ones may have length 1; leading axes are a batch of operators.
        ``imag`` None is 0: A is symmetric. Derivatives with respect to both exist.
    shape
        Shape of the vectors.
    dims
        Number of transformed axes.
    known
        What is known of A; it is not checked.
    singular
        Whether s has zeros.
    """

    real: Array
    imag: Array | None
    shape: tuple[int, ...]
    dims: int
    known: Tags = GENERAL
    singular: bool = False

    @classmethod
    def of_symbol(
        cls, symbol: np.ndarray, shape: tuple[int, ...], like: Array, dims: int | None = None
    ) -> Self:
        """Return the operator of a symbol on the host, placed beside ``like``.

        Its tags are found from the symbol, as are its zeros.

        Raises
        ------
        InvalidInput
            If the symbol is not that of a real operator, s(-k) = s̄(k).
        """
        dims = len(shape) if dims is None else dims
        space = tuple(shape[len(shape) - dims :])
        axes = tuple(range(-dims, 0))
        half = (*space[:-1], space[-1] // 2 + 1)
        if symbol.shape[-dims:] != half:
            raise InvalidInput(
                f"circulant: expected a symbol (..., {', '.join(map(str, half))}) for vectors "
                f"{tuple(shape)}, got {symbol.shape}"
            )
        symbol = symbol.reshape((1,) * (len(shape) - symbol.ndim) + symbol.shape)
        image = np.fft.rfftn(np.fft.irfftn(symbol, s=space, axes=axes), axes=axes)
        if np.max(np.abs(image - symbol)) > 1e-12 * np.max(np.abs(symbol)):  # logs of N, times ε
            raise InvalidInput(
                "circulant: expected a symbol with s(-k) = conj s(k), got another; set odd "
                "derivatives to 0 at the Nyquist mode"
            )
        verbs, (known, singular) = backend_of(like), _found(symbol)
        imag = verbs.asarray(symbol.imag, like=like) if np.any(np.imag(symbol)) else None
        real = verbs.asarray(np.real(symbol), like=like)
        return cls(real, imag, tuple(shape), dims, known, singular)

    @classmethod
    def of_stencil(
        cls, weights: Stencil, shape: tuple[int, ...], like: Array, dims: int | None = None
    ) -> Self:
        """Return (A x)(i) = Σ_o w_o x(i + o), i + o taken periodically, placed beside ``like``.

        s(k) = Σ_o w_o exp(2πi k·o/N), made on the host; what is 0 but for rounding is 0.

        Parameters
        ----------
        weights
            w by offset, as {(-1,): 1.0, (0,): -2.0, (1,): 1.0}; offsets have ``dims`` entries.
        shape, like, dims
            See :meth:`of_symbol`.
        """
        dims = len(shape) if dims is None else dims
        space = tuple(shape[len(shape) - dims :])
        column = np.zeros(space)
        for offset, weight in weights.items():
            column[tuple(-o % n for o, n in zip(offset, space, strict=True))] += weight
        mirrored = np.roll(np.flip(column), (1,) * dims, axis=tuple(range(dims)))
        symbol: np.ndarray = np.fft.rfftn(column)
        symbol = symbol.real if np.array_equal(mirrored, column) else symbol
        size = 4 * np.finfo(np.float64).eps * np.sum(np.abs(column))
        parts = [np.where(np.abs(part) > size, part, 0.0) for part in (symbol.real, symbol.imag)]
        symbol = parts[0] + 1j * parts[1] if np.any(parts[1]) else parts[0]
        return cls.of_symbol(symbol, shape, like, dims)

    @classmethod
    def of(cls, operator: LinearOperator) -> "Circulant | None":
        """Return a sum, product or multiple of circulants and identities as one; None if it is not.

        I - ν Δt A becomes one symbol, to be applied with one pair of transforms and inverted.
        """
        if isinstance(operator, Circulant):
            return operator
        if isinstance(operator, Scaled):
            inner = cls.of(operator.operator)
            return None if inner is None else inner._scaled(operator.factor)
        if isinstance(operator, (Sum, Product)):
            left, right = operator.left, operator.right
            a, b = cls.of(left), cls.of(right)
            a = b._identity() if a is None and b is not None and _is_identity(left) else a
            b = a._identity() if b is None and a is not None and _is_identity(right) else b
            if a is None or b is None or a.dims != b.dims:
                return None
            return a._plus(b) if isinstance(operator, Sum) else a._times(b)
        found = getattr(operator, "operator", None) if hasattr(operator, "restricted") else None
        return None if found is None else cls.of(found)

    @property
    def domain(self) -> tuple[int, ...]:
        """The shape."""
        return self.shape

    @property
    def batch(self) -> tuple[int, ...]:
        """The leading axes of the symbol."""
        return tuple(self.real.shape[: -len(self.shape)])

    @property
    def tags(self) -> Tags:
        """What was said to be known."""
        return Tags(True, self.known.sign) if self.imag is None else self.known

    def __call__(self, x: Array) -> Array:
        """Return F⁻¹ s F x."""
        x_hat = backend_of(x).rfftn(x, self.dims)
        y_hat = x_hat * self.real
        if self.imag is not None:
            y_hat = y_hat + (1j * x_hat) * self.imag
        return backend_of(y_hat).irfftn(y_hat, self._space)

    def transpose(self) -> "Circulant":
        """Return F⁻¹ s̄ F."""
        return self if self.imag is None else replace(self, imag=-self.imag)

    def inverse(self) -> "Circulant":
        """Return the pseudo-inverse, with the symbol 1/s where s ≠ 0 and 0 where s = 0."""
        if self.imag is None:
            one = namespace_of(self.real).ones_like(self.real)
            return replace(self, real=quotient(one, self.real))
        size = self.real * self.real + self.imag * self.imag
        return replace(self, real=quotient(self.real, size), imag=quotient(-self.imag, size))

    def diagonal(self, like: Array | None = None) -> Array:
        """Return the mean of the symbol over all modes, everywhere."""
        verbs = backend_of(self.real)
        kind = getattr(verbs.xp, complex_name(dtype_name(self.real)))
        column = verbs.irfftn(verbs.xp.astype(self.real, kind), self._space)
        first = column[(..., *(slice(0, 1),) * self.dims)]
        return verbs.xp.broadcast_to(first, (*self.batch, *self.shape))

    def restricted(self, b: Array, x0: Array | None) -> tuple[Array, Array | None]:
        """Return b and the guess without the modes of the null space."""
        if not self.singular:
            return b, x0
        return self._without(b), None if x0 is None else self._without(x0)

    def centered(self, found: Solution) -> Solution:
        """Return a solution whose value has no mode of the null space."""
        return replace(found, value=self._without(found.value)) if self.singular else found

    @property
    def _space(self) -> tuple[int, ...]:
        return tuple(self.shape[len(self.shape) - self.dims :])

    def _without(self, x: Array) -> Array:
        verbs, own = backend_of(x), backend_of(self.real)
        kept = self.real != 0 if self.imag is None else (self.real != 0) | (self.imag != 0)
        weight = own.xp.astype(kept, self.real.dtype)
        return verbs.irfftn(verbs.rfftn(x, self.dims) * weight, self._space)

    def _identity(self) -> "Circulant":
        one = namespace_of(self.real).ones_like(self.real)
        return replace(self, real=one, imag=None, known=Tags(True, 1), singular=False)

    def _scaled(self, factor: Any) -> "Circulant":
        imag = None if self.imag is None else factor * self.imag
        return self._made(factor * self.real, imag, Scaled(self, factor).tags)

    def _plus(self, other: "Circulant") -> "Circulant":
        parts = [part for part in (self.imag, other.imag) if part is not None]
        imag = sum(parts[1:], parts[0]) if parts else None
        return self._made(self.real + other.real, imag, Sum(self, other).tags)

    def _times(self, other: "Circulant") -> "Circulant":
        real, imag = self.real * other.real, None
        if self.imag is not None and other.imag is not None:
            real = real - self.imag * other.imag
        if self.imag is not None or other.imag is not None:
            imag = sum(
                a * b
                for a, b in ((self.real, other.imag), (self.imag, other.real))
                if a is not None and b is not None
            )
        return self._made(real, imag, GENERAL)

    def _made(self, real: Array, imag: Array | None, known: Tags) -> "Circulant":
        """Return a composition; its zeros are looked for where its symbol can be seen."""
        verbs = backend_of(real)
        singular = True
        if verbs.is_concrete(real):
            size = np.abs(verbs.to_numpy(real))
            size = size if imag is None else np.maximum(size, np.abs(verbs.to_numpy(imag)))
            singular = bool(np.any(size == 0))
        return Circulant(real, imag, self.shape, self.dims, known, singular)


def _is_identity(operator: LinearOperator) -> bool:
    return isinstance(operator, Identity)


def _found(symbol: np.ndarray) -> tuple[Tags, bool]:
    """Tags and singularity from a symbol on the host: xᵀA x = Σ Re s |x̂|² / N."""
    real = np.real(symbol)
    sign = 1 if np.all(real >= 0) else -1 if np.all(real <= 0) else None
    return Tags(not np.any(np.imag(symbol)), sign), bool(np.any(symbol == 0))
