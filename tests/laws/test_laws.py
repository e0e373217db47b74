"""Laws that every public map of arrays obeys, on every backend."""

import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES

EPS = np.finfo(np.float64).eps
cases = pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)


@cases
def test_batch(bk, relative, case):
    """f(stack(xs)) = stack(f(x)), over one and two leading axes."""
    fn = case.make(bk)
    xs = [case.sample(seed) for seed in range(4)]
    single = np.stack([bk.to_numpy(fn(bk.asarray(x))) for x in xs])
    stacked = bk.to_numpy(fn(bk.asarray(np.stack(xs))))
    # the same operations, in blocks of another size
    assert relative(stacked, single) < 100 * EPS
    square = bk.to_numpy(fn(bk.asarray(np.reshape(np.stack(xs), (2, 2, *case.shape)))))
    assert relative(np.reshape(square, stacked.shape), single) < 100 * EPS


@cases
def test_dtype(backends, case):
    """float32 in, float32 out; nothing is promoted on the way."""
    for name in backends:
        bk = xpde.backend(name, dtype="float32")
        out = case.make(bk)(bk.asarray(case.sample(0)))
        assert str(out.dtype).rsplit(".", 1)[-1] in ("float32", "complex64"), name


@cases
def test_jit(backends, relative, case):
    """Compiled and plain agree; JAX sees no host value inside."""
    for bk in backends.values():
        if not bk.capabilities.compiles:
            continue
        fn, u = case.make(bk), bk.asarray(case.sample(0))
        plain, compiled = bk.to_numpy(fn(u)), bk.to_numpy(bk.jit(fn)(u))
        assert relative(compiled, plain) < 1000 * EPS  # fused operations round differently


@cases
def test_purity(bk, case):
    """The input is not touched and a second call gives the same bits."""
    fn, u = case.make(bk), bk.asarray(case.sample(0))
    before = bk.to_numpy(u)
    first, second = bk.to_numpy(fn(u)), bk.to_numpy(fn(u))
    assert np.array_equal(bk.to_numpy(u), before)
    assert np.array_equal(first, second)


@cases
def test_gradient(bk, case):
    """⟨∇f, v⟩ is the central difference of f along v, for f = Σ w Re(out)."""
    fn, rng = case.make(bk), np.random.default_rng(5)
    u, v = case.sample(1), case.sample(2)
    weights = bk.asarray(rng.standard_normal(bk.to_numpy(fn(bk.asarray(u))).shape))

    def scalar(x):
        out = fn(x)
        xp = namespace_of(out)
        real = xp.real(out) if "complex" in str(out.dtype) else out
        return xp.sum(weights * real)

    _, gradient = bk.value_and_grad(scalar)(bk.asarray(u))
    slope = np.sum(np.real(np.conj(bk.to_numpy(gradient)) * v))
    h = 1e-5
    ahead, behind = (float(scalar(bk.asarray(u + s * h * v))) for s in (1, -1))
    difference = (ahead - behind) / (2 * h)
    # central differences: h² of curvature plus eps/h of rounding
    assert abs(slope - difference) < 1e-6 * max(1.0, abs(difference))
