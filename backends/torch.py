"""PyTorch: eager verbs, native derivatives by autograd."""

from collections.abc import Callable, Sequence
from math import pi, sqrt
from typing import Any

import array_api_compat.torch as xp_torch
import numpy as np
import torch
import torch.utils.checkpoint
from xpde_backends.torch_autograd import (
    Again,
    detach,
    fresh,
    is_nested,
    moves,
    own,
    recorded,
    recording,
    rule_of,
)

from xpde.core import convolution, fourier
from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import dtype_name, placed_dtype
from xpde.core.trees import Tree, flatten, leaves, per_leaf, tree_map, unflatten
from xpde.errors import BackendUnavailable

__all__ = ["TorchBackend"]

_FUNCTIONAL = torch.nn.functional
_CONVOLVE = (_FUNCTIONAL.conv1d, _FUNCTIONAL.conv2d, _FUNCTIONAL.conv3d)
_TRANSPOSE = (
    _FUNCTIONAL.conv_transpose1d,
    _FUNCTIONAL.conv_transpose2d,
    _FUNCTIONAL.conv_transpose3d,
)


def _gelu(x: Array) -> Array:
    """Gelu in its tanh form as x sigmoid(2y): PyTorch's own tanh on a processor is slow (measured).

    The native kernel where a derivative is recorded, and on a GPU, where it is one pass.
    """
    if x.device.type != "cpu" or (x.requires_grad and torch.is_grad_enabled()):
        return _FUNCTIONAL.gelu(x, approximate="tanh")
    y = x * x
    torch.addcmul(x, x, y, value=0.044715, out=y)
    return y.mul_(2 * sqrt(2 / pi)).sigmoid_().mul_(x)


_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": _FUNCTIONAL.relu,
    "sigmoid": torch.sigmoid,
    "swish": _FUNCTIONAL.silu,
    "gelu": _gelu,
}


class TorchBackend(Backend):
    """PyTorch tensors; complex cotangents have the protocol's convention by nature."""

    name = "torch"

    def __init__(self, device: str | None = None, dtype: str = "float32") -> None:
        try:
            self._device = torch.device(device or "cpu")
            torch.empty(0, device=self._device)
        except (RuntimeError, AssertionError) as error:
            raise BackendUnavailable(
                f"torch: expected one of {_devices()}, got device {device!r}"
            ) from error
        super().__init__(str(self._device), dtype)

    @property
    def xp(self) -> Any:
        """The namespace of array-api-compat for PyTorch."""
        return xp_torch

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is a tensor."""
        return isinstance(x, torch.Tensor)

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place numbers in a tensor of this precision; see the protocol."""
        device = self._device if like is None else like.device
        if not self.owns(x):
            x = np.asarray(x)
            x = torch.from_numpy(x.astype(placed_dtype(x, self.precision(like), dtype)))
            return x.to(device)
        host = np.empty(0, dtype_name(x))
        return x.to(device, getattr(torch, placed_dtype(host, self.precision(like), dtype)))

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy, detached."""
        return np.array(x.detach().resolve_conj().cpu().numpy())

    @property
    def capabilities(self) -> Capabilities:
        """Native gradients, eager."""
        cuda = self._device.type == "cuda"
        reduced = cuda and (
            torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32
        )
        return Capabilities(
            version=torch.__version__,
            gradients="native",
            compiles=False,
            devices=_devices(),
            precision={"dtype": self.dtype, "reduced_precision": bool(reduced)},
        )

    def synchronize(self, tree: Tree = None) -> None:
        """Wait for the CUDA stream; a CPU is never behind."""
        if any(leaf.device.type == "cuda" for leaf in leaves(tree)) or self._device.type == "cuda":
            torch.cuda.synchronize()

    def one_by_one(self, x: Array, *, brief: bool = False) -> bool:
        """On a CPU, brief work only: the threads want large arrays, but copies cost more there."""
        return brief and x.device.type == "cpu"

    def in_parts(self, *arrays: Array) -> bool:
        """On a CPU, and where no graph is recorded."""
        recorded = torch.is_grad_enabled() and any(x.requires_grad for x in arrays)
        return not recorded and all(x.device.type == "cpu" for x in arrays)

    def row_buffer(self, row: Array, count: int) -> Array | None:
        """Rows of a loop are written where they stay, unless they carry a graph.

        On a processor the memory is NumPy's, which asks for huge pages: a large trajectory is
        written five times faster than into PyTorch's own (measured).
        """
        if not isinstance(row, torch.Tensor) or row.requires_grad:
            return None
        if row.device.type == "cpu" and hasattr(np, dtype_name(row)):
            return torch.from_numpy(np.empty((count, *row.shape), dtype_name(row)))
        return torch.empty((count, *row.shape), dtype=row.dtype, device=row.device)

    def rfftn(self, u: Array, ndim: int) -> Array:
        """Real transform, native."""
        return torch.fft.rfftn(u, dim=tuple(range(-ndim, 0)))

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Inverse real transform; on CUDA both self-conjugate planes are made Hermitian first."""
        shape = tuple(shape)
        axes = tuple(range(-len(shape), 0))
        if u_hat.device.type != "cpu":
            u_hat = fourier.hermitian_planes(xp_torch, u_hat, shape)
        elif len(shape) == 3:  # in order for the last axis: half as long again without (measured)
            return torch.fft.irfft(torch.fft.ifftn(u_hat, dim=axes[:-1]).contiguous(), shape[-1])
        return torch.fft.irfftn(u_hat, s=shape, dim=axes)

    def fftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex transform, native."""
        return torch.fft.fftn(x, dim=tuple(axes))

    def ifftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Complex inverse transform, native."""
        return torch.fft.ifftn(x, dim=tuple(axes))

    def value_and_grad(
        self, fn: Callable[..., Any], *, has_aux: bool = False
    ) -> Callable[..., tuple[Any, Tree]]:
        """Differentiate by autograd; nested calls keep the outer graph."""

        def call(tree: Tree, *rest: Any) -> tuple[Any, Tree]:
            flat, structure = flatten(tree)
            nested = is_nested(flat)
            inputs = [own(leaf) for leaf in flat]
            with recording():
                out = fn(unflatten(structure, inputs), *rest)
            value = out[0] if has_aux else out
            if not value.requires_grad:  # it depends on none of the inputs
                return out, tree_map(torch.zeros_like, tree)
            grads = torch.autograd.grad(value, inputs, create_graph=nested, materialize_grads=True)
            if not nested:
                out = tree_map(detach, out)
            return out, unflatten(structure, list(grads))

        return call

    def vjp(self, fn: Callable[..., Tree], *primals: Tree) -> tuple[Tree, Callable[..., Any]]:
        """Pull back by autograd; the pullback may be called again."""
        flat, structure = flatten(primals)
        nested = is_nested(flat)
        inputs = [own(leaf) for leaf in flat]
        with recording():
            out = fn(*unflatten(structure, inputs))
        outputs, shape = flatten(out)

        def pull(cotangent: Tree) -> Any:
            seeds = leaves(cotangent)
            pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
            if not pairs:
                return unflatten(structure, [torch.zeros_like(leaf) for leaf in inputs])
            grads = torch.autograd.grad(
                [o for o, _ in pairs],
                inputs,
                [s for _, s in pairs],
                retain_graph=True,
                create_graph=nested,
                materialize_grads=True,
            )
            return unflatten(structure, list(grads))

        shown = outputs if nested else [detach(o) for o in outputs]
        return unflatten(shape, shown), pull

    def jvp(
        self, fn: Callable[..., Tree], primals: Sequence[Tree], tangents: Sequence[Tree]
    ) -> tuple[Tree, Tree]:
        """Push forward by the double-reverse identity: J v is the derivative of Jᵀw along w."""
        directions = leaves(tuple(tangents))
        nested = is_nested([*leaves(tuple(primals)), *directions])
        primals = tree_map(own, tuple(primals))
        with torch.enable_grad():
            out, pull = self.vjp(fn, *primals)
            seed = tree_map(lambda o: fresh(torch.zeros_like(o)), out)
            pulled = leaves(pull(seed))
        shown = out if nested else tree_map(detach, out)
        moving = [(p, t) for p, t in zip(pulled, directions, strict=True) if p.requires_grad]
        seeds, shape = flatten(seed)
        if not moving:
            return shown, unflatten(shape, [torch.zeros_like(s) for s in seeds])
        pushed = torch.autograd.grad(
            [p for p, _ in moving],
            seeds,
            [t for _, t in moving],
            create_graph=nested,
            materialize_grads=True,
        )
        return shown, unflatten(shape, list(pushed))

    def custom_vjp(
        self,
        fn: Callable[..., Tree],
        forward: Callable[..., tuple[Tree, Tree]],
        backward: Callable[[Tree, Tree], tuple[Tree, ...]],
    ) -> Callable[..., Tree]:
        """Attach a reverse rule through ``torch.autograd.Function``."""

        def call(*args: Tree) -> Tree:
            flat, structure = flatten(args)
            if not any(getattr(leaf, "requires_grad", False) for leaf in flat):
                return fn(*args)
            shapes: list[Any] = []

            def complete(residuals: Tree, cotangent: Tree) -> list[Any]:
                return per_leaf(args, backward(residuals, cotangent))

            outputs = rule_of(forward, complete, structure, shapes).apply(*flat)
            return unflatten(shapes[0], list(outputs))

        return call

    def stop_gradient(self, tree: Tree) -> Tree:
        """Detach."""
        return tree_map(detach, tree)

    def checkpoint(self, fn: Callable[..., Tree]) -> Callable[..., Tree]:
        """Recompute in the backward pass, by a rule that releases what it made at once.

        What is held by a function that closes over a recorded tensor is left to PyTorch's own
        checkpoint, which finds it, but keeps a tenth to a third more of the heap (measured).
        """

        def call(*args: Tree) -> Tree:
            flat, structure = flatten(args)
            if not is_nested(flat):
                return torch.utils.checkpoint.checkpoint(fn, *args, use_reentrant=False)
            outputs, shape = flatten(fn(*tree_map(detach, args)))
            if any(moves(o) for o in outputs):
                again = recorded(fn)
                return torch.utils.checkpoint.checkpoint(again, *args, use_reentrant=False)
            return unflatten(shape, list(Again.apply(fn, structure, outputs, *flat)))

        return call

    def activation(self, name: str) -> Callable[[Array], Array] | None:
        """Fused kernels, forward and backward: gelu is one of them instead of nine."""
        return _ACTIVATIONS.get(name)

    def group_norm(
        self, x: Array, groups: int, weight: Array, bias: Array, eps: float
    ) -> Array | None:
        """One kernel forward and one backward; of a single value there is none."""
        shape = x.shape[-weight.ndim :]
        if weight.ndim > x.ndim or weight.numel() != shape[0] or np.prod(shape) <= groups:
            return None
        flat = x.reshape(-1, *shape)
        y = _FUNCTIONAL.group_norm(flat, groups, weight.reshape(-1), bias.reshape(-1), eps)
        return y.reshape(x.shape)

    def affine(self, a: Array, x: Array, b: Array) -> Array:
        """Add within the product."""
        if a.ndim == x.ndim == 3:
            return torch.baddbmm(b, a, x)
        return torch.addmm(b, a, x) if a.ndim == x.ndim == 2 else super().affine(a, x, b)

    def convolve(self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1) -> Array:
        """Convolve natively; in 1D on a CPU by patches, a third faster forward and backward."""
        ndim = w.ndim - 2
        lead = x.shape[: -ndim - 1]
        flat = x.reshape(-1, *x.shape[-ndim - 1 :])
        if ndim == 1 and x.device.type == "cpu":
            rows = convolution.patches(xp_torch, flat, w.shape[2:], stride, dilation)
            matrix = w.transpose(1, 2).reshape(w.shape[0], -1)
            y = torch.bmm(matrix.expand(rows.shape[0], -1, -1), rows)
            return y.reshape(*lead, *y.shape[1:])
        y = _CONVOLVE[ndim - 1](flat, w, stride=stride, dilation=dilation)
        return y.reshape(*lead, *y.shape[1:])

    def convolve_transpose(
        self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1
    ) -> Array:
        """Transposed convolution, native (its weight layout has the input channel first)."""
        ndim = w.ndim - 2
        lead = x.shape[: -ndim - 1]
        flat = x.reshape(-1, *x.shape[-ndim - 1 :])
        y = _TRANSPOSE[ndim - 1](flat, w.swapaxes(0, 1), stride=stride, dilation=dilation)
        return y.reshape(*lead, *y.shape[1:])

    def triangular_solve(self, a: Array, b: Array, *, lower: bool = True) -> Array:
        """Substitute natively."""
        return torch.linalg.solve_triangular(a, b, upper=not lower)


def _devices() -> tuple[str, ...]:
    return ("cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())))
