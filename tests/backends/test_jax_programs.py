"""Programs of the JAX backend where they are parts of others, and convolutions in loops."""

import numpy as np
import pytest

import xpde

jax = pytest.importorskip("jax")


@pytest.fixture
def bk():
    return xpde.backend("jax", dtype="float32")


def test_a_program_inside_of_a_program_a_derivative_and_a_loop(bk):
    double = bk.jit(lambda x: 2 * x)
    x = bk.asarray(np.array(1.5))
    assert double(x) == 3
    assert bk.jit(lambda x: double(x) + 1)(x) == 4
    assert jax.jit(lambda x: double(x) + 1)(x) == 4
    assert bk.value_and_grad(lambda x: double(x) * x)(x)[1] == 6
    assert bk.jvp(double, (x,), (x,))[1] == 3
    assert bk.scan(lambda c, _: (double(c), None), x, length=3)[0] == 12


def test_an_error_inside_of_a_program_is_its_own(bk):
    def fail(x):
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        bk.jit(fail)(bk.asarray(np.array(1.0)))


@pytest.mark.parametrize("dims", [1, 2])
@pytest.mark.parametrize("verb", ["convolve", "convolve_transpose"])
def test_a_convolution_in_a_loop(bk, relative, dims, verb):
    """In float32, where XLA convolves by itself: value and tangent are those outside of it."""
    rng, how = np.random.default_rng(0), {"stride": 2, "dilation": 2}
    x = bk.asarray(rng.standard_normal((2, 3, *[9] * dims)))
    w = bk.asarray(rng.standard_normal((4, 3, *[3] * dims)))

    def plain(x, w):
        return getattr(bk, verb)(x, w, **how)

    def looped(x, w):
        return bk.scan(lambda c, _: (c, plain(x, w)), None, length=2)[1][1]

    for own, other in ((looped, plain), (bk.jit(looped), bk.jit(plain))):
        found = bk.jvp(own, (x, w), (x, w))
        expected = bk.jvp(other, (x, w), (x, w))
        for a, b in zip(found, expected, strict=True):
            # 27 products of size one, in another order
            assert relative(bk.to_numpy(a), bk.to_numpy(b)) < 27 * np.finfo(np.float32).eps
    one = xpde.backend("numpy", dtype="float32")
    host = getattr(one, verb)(bk.to_numpy(x), bk.to_numpy(w), **how)
    assert relative(bk.to_numpy(bk.jit(looped)(x, w)), host) < 27 * np.finfo(np.float32).eps
