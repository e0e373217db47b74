"""Rules of products, solves, transforms and convolutions: linear maps and their adjoints."""

from typing import Any

from xpde.core import convolution
from xpde.core.registry import backend_of, namespace_of
from xpde.core.tape.tools import conj, fit, ones_ramp, outline

Array = Any

__all__ = ["PRODUCTS"]


def _adjoint(x: Array) -> Array:
    return conj(namespace_of(x).matrix_transpose(x))


def _matmul(inner: Any, a: Array, b: Array) -> Any:
    """Matrix products of arrays with at least two axes, and matrix times vector."""
    if b.ndim == 1:
        y, (left, right) = _matmul(inner, a, b[:, None])
        return y[..., 0], (
            lambda g: left(g[..., None]),
            lambda g: right(g[..., None])[:, 0],
        )
    if a.ndim == 1:
        y, (left, right) = _matmul(inner, a[None, :], b)
        return y[..., 0, :], (
            lambda g: left(g[..., None, :])[0, :],
            lambda g: right(g[..., None, :]),
        )
    return a @ b, (lambda g: fit(g @ _adjoint(b), a), lambda g: _right(a, g, b))


def _right(a: Array, g: Array, b: Array) -> Array:
    """Cotangent of b in a @ b, as one product over all samples where b is a single matrix."""
    if b.ndim == 2 and a.ndim > 2 and a.shape[:-1] == g.shape[:-1]:
        a = namespace_of(a).reshape(a, (-1, a.shape[-1]))
        g = namespace_of(g).reshape(g, (-1, g.shape[-1]))
    return fit(_adjoint(a) @ g, b)


def _tensordot(inner: Any, a: Array, b: Array, *, axes: int = 2) -> Any:
    """Contract the last ``axes`` axes of a with the first of b."""
    outer_a, outer_b = a.ndim - axes, b.ndim - axes

    def left(g: Array) -> Array:
        xp = namespace_of(g, b)
        order = (*range(axes, b.ndim), *range(axes))
        return fit(xp.tensordot(g, conj(xp.permute_dims(b, order)), axes=outer_b), a)

    def right(g: Array) -> Array:
        xp = namespace_of(g, a)
        order = (*range(outer_a, a.ndim), *range(outer_a))
        return fit(xp.tensordot(conj(xp.permute_dims(a, order)), g, axes=outer_a), b)

    return inner.xp.tensordot(a, b, axes=axes), (left, right)


def _vecdot(inner: Any, a: Array, b: Array, *, axis: int = -1) -> Any:
    """Σ conj(a) b; the first argument is conjugated, as in the standard."""

    def left(g: Array) -> Array:
        return fit(conj(namespace_of(g).expand_dims(g, axis=axis)) * b, a)

    def right(g: Array) -> Array:
        return fit(namespace_of(g).expand_dims(g, axis=axis) * a, b)

    return inner.xp.vecdot(a, b, axis=axis), (left, right)


def _vector_norm(inner: Any, x: Array, *, axis: Any = None, keepdims: bool = False) -> Any:
    """Euclidean norm, with derivative 0 at 0."""
    from xpde.core.tape.tools import spread

    y = inner.xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims)

    def pull(g: Array) -> Array:
        xp = namespace_of(y)
        safe = xp.where(y == 0, xp.ones_like(y), y)
        return spread(g / safe, x.shape, axis, keepdims) * x

    return y, (pull,)


def _solve(inner: Any, a: Array, b: Array) -> Any:
    """X = a⁻¹ b for matrices b (..., n, m): b̄ = a⁻ᴴ x̄, ā = -b̄ xᴴ."""
    x = inner.xp.linalg.solve(a, b)

    def right(g: Array) -> Array:
        return namespace_of(g, a).linalg.solve(_adjoint(a), g)

    return x, (lambda g: fit(-right(g) @ _adjoint(x), a), lambda g: fit(right(g), b))


def _triangular_solve(inner: Any, a: Array, b: Array, *, lower: bool = True) -> Any:
    """As solve, on one side of the diagonal."""
    x = inner.triangular_solve(a, b, lower=lower)

    def right(g: Array) -> Array:
        return backend_of(g, a).triangular_solve(_adjoint(a), g, lower=not lower)

    def left(g: Array) -> Array:
        n = a.shape[-1]
        rows = inner.xp.arange(n, device=a.device)
        kept = rows[:, None] >= rows[None, :] if lower else rows[:, None] <= rows[None, :]
        full = -right(g) @ _adjoint(x)
        return fit(namespace_of(full).where(kept, full, namespace_of(full).zeros_like(full)), a)

    return x, (left, lambda g: fit(right(g), b))


def _rfftn(inner: Any, u: Array, ndim: int) -> Any:
    """Real transform S F u: ū = Re(Fᴴ Sᵀ ĝ) = N irfftn(ĝ / interior modes halved)."""
    shape = tuple(u.shape[-ndim:])

    def pull(g: Array) -> Array:
        half = ones_ramp(inner, u, shape[-1], g.shape[-1], 0.5) * _points(shape)
        return backend_of(g).irfftn(g * half, shape)

    return inner.rfftn(u, ndim), (pull,)


def _irfftn(inner: Any, u_hat: Array, shape: Any) -> Any:
    """Inverse real transform: the cotangent is rfftn(g) / N with interior modes doubled."""
    shape = tuple(shape)

    def pull(g: Array) -> Array:
        double = ones_ramp(inner, u_hat, shape[-1], u_hat.shape[-1], 2.0) / _points(shape)
        return backend_of(g).rfftn(g, len(shape)) * double

    return inner.irfftn(u_hat, shape), (pull,)


def _points(shape: tuple[int, ...]) -> float:
    total = 1
    for n in shape:
        total *= n
    return float(total)


def _fftn(inner: Any, x: Array, axes: Any) -> Any:
    scale = _points(tuple(x.shape[a] for a in axes))
    return inner.fftn(x, axes), (lambda g: fit(backend_of(g).ifftn(g, axes) * scale, x),)


def _ifftn(inner: Any, x: Array, axes: Any) -> Any:
    scale = 1.0 / _points(tuple(x.shape[a] for a in axes))
    return inner.ifftn(x, axes), (lambda g: fit(backend_of(g).fftn(g, axes) * scale, x),)


def _swap(w: Array) -> Array:
    return namespace_of(w).moveaxis(w, 0, 1)


def _convolve(inner: Any, x: Array, w: Array, *, stride: int = 1, dilation: int = 1) -> Any:
    """Cross-correlation: x̄ by the transposed one, w̄ by the correlation of x with ḡ."""
    ndim, kernel, like, like_x = w.ndim - 2, tuple(w.shape[2:]), outline(w), outline(x)
    how = {"stride": stride, "dilation": dilation}

    def left(g: Array) -> Array:
        reached = backend_of(g, w).convolve_transpose(g, conj(_swap(w)), **how)
        if tuple(reached.shape) == like_x.shape:
            return fit(reached, like_x)
        from xpde.core.tape.shapes import put

        index = (..., *[slice(0, n) for n in reached.shape[-ndim:]])
        return fit(put(reached, like_x.shape, index), like_x)

    def right(g: Array) -> Array:
        xp = namespace_of(g, x)
        return fit(convolution.weight_gradient(xp, conj(x), g, kernel, stride, dilation), like)

    return inner.convolve(x, w, **how), (left, right)


def _convolve_transpose(
    inner: Any, x: Array, w: Array, *, stride: int = 1, dilation: int = 1
) -> Any:
    """The adjoint of the rule above, with the two arrays exchanged."""
    kernel, like, like_x = tuple(w.shape[2:]), outline(w), outline(x)
    how = {"stride": stride, "dilation": dilation}

    def left(g: Array) -> Array:
        return fit(backend_of(g, w).convolve(g, conj(_swap(w)), **how), like_x)

    def right(g: Array) -> Array:
        xp = namespace_of(g, x)
        swapped = convolution.weight_gradient(xp, g, conj(x), kernel, stride, dilation)
        return fit(_swap(swapped), like)

    return inner.convolve_transpose(x, w, **how), (left, right)


PRODUCTS: dict[str, Any] = {
    "convolve": _convolve,
    "convolve_transpose": _convolve_transpose,
    "fftn": _fftn,
    "ifftn": _ifftn,
    "irfftn": _irfftn,
    "linalg.solve": _solve,
    "linalg.vector_norm": _vector_norm,
    "matmul": _matmul,
    "rfftn": _rfftn,
    "tensordot": _tensordot,
    "triangular_solve": _triangular_solve,
    "vecdot": _vecdot,
}
