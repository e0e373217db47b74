"""rfftn and irfftn have one meaning on every backend, Hermitian input or not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import fourier

EPS = np.finfo(np.float64).eps


def reference_irfftn(u_hat, shape):
    """The definition: complex inverse over the outer axes, then c2r over the last."""
    outer = tuple(range(-len(shape), -1))
    z = np.fft.ifftn(u_hat, axes=outer) if outer else u_hat
    return np.fft.irfft(z, n=shape[-1], axis=-1)


def spectrum(seed, shape, lead=(2,)):
    rng = np.random.default_rng(seed)
    size = (*lead, *shape[:-1], shape[-1] // 2 + 1)
    return rng.standard_normal(size) + 1j * rng.standard_normal(size)


shapes = st.integers(1, 3).flatmap(
    lambda d: st.tuples(*[st.integers(2, {1: 33, 2: 12, 3: 7}[d])] * d)
)


@given(seed=st.integers(0, 2**31), shape=shapes)
def test_irfftn_of_any_spectrum(bk, relative, seed, shape):
    u_hat = spectrum(seed, shape)
    found = bk.to_numpy(bk.irfftn(bk.asarray(u_hat), shape))
    # rounding of a transform grows like log2 of its size
    assert relative(found, reference_irfftn(u_hat, shape)) < 20 * EPS * np.log2(2 + np.prod(shape))


@given(seed=st.integers(0, 2**31), shape=shapes)
def test_rfftn_is_the_sum(bk, relative, seed, shape):
    u = np.random.default_rng(seed).standard_normal((2, *shape))
    found = bk.to_numpy(bk.rfftn(bk.asarray(u), len(shape)))
    axes = tuple(range(-len(shape), 0))
    expected = np.fft.fftn(u, axes=axes)[..., : shape[-1] // 2 + 1]
    assert relative(found, expected) < 20 * EPS * np.log2(2 + np.prod(shape))


@given(seed=st.integers(0, 2**31), shape=shapes)
def test_round_trip(bk, relative, seed, shape):
    u = np.random.default_rng(seed).standard_normal((1, *shape))
    back = bk.irfftn(bk.rfftn(bk.asarray(u), len(shape)), shape)
    assert relative(bk.to_numpy(back), u) < 20 * EPS * np.log2(2 + np.prod(shape))


@given(seed=st.integers(0, 2**31), n=st.integers(2, 20), m=st.integers(2, 9))
def test_complex_transforms_over_named_axes(bk, relative, seed, n, m):
    x = spectrum(seed, (n, 2 * m - 1))
    for axes in [(-1,), (-2,), (-2, -1)]:
        found = bk.to_numpy(bk.fftn(bk.asarray(x), axes))
        assert relative(found, np.fft.fftn(x, axes=axes)) < 20 * EPS * np.log2(2 + n * m)
        back = bk.to_numpy(bk.ifftn(bk.asarray(found), axes))
        assert relative(back, x) < 20 * EPS * np.log2(2 + n * m)


def half_plane_c2r(u_hat, shape):
    """A complex-to-real transform that trusts symmetry on every axis, as cuFFT's may.

    Of the two self-conjugate planes it reads one half and mirrors it.
    """
    full = np.zeros((*u_hat.shape[: -len(shape)], *shape), complex)
    for index in np.ndindex(*shape):
        mirror = tuple(-i % n for i, n in zip(index, shape, strict=True))
        stored = index[-1] <= shape[-1] // 2
        if index[-1] == mirror[-1]:
            stored = index <= mirror
        full[(..., *index)] = u_hat[(..., *index)] if stored else np.conj(u_hat[(..., *mirror)])
    return np.fft.ifftn(full, axes=tuple(range(-len(shape), 0))).real


@given(seed=st.integers(0, 2**31), shape=shapes)
def test_repaired_planes_make_any_c2r_agree(bk, relative, seed, shape):
    u_hat = spectrum(seed, shape)
    repaired = bk.to_numpy(fourier.hermitian_planes(bk.xp, bk.asarray(u_hat), shape))
    expected = reference_irfftn(u_hat, shape)
    bound = 20 * EPS * np.log2(2 + np.prod(shape))
    assert relative(reference_irfftn(repaired, shape), expected) < bound
    assert relative(half_plane_c2r(repaired, shape), expected) < bound


def test_the_repair_is_needed(relative):
    u_hat = spectrum(0, (8, 8))
    assert relative(half_plane_c2r(u_hat, (8, 8)), reference_irfftn(u_hat, (8, 8))) > 1e-2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_is_kept(backends, dtype):
    for bk in backends.values():
        u = bk.asarray(np.ones((1, 8, 8)), dtype=dtype)
        u_hat = bk.rfftn(u, 2)
        assert {"float32": "complex64", "float64": "complex128"}[dtype] in str(u_hat.dtype)
        assert dtype in str(bk.irfftn(u_hat, (8, 8)).dtype)
