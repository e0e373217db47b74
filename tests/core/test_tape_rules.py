"""Every rule of the table against finite differences, JAX and PyTorch."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of
from xpde.core.tape import RULES

EPS = np.finfo(np.float64).eps


@dataclass(frozen=True)
class Case:
    """A function of arrays of the given shapes; entries lie in (low, high), complex if asked."""

    rule: str
    call: Any
    shapes: tuple[tuple[int, ...], ...]
    low: float = -1.0
    high: float = 1.0
    complex: bool = False
    against: tuple[str, ...] = field(default=("jax", "torch"))

    def __str__(self) -> str:
        return f"{self.rule}{'-complex' if self.complex else ''}-{self.shapes}"

    def draw(self, seed: int) -> list[np.ndarray]:
        rng = np.random.default_rng(seed)
        made = [rng.uniform(self.low, self.high, shape) for shape in self.shapes]
        if self.complex:
            made = [a + 1j * rng.uniform(self.low, self.high, a.shape) for a in made]
        return made


def of(name, *rest, **how):
    """Call a function of the namespace of its first array."""

    def call(*xs):
        target = namespace_of(*xs)
        for part in name.split("."):
            target = getattr(target, part)
        return target(*xs, *rest, **how)

    return call


def verb(name, *rest, **how):
    return lambda *xs: getattr(backend_of(*xs), name)(*xs, *rest, **how)


UNARY = {
    "acos": (-0.9, 0.9), "acosh": (1.2, 3), "asin": (-0.9, 0.9), "asinh": (-2, 2), "atan": (-2, 2),
    "atanh": (-0.9, 0.9), "cos": (-2, 2), "cosh": (-2, 2), "exp": (-2, 2), "expm1": (-1, 1),
    "log": (0.3, 3), "log10": (0.3, 3), "log1p": (-0.5, 2), "log2": (0.3, 3), "sin": (-2, 2),
    "reciprocal": (0.5, 2), "sinh": (-2, 2), "sqrt": (0.3, 3), "square": (-2, 2), "tan": (-1, 1),
    "tanh": (-2, 2), "abs": (0.1, 2), "negative": (-1, 1), "positive": (-1, 1),
}  # fmt: skip
HOLOMORPHIC = ("cos", "exp", "sin", "sqrt", "square", "tanh", "abs", "negative", "log")
PAIR = ((3, 4), (4,))

CASES = [
    *(Case(n, of(n), ((3, 4),), *span) for n, span in UNARY.items()),
    *(Case(n, of(n), ((3, 4),), *UNARY[n], complex=True) for n in HOLOMORPHIC),
    *(
        Case(n, f, shapes, 0.5, 2.0, complex=c)
        for n, f in {
            "add": lambda a, b: a + b,
            "subtract": lambda a, b: a - b,
            "multiply": lambda a, b: a * b,
            "divide": lambda a, b: a / b,
        }.items()
        for shapes in (PAIR, ((4,), (3, 1)), ((2, 1, 4), (3, 1)))
        for c in (False, True)
    ),
    Case("pow", lambda a, b: a**b, PAIR, 0.5, 2.0),
    Case("pow", lambda a: a**3 + a**2 + 2.0**a, ((3, 4),), 0.5, 2.0),
    Case("add", lambda a: 1.0 - (2.0 + a) / 3.0 + 1.0 / a, ((3,),), 0.5, 2.0),
    Case("maximum", of("maximum"), PAIR),
    Case("minimum", of("minimum"), PAIR),
    Case("maximum", of("maximum"), ((3, 4), (1, 4))),
    Case("atan2", of("atan2"), PAIR, 0.3, 2.0),
    Case("clip", of("clip", -0.5, 0.5), ((20,),)),
    Case("clip", lambda a: namespace_of(a).clip(a, min=0.1), ((20,),)),
    Case("clip", lambda a: namespace_of(a).clip(a, max=0.1), ((20,),)),
    Case("where", lambda a, b: namespace_of(a, b).where(a > 0, a * a, b), PAIR),
    Case("where", lambda a: namespace_of(a).where(a > 0, a, 0.0), ((9,),)),
    Case("conj", of("conj"), ((3,),), complex=True),
    Case("real", of("real"), ((3,),), complex=True),
    Case("imag", of("imag"), ((3,),), complex=True),
    Case("astype", lambda a: namespace_of(a).astype(a, namespace_of(a).complex128) * 1j, ((3,),)),
    *(
        Case(n, of(n, **how), ((3, 4),), 0.5, 2.0)
        for n in ("sum", "mean", "max", "min", "prod", "var", "std")
        for how in ({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}, {"axis": -1})
    ),
    Case("sum", of("sum", axis=-1), ((3, 4),), complex=True),
    Case("cumulative_sum", of("cumulative_sum", axis=1), ((3, 4),)),
    Case("reshape", of("reshape", (2, 6)), ((3, 4),)),
    Case("permute_dims", of("permute_dims", (2, 0, 1)), ((2, 3, 4),)),
    Case("moveaxis", of("moveaxis", 0, -1), ((2, 3, 4),)),
    Case("matrix_transpose", of("matrix_transpose"), ((2, 3, 4),)),
    Case("expand_dims", of("expand_dims", axis=1), ((3, 4),)),
    Case("squeeze", of("squeeze", axis=1), ((3, 1, 4),)),
    Case("broadcast_to", of("broadcast_to", (2, 3, 4)), ((3, 1),)),
    Case("flip", of("flip", axis=-1), ((3, 4),)),
    Case("roll", of("roll", 2, axis=-1), ((3, 4),)),
    Case("roll", of("roll", (1, -1), axis=(0, 1)), ((3, 4),)),
    Case("tile", of("tile", (2, 1, 3)), ((3, 4),)),
    Case("concat", lambda a, b: namespace_of(a, b).concat([a, b, a], axis=0), ((2, 3), (4, 3))),
    Case("stack", lambda a, b: namespace_of(a, b).stack([a, b, a], axis=1), ((2, 3), (2, 3))),
    Case("unstack", lambda a: sum(s**2 for s in namespace_of(a).unstack(a, axis=1)), ((2, 3),)),
    Case("unstack", lambda a: namespace_of(a).unstack(a)[1] * 2.0, ((3, 2),)),
    Case("getitem", lambda a: a[..., 1:3] * a[:, :1], ((3, 4),)),
    Case("getitem", lambda a: a[1, None, ::2], ((3, 5),)),
    Case("clip", lambda a, b: namespace_of(a, b).clip(a, b, 2.0), ((20,), (20,))),
    Case("pow", lambda a: a**0 + a**1, ((3,),)),
    Case("put", lambda a: a[1:, ...], ((3, 4),)),
    Case(
        "take",
        lambda a: namespace_of(a).take(a, backend_of(a).asarray(np.array([2, 0, 2])), axis=1),
        ((3, 4),),
    ),
    *(Case("matmul", lambda a, b: a @ b, s, complex=c) for c in (False, True) for s in (
        ((3, 4), (4, 2)), ((2, 3, 4), (4, 2)), ((3, 4), (2, 4, 2)), ((3, 4), (4,)), ((4,), (4, 2)),
    )),
    Case("tensordot", of("tensordot", axes=1), ((2, 3), (3, 4))),
    Case("tensordot", of("tensordot", axes=2), ((2, 3, 4), (3, 4, 2)), complex=True),
    Case("vecdot", of("vecdot"), ((3, 4), (3, 4)), complex=True),
    Case("linalg.vector_norm", of("linalg.vector_norm", axis=-1), ((3, 4),)),
    Case("linalg.solve", lambda a, b: namespace_of(a, b).linalg.solve(
        a + backend_of(a).asarray(4 * np.eye(3)), b), ((3, 3), (3, 2))),
    *(Case("triangular_solve", lambda a, b, lower=lower: backend_of(a, b).triangular_solve(
        a + backend_of(a).asarray(4 * np.eye(3)), b, lower=lower), ((3, 3), (3, 2)), against=())
      for lower in (True, False)),
    *(Case("rfftn", verb("rfftn", len(s) - 1), (s,))
      for s in ((2, 8), (2, 7), (1, 4, 6), (1, 5, 3))),
    *(Case("irfftn", verb("irfftn", n), ((1, *n[:-1], n[-1] // 2 + 1),), complex=True)
      for n in ((8,), (7,), (4, 6), (5, 3), (3, 2, 4))),
    Case("fftn", verb("fftn", (-2, -1)), ((2, 3, 4),), complex=True),
    Case("ifftn", verb("ifftn", (-2,)), ((2, 3, 4),), complex=True),
    Case("fftn", lambda z: namespace_of(z).fft.fft(z), ((2, 5),), complex=True),
    Case("rfftn", lambda u: namespace_of(u).fft.rfftn(u, s=(4, 5), axes=(-2, -1)), ((4, 5),)),
    Case("irfftn", lambda z: namespace_of(z).fft.irfft(z, n=7), ((2, 4),), complex=True),
    *(
        Case(f"convolve{t}", verb(f"convolve{t}", stride=s, dilation=d), shapes)
        for t in ("", "_transpose")
        for s, d in ((1, 1), (2, 1), (1, 2))
        for shapes in (((2, 3, 8), (4, 3, 3)), ((1, 2, 6, 7), (3, 2, 3, 2)))
    ),
    *(Case(f"convolve{t}", verb(f"convolve{t}"), ((2, 3, 8), (4, 3, 3)), complex=True)
      for t in ("", "_transpose")),
]  # fmt: skip


def scalar(call, weights):
    """Σ Re(conj(w) out), which sees real and imaginary parts."""

    def loss(xs):
        out = call(*xs)
        xp = namespace_of(out)
        if "complex" in str(out.dtype):
            return xp.sum(xp.real(out) * weights[0]) + xp.sum(xp.imag(out) * weights[1])
        return xp.sum(out * weights[0])

    return loss


def gradient(bk, case, seed=0):
    xs = [bk.asarray(x) for x in case.draw(seed)]
    out = bk.to_numpy(case.call(*xs))
    rng = np.random.default_rng(11)
    weights = [bk.asarray(rng.standard_normal(out.shape)) for _ in range(2)]
    loss = scalar(case.call, weights)
    value, found = bk.value_and_grad(loss)(xs)
    return loss, xs, float(value), [bk.to_numpy(g) for g in found]


@pytest.fixture(scope="module", params=["numpy", "strict"])
def taped(request, backends):
    return backends[request.param]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_finite_differences(taped, case):
    """⟨∇L, v⟩ is the central difference along v, for real and imaginary directions."""
    loss, xs, value, found = gradient(taped, case)
    assert value == pytest.approx(float(loss(xs)), rel=1e-13)
    h, rng = 1e-6, np.random.default_rng(3)
    for i, x in enumerate(case.draw(0)):
        for unit in (1, 1j) if case.complex else (1,):
            v = rng.standard_normal(x.shape) * unit
            moved = [[*xs[:i], taped.asarray(x + s * h * v), *xs[i + 1 :]] for s in (1, -1)]
            slope = (float(loss(moved[0])) - float(loss(moved[1]))) / (2 * h)
            exact = np.sum(np.real(np.conj(found[i]) * v))
            # eps/h of rounding on values of size up to a hundred, h² of curvature
            assert abs(slope - exact) < 1e-7 * max(1.0, abs(exact), abs(value))


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_against_the_frameworks(backends, relative, case, name):
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    if name not in case.against:
        pytest.skip("the framework has another rule for entries that are not read")
    *_, ours = gradient(backends["numpy"], case)
    *_, theirs = gradient(backends[name], case)
    for a, b in zip(ours, theirs, strict=True):
        assert relative(a, b) < 1000 * EPS  # sums of at most a hundred terms, rounded differently


def test_every_rule_has_a_case():
    assert set(RULES) == {case.rule for case in CASES}


@pytest.mark.parametrize("kind", ["float32", "complex64"])
def test_precision_is_kept(backends, kind):
    bk = backends["numpy"]
    for case in CASES:
        if case.complex != (kind == "complex64") or case.rule == "astype":
            continue
        xs = [bk.asarray(x, dtype=kind) for x in case.draw(0)]
        if case.rule in ("linalg.solve", "triangular_solve"):
            continue  # these cases add a double-precision identity
        loss = scalar(case.call, [1.0, 1.0])
        value, found = bk.value_and_grad(loss)(xs)
        assert value.dtype == np.float32, case
        assert all(g.dtype == kind for g in found), case
