"""The recording namespace and the recording backend."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np

from xpde.core.backend import Array, Backend, Capabilities
from xpde.core.dtypes import is_complex
from xpde.core.registry import backend_of
from xpde.core.tape.rules import CONSTANT, RULES
from xpde.core.tape.traced import Traced, record, unwrap
from xpde.errors import MissingCapability

__all__ = ["TapeBackend", "TapeNamespace"]

_LEVELS = count(1)
_FFT = {"fft": "fftn", "ifft": "ifftn", "fftn": "fftn", "ifftn": "ifftn"}


class TapeNamespace:
    """The standard namespace of a framework, with every function recording."""

    def __init__(self, base: Any, prefix: str = "") -> None:
        self._base = base
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._base, name)
        full = self._prefix + name
        short = name if self._prefix == "linalg." and full not in RULES else full
        if full in ("fft", "linalg"):
            made: Any = TapeNamespace(found, f"{full}.")
        elif self._prefix == "fft." and name in {*_FFT, "rfft", "irfft", "rfftn", "irfftn"}:
            made = _transform(name)
        elif short in RULES:
            made = _recorded(short, found)
        elif name in CONSTANT or not callable(found) or isinstance(found, type):
            made = _on_values(name, found) if name in CONSTANT else found
        else:
            made = _unknown(full, found)
        setattr(self, name, made)
        return made


def _flat(args: Any) -> list[Any]:
    return [x for arg in args for x in (arg if isinstance(arg, (list, tuple)) else (arg,))]


def _recorded(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(type(x) is Traced for x in _flat(args)):
            return record(name, args, kwargs)
        return plain(*args, **kwargs)

    return call


def _on_values(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        slope = name == "sign" and is_complex(args[0])  # z / |z| is not piecewise constant
        filled = name == "full_like" and type([*args[1:], *kwargs.values(), None][0]) is Traced
        if (slope and type(args[0]) is Traced) or filled:
            raise MissingCapability(
                f"the tape has no derivative of {name}() in this argument; write z / abs(z) for "
                "the sign of a complex number, and a * ones_like(x) for a fill"
            )
        return plain(*[unwrap(a) for a in args], **{k: unwrap(v) for k, v in kwargs.items()})

    return call


def _unknown(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if any(type(x) is Traced for x in _flat([*args, *kwargs.values()])):
            record(name, args, kwargs)  # raises, naming what there is
        return plain(*args, **kwargs)

    return call


def _transform(name: str) -> Callable[..., Any]:
    """Functions of ``xp.fft`` as verbs; sizes that pad or cut are refused."""

    def call(x: Any, **how: Any) -> Any:
        axes = how.pop("axes", None) or (how.pop("axis", -1),)
        sizes = how.pop("s", None) or (how.pop("n", None) or _size(name, x, axes),)
        axes, sizes = tuple(a - x.ndim if a >= 0 else a for a in axes), tuple(sizes)
        trailing = axes == tuple(range(-len(axes), 0))
        expected = tuple(x.shape[a] for a in axes)
        if name.startswith("i"):
            half = name.startswith("ir")
            fits = sizes[:-1] == expected[:-1] and (
                sizes[-1] // 2 + 1 == expected[-1] if half else sizes == expected
            )
        else:
            fits = sizes == expected
        if how.get("norm", "backward") != "backward" or not fits:
            raise MissingCapability(
                f"the tape has no derivative of fft.{name}() with padding, cutting or another "
                "norm; expected sizes equal to the shape: pad and scale around it"
            )
        if name in _FFT:
            return getattr(backend_of(x), _FFT[name])(x, axes)
        if not trailing:
            raise MissingCapability(f"fft.{name}: expected the last axes in order, got {axes}")
        verbs = backend_of(x)
        return verbs.irfftn(x, sizes) if name[0] == "i" else verbs.rfftn(x, len(axes))

    return call


def _size(name: str, x: Any, axes: Any) -> int:
    size = int(x.shape[axes[0]])
    return 2 * (size - 1) if name == "irfft" else size


class TapeBackend(Backend):
    """One recording over a framework; later recordings have a higher level."""

    def __init__(self, base: Backend) -> None:
        super().__init__(base.device, base.dtype)
        self.base = base
        self.level = next(_LEVELS)
        self.name = base.name  # type: ignore[misc]
        self._xp = TapeNamespace(base.xp)

    def inside(self, items: list[Any]) -> Backend:
        """Return the backend of the values that an operation of this recording works on."""
        outer = [x.__xpde_backend__ for x in items if type(x) is Traced]
        return max(outer, key=lambda b: b.level) if outer else self.base

    @property
    def xp(self) -> Any:
        """The recording namespace."""
        return self._xp

    @classmethod
    def owns(cls, x: Any) -> bool:
        """Tell whether ``x`` is under recording."""
        return type(x) is Traced

    def asarray(self, x: Any, *, dtype: str | None = None, like: Array | None = None) -> Array:
        """Place constants; a traced array is cast under recording."""
        if type(x) is not Traced:
            return self.base.asarray(x, dtype=dtype, like=unwrap(like))
        target = self.base.asarray(unwrap(x), dtype=dtype, like=unwrap(like)).dtype
        return x if target == x.dtype else record("astype", (x, target))

    def to_numpy(self, x: Array) -> np.ndarray:
        """Return a host copy, detached."""
        return self.base.to_numpy(unwrap(x))

    @property
    def capabilities(self) -> Capabilities:
        """What the framework can do."""
        return self.base.capabilities

    def rfftn(self, u: Array, ndim: int) -> Array:
        """Recorded real transform."""
        return record("rfftn", (u, ndim))

    def irfftn(self, u_hat: Array, shape: Sequence[int]) -> Array:
        """Recorded inverse real transform."""
        return record("irfftn", (u_hat, tuple(shape)))

    def fftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Recorded complex transform."""
        return record("fftn", (x, tuple(axes)))

    def ifftn(self, x: Array, axes: Sequence[int]) -> Array:
        """Recorded inverse complex transform."""
        return record("ifftn", (x, tuple(axes)))

    def convolve(self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1) -> Array:
        """Recorded convolution."""
        return record("convolve", (x, w), {"stride": stride, "dilation": dilation})

    def convolve_transpose(
        self, x: Array, w: Array, *, stride: int = 1, dilation: int = 1
    ) -> Array:
        """Recorded transposed convolution."""
        return record("convolve_transpose", (x, w), {"stride": stride, "dilation": dilation})

    def triangular_solve(self, a: Array, b: Array, *, lower: bool = True) -> Array:
        """Recorded substitution."""
        return record("triangular_solve", (a, b), {"lower": lower})
