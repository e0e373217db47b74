"""JAX: compiled loops and native derivatives; trees of xpde are registered as its pytrees."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import is_complex, placed_dtype
from xpde.core.trees import Tree, is_registered, rebuild, registered_trees
from xpde.errors import BackendUnavailable

__all__ = ["JaxBackend"]


def _register(cls: type, children: tuple[str, ...], static: tuple[str, ...]) -> None:
    """Make a class of xpde a pytree, put together without its checks: leaves may be tracers."""

    def split(node: Any) -> tuple[list[tuple[Any, Any]], tuple[Any, ...]]:
        keys = [jax.tree_util.GetAttrKey(name) for name in children]
        data = [(key, getattr(node, key.name)) for key in keys]
        return data, tuple(getattr(node, name) for name in static)

    def join(meta: tuple[Any, ...], data: Any) -> Any:
        return rebuild(cls, children + static, (*data, *meta))

    jax.tree_util.register_pytree_with_keys(cls, split, join)


registered_trees(_register)


def _conjugate(tree: Tree) -> Tree:
    """Turn JAX's complex cotangent (dL/dx - i dL/dy) into the protocol's, or back."""
    return jax.tree.map(lambda g: jnp.conj(g) if is_complex(g) else g, tree)


class JaxBackend(Backend):
    """JAX arrays; asks for float64 are refused while 64-bit mode is off."""

    name = "jax"

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        if dtype == "float64" and not _64_bits():
            raise BackendUnavailable(
                "jax: expected 64-bit mode for dtype float64, got it switched off; "
                'run jax.config.update("jax_enable_x64", True) before making arrays'
            )
        platform, _, index = (device or jax.default_backend()).partition(":")
        try:
            self._device = jax.devices(platform)[int(index or 0)]
        except (RuntimeError, IndexError, ValueError) as error:
            raise BackendUnavailable(
                f"jax: expected one of {_devices()}, got device {device!r}"
            ) from error
        super().__init__(device or platform, dtype)

    @property
    def xp(self) -> Any:
        """``jax.numpy``, which follows the standard by itself."""
        return jnp

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is a JAX array or tracer."""
        return isinstance(x, jax.Array)

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place numbers in an array of this precision; see the protocol."""
        if not self.owns(x):
            x = np.asarray(x)
        name = placed_dtype(x, self.precision(like), dtype)
        if name == "int64" and not _64_bits():
            name = "int32"
        x = x.astype(name)
        if isinstance(x, jax.core.Tracer):
            return x
        if isinstance(like, jax.core.Tracer):
            return jnp.asarray(x)
        return jax.device_put(x, self._device if like is None else like.sharding)

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy."""
        return np.array(x)

    @property
    def capabilities(self) -> Capabilities:
        """Native gradients, compilation by XLA."""
        matmul = str(jax.config.jax_default_matmul_precision)  # type: ignore[attr-defined]
        reduced = self._device.platform != "cpu" and matmul not in ("highest", "float32")
        return Capabilities(
            version=jax.__version__,
            gradients="native",
            compiles=True,
            devices=_devices(),
            precision={"dtype": self.dtype, "reduced_precision": reduced},
        )

    def is_concrete(self, x: Array) -> bool:
        """Whether it is an array and no tracer."""
        return not isinstance(x, jax.core.Tracer)

    def one_by_one(self, x: Array, *, brief: bool = False) -> bool:
        """On a processor: a program keeps one large state in the cache, but not a batch."""
        return jax.default_backend() == "cpu"

    def synchronize(self, tree: Tree = None) -> None:
        """Wait for the given arrays, or for everything queued on the device."""
        jax.block_until_ready(tree if tree is not None else jax.device_put(0.0, self._device))

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Inverse real transform; jax has the protocol's meaning since 0.10."""
        return jnp.fft.irfftn(u_hat, s=tuple(shape), axes=tuple(range(-len(shape), 0)))

    def by_products(self, x: Array, modes: Sequence[int], fields: int) -> bool:
        """On a processor: XLA's transforms use one core and a tenth of what its products reach."""
        if jax.default_backend() != "cpu":
            return False
        if len(modes) == 1:
            return modes[0] <= (128 if fields <= 4 else 64)
        return max(modes) <= (41 if x.dtype in (jnp.float32, jnp.complex64) else 24)

    def jit(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Compile with XLA; the arrays of a callable tree become arguments of the program."""
        if not is_registered(fn):
            return _compiled(fn)
        program = _compiled(lambda tree, *args: tree(*args))
        return lambda *args: program(fn, *args)

    def scan(
        self,
        fn: Callable[[Tree, Tree], tuple[Tree, Tree]],
        init: Tree,
        xs: Tree = None,
        length: int | None = None,
    ) -> tuple[Tree, Tree]:
        """Compile the loop body once."""
        return jax.lax.scan(fn, init, xs, length=length)

    def while_loop(
        self, condition: Callable[[Tree], Array], body: Callable[[Tree], Tree], init: Tree
    ) -> Tree:
        """Loop on the device."""
        return jax.lax.while_loop(condition, body, init)

    def vmap(self, fn: Callable[..., Tree], in_axes: Sequence[int | None]) -> Callable[..., Tree]:
        """Batch natively: every operation is done once for all members."""
        return jax.vmap(fn, in_axes=tuple(in_axes))

    def value_and_grad(
        self, fn: Callable[..., Any], *, has_aux: bool = False
    ) -> Callable[..., tuple[Any, Tree]]:
        """Differentiate natively; complex cotangents in the protocol's convention."""
        inner = jax.value_and_grad(fn, has_aux=has_aux)

        def call(tree: Tree, *rest: Any) -> tuple[Any, Tree]:
            value, gradient = inner(tree, *rest)
            return value, _conjugate(gradient)

        return call

    def vjp(self, fn: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Callable[..., Any]]:
        """Pull back natively; complex cotangents in the protocol's convention."""
        out, pull = jax.vjp(fn, *primals)
        return out, lambda cotangent: _conjugate(pull(_conjugate(cotangent)))

    def jvp(
        self, fn: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
    ) -> tuple[Tree, Tree]:
        """Push forward natively."""
        return jax.jvp(fn, tuple(primals), tuple(tangents))

    def custom_vjp(
        self,
        fn: Callable[..., Tree],
        forward: Callable[..., tuple[Tree, Tree]],
        backward: Callable[[Tree, Tree], tuple[Tree, ...]],
    ) -> Callable[..., Tree]:
        """Attach a reverse rule."""
        wrapped = jax.custom_vjp(fn)
        wrapped.defvjp(forward, lambda res, g: _conjugate(backward(res, _conjugate(g))))
        return wrapped

    def stop_gradient(self, tree: Tree) -> Tree:
        """Cut natively."""
        return jax.lax.stop_gradient(tree)

    def checkpoint(self, fn: Callable[..., Tree]) -> Callable[..., Tree]:
        """Recompute in the backward pass.

        Barriers around it, in both directions: without them the compiler sums the contributions of
        several calls to one cotangent at the end, and keeps what all of them are computed from.
        """
        inner = jax.checkpoint(fn)

        def call(*args: Tree) -> Tree:
            if _PROGRAM.get() == "tuned":
                raise _NeedsBarriers
            return inner(*jax.lax.optimization_barrier(args))

        return call

    def affine(self, a: Array, x: Array, b: Array) -> Array:
        """Lay out a matrix before the product: YNNPACK is slower with a transposed one (measured).

        XLA would fold a transpose before it into the product.
        """
        if a.ndim == 2 and jax.default_backend() == "cpu":
            a = jax.lax.optimization_barrier(a)
        return a @ x + b

    def convolve(self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1) -> Array:
        """Convolve natively; in float64 or 3D on a CPU by patches, up to four times faster."""
        if _slow_natively(x, w.ndim - 2):
            return super().convolve(x, w, stride=stride, dilation=dilation)
        return _correlate(x, w, stride=stride, dilation=dilation)

    def convolve_transpose(
        self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1
    ) -> Array:
        """Convolve the spread input with the flipped kernel, natively where that is faster."""
        if _slow_natively(x, w.ndim - 2):
            return super().convolve_transpose(x, w, stride=stride, dilation=dilation)
        margin = tuple((dilation * (k - 1),) * 2 for k in w.shape[2:])
        flipped = jnp.flip(w, axis=tuple(range(2, w.ndim)))
        return _correlate(x, flipped, spread=stride, dilation=dilation, margin=margin)

    def triangular_solve(self, a: Array, b: Array, *, lower: bool = True) -> Array:
        """Substitute natively."""
        return jax.scipy.linalg.solve_triangular(a, b, lower=lower)


_OPTIONS = {"xla_cpu_experimental_ynn_fusion_type": "LIBRARY_FUSION_TYPE_DOT"}
"""YNNPACK for products alone: its convolutions take four times as long as Eigen's (measured)."""

_BARRIERS = (
    {"xla_disable_hlo_passes": "cse_barrier_expander,small-while-loop-hoisting"}
    if jax.__version_info__[:2] == (0, 10)
    else {}
)
"""Barriers stay, which are removed otherwise before equal expressions are merged.

The second pass hands small loops to a part of XLA that ends the process where it meets a barrier;
so names of passes are given only to the releases that they were tried with.
"""

_PROGRAM: ContextVar[str] = ContextVar("program", default="")
"""How the outermost program that is traced now will be compiled: ``tuned`` or with ``barriers``."""


class _NeedsBarriers(Exception):
    """A program turns out to have checkpoints while it is traced."""


class _Program:
    """A function compiled on a processor, with options of XLA where they are known and allowed.

    JAX refuses options inside of another program or derivative, which has its own. What has
    checkpoints is traced once more, to be compiled with barriers.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        self._plain = jax.jit(fn)
        self._kinds = {
            "tuned": jax.jit(fn, compiler_options=_OPTIONS),
            "barriers": jax.jit(fn, compiler_options=_OPTIONS | _BARRIERS),
        }
        self._kind = "tuned"

    def __call__(self, *args: Any) -> Any:
        return self._traced(self._run, args)

    def lower(self, *args: Any) -> Any:
        """Return the program before compilation, for a look at it."""
        return self._traced(lambda args: self._kinds[self._kind].lower(*args), args)

    def _traced(self, work: Callable[[tuple[Any, ...]], Any], args: tuple[Any, ...]) -> Any:
        if _PROGRAM.get():
            return work(args)
        token = _PROGRAM.set(self._kind)
        try:
            return work(args)
        except _NeedsBarriers:
            self._kind = "barriers"
            _PROGRAM.set(self._kind)
            return work(args)
        finally:
            _PROGRAM.reset(token)

    def _run(self, args: tuple[Any, ...]) -> Any:
        try:
            return self._kinds[self._kind](*args)
        except (ValueError, jax.errors.JaxRuntimeError) as error:
            if "compiler_options" not in str(error) and "compile option" not in str(error):
                raise
        return self._plain(*args)


def _compiled(fn: Callable[..., Any]) -> Callable[..., Any]:
    return _Program(fn) if jax.default_backend() == "cpu" else jax.jit(fn)


def _correlate(
    x: Array,
    w: Array,
    *,
    stride: int = 1,
    dilation: int = 1,
    spread: int = 1,
    margin: tuple[tuple[int, int], ...] | None = None,
) -> Array:
    """Cross-correlate (..., C_in, *N), spread and padded with zeros, with (C_out, C_in, *K)."""
    ndim = w.ndim - 2
    lead = x.shape[: -ndim - 1]
    convolution = _convolution(ndim, stride, dilation, spread, margin or ((0, 0),) * ndim)
    y = convolution(x.reshape(-1, *x.shape[-ndim - 1 :]), w)
    return y.reshape(*lead, *y.shape[1:])


@lru_cache(maxsize=256)
def _convolution(
    ndim: int, stride: int, dilation: int, spread: int, margin: tuple[tuple[int, int], ...]
) -> Callable[[Array, Array], Array]:
    """Return the convolution with these settings; on a processor, channels stand last inside.

    XLA gives a convolution of a loop's body to its library only if it is written that way;
    elsewhere it rewrites them itself, so that derivatives are left to it.
    """
    how: dict[str, Any] = {
        "window_strides": (stride,) * ndim,
        "padding": margin,
        "lhs_dilation": (spread,) * ndim,
        "rhs_dilation": (dilation,) * ndim,
    }
    plain = partial(jax.lax.conv_general_dilated, **how)
    if jax.default_backend() != "cpu":
        return plain
    space = "DHW"[-ndim:]
    layout = (f"N{space}C", f"{space}IO", f"N{space}C")

    @jax.custom_jvp
    def channels_last(x: Array, w: Array) -> Array:
        x, w = jnp.moveaxis(x, 1, -1), jnp.permute_dims(w, (*range(2, ndim + 2), 1, 0))
        return jnp.moveaxis(
            jax.lax.conv_general_dilated(x, w, dimension_numbers=layout, **how), -1, 1
        )

    channels_last.defjvp(lambda primals, tangents: jax.jvp(plain, primals, tangents))
    return channels_last


def _slow_natively(x: Array, ndim: int) -> bool:
    """Tell whether XLA has no fast convolution: in double precision or 3D on a CPU (measured)."""
    return (x.dtype == jnp.float64 or ndim == 3) and jax.default_backend() == "cpu"


def _64_bits() -> bool:
    return bool(jax.config.jax_enable_x64)  # type: ignore[attr-defined]


def _devices() -> tuple[str, ...]:
    found = [jax.default_backend()]
    return tuple(dict.fromkeys([*found, "cpu"]))
