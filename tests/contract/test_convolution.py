"""Convolution against its sum, its adjoint, and triangular solves against the product."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

EPS = np.finfo(np.float64).eps


def slow_convolve(x, w, stride, dilation):
    ndim = w.ndim - 2
    size = tuple(
        (n - dilation * (k - 1) - 1) // stride + 1
        for n, k in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    y = np.zeros((x.shape[0], w.shape[0], *size))
    for i in product(*map(range, size)):
        for t in product(*map(range, w.shape[2:])):
            at = tuple(stride * i[a] + dilation * t[a] for a in range(ndim))
            y[(slice(None), slice(None), *i)] += (
                x[(slice(None), slice(None), *at)] @ w[(slice(None), slice(None), *t)].T
            )
    return y


cases = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        "dims": st.integers(1, 3),
        "kernel": st.integers(1, 3),
        "stride": st.integers(1, 2),
        "dilation": st.integers(1, 2),
        "extra": st.integers(0, 2),
    }
)


def draw(case):
    rng = np.random.default_rng(case["seed"])
    n = case["dilation"] * (case["kernel"] - 1) + 1 + case["extra"]
    x = rng.standard_normal((2, 3, *[n + a for a in range(case["dims"])]))
    w = rng.standard_normal((4, 3, *[case["kernel"]] * case["dims"]))
    return rng, x, w, {"stride": case["stride"], "dilation": case["dilation"]}


@given(case=cases)
def test_convolve_is_the_sum(bk, relative, case):
    _, x, w, how = draw(case)
    found = bk.to_numpy(bk.convolve(bk.asarray(x), bk.asarray(w), **how))
    # 3 · 27 products are summed in any order
    assert relative(found, slow_convolve(x, w, **how)) < 100 * EPS


@given(case=cases)
def test_transpose_is_the_adjoint(bk, case):
    """⟨K x, y⟩ = ⟨x, Kᵀ y⟩, on the inputs that K reaches."""
    rng, x, w, how = draw(case)
    y = rng.standard_normal(slow_convolve(x, w, **how).shape)
    kx = bk.to_numpy(bk.convolve(bk.asarray(x), bk.asarray(w), **how))
    swapped = bk.asarray(np.swapaxes(w, 0, 1).copy())
    ky = bk.to_numpy(bk.convolve_transpose(bk.asarray(y), swapped, **how))
    reached = x[(..., *[slice(0, n) for n in ky.shape[2:]])]
    left, right = np.sum(kx * y), np.sum(reached * ky)
    scale = np.sqrt(np.sum(kx**2) * np.sum(y**2)) + 1
    assert abs(left - right) < 100 * EPS * scale


def test_any_leading_axes(bk, relative):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 3, 2, 9)), rng.standard_normal((5, 2, 3))
    found = bk.to_numpy(bk.convolve(bk.asarray(x), bk.asarray(w)))
    assert found.shape == (2, 3, 5, 7)
    one = bk.to_numpy(bk.convolve(bk.asarray(x[1, 2]), bk.asarray(w)))
    assert relative(one, found[1, 2]) < 20 * EPS


@pytest.mark.parametrize("n", [5, 21])
@pytest.mark.parametrize("lower", [True, False])
def test_triangular_solve(bk, relative, lower, n):
    """The solution, of few rows and of more than are solved one by one, in a batch."""
    rng = np.random.default_rng(3)
    a = rng.standard_normal((2, n, n)) + n * np.eye(n)
    t = np.tril(a) if lower else np.triu(a)
    x = rng.standard_normal((2, n, 3))
    found = bk.triangular_solve(bk.asarray(t), bk.asarray(t @ x), lower=lower)
    # condition number of a diagonally heavy triangle is below ten
    assert relative(bk.to_numpy(found), x) < 100 * EPS
