"""The backend protocol: what the array API standard lacks, as a closed list of verbs.

Mathematics is written against ``namespace_of(u)``. Only what the standard has no word for is a
verb here: placement, transforms with one meaning, compilation, loops, derivatives, convolution.
Every verb has a pure default, so a new adapter starts as a few lines and overrides to be faster.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from xpde.core import convolution, fourier, loops, stacking, triangular
from xpde.core.dtypes import complex_name, dtype_name, real_name
from xpde.core.trees import Tree
from xpde.errors import MissingCapability

__all__ = ["Array", "Backend", "Capabilities"]

Array = Any


@dataclass(frozen=True)
class Capabilities:
    """What a backend can do, for tables, for skips in tests and for the validity of a comparison.

    Attributes
    ----------
    version
        Version of the framework.
    gradients
        ``native`` (the framework's own) or ``tape`` (reverse mode of xpde).
    compiles
        Whether ``jit`` compiles; elsewhere it returns its argument.
    devices
        Devices present now.
    precision
        Flags that change rounding; runs whose flags differ are not comparable.
    """

    version: str
    gradients: str
    compiles: bool
    devices: tuple[str, ...] = ("cpu",)
    precision: dict[str, bool | str] = field(default_factory=dict)


class Backend(ABC):
    """One array framework: its namespace, where new arrays go, and the verbs of the protocol.

    Subclasses must give ``name``, ``xp``, ``owns``, ``asarray``, ``to_numpy`` and
    ``capabilities``; every other verb has a default written in the standard alone.
    ``level`` is 0 for a framework and counts nested recordings for the tape.
    """

    name: ClassVar[str]
    level: int = 0

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        self.device = device or "cpu"
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"xpde.backend({self.name!r}, device={self.device!r}, dtype={self.dtype!r})"

    @classmethod
    def shared(cls) -> "Backend":
        """Return the one instance used for verbs on arrays that exist already."""
        if "_shared" not in cls.__dict__:
            cls._shared = cls()  # type: ignore[attr-defined]
        return cls._shared  # type: ignore[attr-defined]

    # -- placement ---------------------------------------------------------------------------

    @property
    @abstractmethod
    def xp(self) -> Any:
        """The array API namespace of the framework."""

    @classmethod
    @abstractmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is an array of this framework."""

    @abstractmethod
    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place host numbers (or an own array) on the device, cast once.

        Reals become ``self.dtype`` and complex numbers the complex type of the same precision;
        integers and booleans keep their kind (``int64``, ``bool``). ``dtype`` names another
        type; ``like`` takes precision and device from an array instead.
        """

    @abstractmethod
    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy, detached from any recording."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this backend can do, as it is configured now."""

    def is_concrete(self, x: Array) -> bool:
        """Tell whether an array has values now, and is no placeholder of a compiler."""
        return True

    def one_by_one(self, x: Array, *, brief: bool = False) -> bool:
        """Tell whether large members of a batch are faster one after the other (measured).

        ``brief`` says that a product and a transform are all that is done with each.
        """
        return False

    def in_parts(self, *arrays: Array) -> bool:
        """Tell whether work on these is faster in parts that fit a cache.

        So it is on a processor, without a compiler, and as long as nothing is recorded for a
        derivative, which keeps all parts anyway.
        """
        return False

    def synchronize(self, tree: Tree = None) -> None:  # noqa: B027
        """Wait until everything queued on the device (or the given arrays) is computed."""

    # -- transforms --------------------------------------------------------------------------

    def rfftn(self, u: Array, ndim: int) -> Array:
        """Real-to-complex transform over the last ``ndim`` axes, unscaled, half of the last axis.

        û(k) = Σ_n u(n) exp(-2πi k·n/N)
        """
        axes = tuple(range(-ndim, 0))
        return self.xp.fft.rfftn(u, s=u.shape[-ndim:], axes=axes)

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Complex-to-real inverse over the last ``len(shape)`` axes, scaled by 1/∏N.

        One meaning on every backend, Hermitian input or not: complex inverse over the outer axes,
        then complex-to-real over the last, which ignores the imaginary part of its k=0 entry and
        (for even N) of its Nyquist entry.
        """
        return fourier.irfftn(self.xp, u_hat, tuple(shape))

    def fftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex transform over negative ``axes``, unscaled."""
        return self.xp.fft.fftn(x, s=[x.shape[a] for a in axes], axes=tuple(axes))

    def ifftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex inverse transform over negative ``axes``, scaled by 1/∏N."""
        return self.xp.fft.ifftn(x, s=[x.shape[a] for a in axes], axes=tuple(axes))

    def by_products(self, x: Array, modes: Sequence[int], fields: int) -> bool:
        """Tell whether transforms of ``fields`` fields are faster as products (measured).

        ``modes`` are the numbers of modes kept of every axis; ``x`` says where and how precisely.
        """
        return False

    # -- compilation and loops ---------------------------------------------------------------

    def jit(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Compile a function of trees where the framework can; the function itself elsewhere."""
        return fn

    def scan(
        self,
        fn: Callable[[Tree, Tree], tuple[Tree, Tree]],
        init: Tree,
        xs: Tree = None,
        length: int | None = None,
    ) -> tuple[Tree, Tree]:
        """Loop ``carry, y = fn(carry, x)`` over the leading axis of ``xs``; stack the ``y``.

        With ``xs=None`` the function gets None ``length`` times. Returns (carry, ys).
        """
        return loops.scan(fn, init, xs, length, self.row_buffer)

    def row_buffer(self, row: Array, count: int) -> Array | None:
        """Return a writable array for ``count`` rows of an eager loop; None keeps them in a list.

        For frameworks whose arrays can be written; nothing but :meth:`scan` uses it.
        """
        return None

    def while_loop(
        self, condition: Callable[[Tree], Array], body: Callable[[Tree], Tree], init: Tree
    ) -> Tree:
        """Repeat ``state = body(state)`` while the boolean scalar ``condition(state)`` holds."""
        return loops.while_loop(condition, body, init)

    def vmap(self, fn: Callable[..., Tree], in_axes: Sequence[int | None]) -> Callable[..., Tree]:
        """Return ``fn`` mapped over the leading axis of some arguments: M calls as one.

        vmap(f, (0, None))(x, y)_m = f(x_m, y)

        ``in_axes`` has an entry for each argument, a tree: 0 if its leaves are (M, ...), None if
        every call gets all of it. The result is a tree of arrays (M, ...). It is for functions of
        parameters, such as an update of a training; functions of states have leading axes anyway.
        """
        return stacking.vmap(fn, in_axes)

    # -- derivatives -------------------------------------------------------------------------
    # Cotangents of a complex z = x + iy are dL/dx + i dL/dy (steepest ascent), on every backend.

    def value_and_grad(
        self, fn: Callable[..., Any], *, has_aux: bool = False
    ) -> Callable[..., tuple[Any, Tree]]:
        """Return a function giving ``(fn(tree, *rest), d fn / d tree)`` for a real scalar ``fn``.

        With ``has_aux``, ``fn`` returns ``(value, aux)`` and the result is
        ``((value, aux), gradient)``. Leaves that do not matter get zeros.
        """
        from xpde.core.tape import value_and_grad

        return value_and_grad(fn, has_aux=has_aux)

    def vjp(self, fn: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Callable[..., Any]]:
        """Return ``fn(*primals)`` and the pullback: cotangent of the output to those of inputs."""
        from xpde.core.tape import vjp

        return vjp(fn, *primals)

    def jvp(
        self, fn: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
    ) -> tuple[Tree, Tree]:
        """Return ``fn(*primals)`` and its directional derivative along ``tangents``."""
        from xpde.core.tape import jvp

        return jvp(fn, primals, tangents)

    def custom_vjp(
        self,
        fn: Callable[..., Tree],
        forward: Callable[..., tuple[Tree, Tree]],
        backward: Callable[[Tree, Tree], tuple[Tree, ...]],
    ) -> Callable[..., Tree]:
        """Return ``fn`` with its own reverse rule.

        ``forward(*args) -> (out, residuals)``; ``backward(residuals, cotangent)`` returns one
        cotangent tree per argument, or None for an argument without derivative, such as indices.
        """
        from xpde.core.tape import custom_vjp

        return custom_vjp(fn, forward, backward)

    def stop_gradient(self, tree: Tree) -> Tree:
        """Return the same values, constant to every derivative."""
        from xpde.core.tape import stop_gradient

        return stop_gradient(tree)

    def checkpoint(self, fn: Callable[..., Tree]) -> Callable[..., Tree]:
        """Return ``fn`` recomputed in the backward pass: only its inputs are kept.

        Values and derivatives of any order are those of ``fn`` (trees to trees) up to rounding, and
        it may stand in loops, programs and other checkpoints. Recorded arrays that it closes over
        have their gradient too, but on the tape then everything is kept; pass them as arguments.
        """
        from xpde.core.tape import checkpoint

        return checkpoint(fn)

    # -- networks and linear algebra ---------------------------------------------------------

    def activation(self, name: str) -> Callable[[Array], Array] | None:
        """Return the framework's own function for an activation of ``xpde.nn``, or None.

        For frameworks that compute entry by entry in calls of their own: one call in place of a
        formula of many. Value and derivative are those of the formula up to rounding.
        """
        return None

    def group_norm(
        self, x: Array, groups: int, weight: Array, bias: Array, eps: float
    ) -> Array | None:
        """Return the framework's own group normalization of (..., C, *N), or None.

        ``weight`` and ``bias`` are (C, 1, ...); what it computes is told by ``xpde.nn.GroupNorm``.
        """
        return None

    def affine(self, a: Array, x: Array, b: Array) -> Array:
        """Return ``a @ x + b``; ``b`` broadcasts to the shape of the product.

        For frameworks where a sum costs a pass through memory of its own.
        """
        return a @ x + b

    def convolve(self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1) -> Array:
        """Cross-correlate without padding, one to three dimensions.

        y[o, i] = Σ_c Σ_t w[o, c, t] x[c, stride·i + dilation·t]

        ``x`` is (..., C_in, *N), ``w`` is (C_out, C_in, *K), the result (..., C_out, *M) with
        M = ⌊(N - dilation (K-1) - 1)/stride⌋ + 1.
        """
        return convolution.convolve(self.xp, x, w, stride, dilation)

    def convolve_transpose(
        self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1
    ) -> Array:
        """Adjoint of :meth:`convolve` with the channel axes of ``w`` exchanged.

        y[o, stride·i + dilation·t] += Σ_c w[o, c, t] x[c, i], with size
        (M-1) stride + dilation (K-1) + 1 on every axis; ``w`` is (C_out, C_in, *K).
        """
        return convolution.convolve_transpose(self.xp, x, w, stride, dilation)

    def triangular_solve(self, a: Array, b: Array, *, lower: bool = True) -> Array:
        """Solve ``a x = b`` for triangular ``a`` (..., n, n) and ``b`` (..., n, m)."""
        return triangular.solve(self.xp, a, b, lower)

    def require(self, verb: str, alternative: str) -> None:
        """Raise :class:`MissingCapability` for a verb this backend cannot do."""
        raise MissingCapability(f"backend {self.name!r} has no {verb}; {alternative}")

    def precision(self, like: Array | None = None) -> str:
        """Name the real type of new arrays: ``self.dtype``, or the precision of ``like``."""
        return self.dtype if like is None else real_name(dtype_name(like))

    @property
    def complex_dtype(self) -> str:
        """Name of the complex type of the same precision as ``dtype``."""
        return complex_name(self.dtype)
