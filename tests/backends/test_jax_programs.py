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


@pytest.mark.skipif(jax.__version_info__[:2] != (0, 10), reason="no barriers in other releases")
def test_a_checkpoint_is_evaluated_again(bk):
    """What is made again is not merged with what was made before: 9 products for 6."""
    w = bk.asarray(np.random.default_rng(0).standard_normal((64, 64)))

    def products(again):
        def layer(u):
            return jax.numpy.tanh(u @ w)

        step = bk.checkpoint(layer) if again else layer
        call = bk.value_and_grad(lambda x: jax.numpy.sum(step(step(step(x)))))
        return bk.jit(call).lower(w).compile().cost_analysis()["flops"] / (2 * 64**3)

    # what is pointwise is a twentieth of them
    assert products(False) == pytest.approx(6, abs=0.5)
    assert products(True) == pytest.approx(9, abs=0.7)


@pytest.mark.parametrize("points", [3, 30_000])
def test_checkpoints_in_loops_of_every_size(bk, relative, points):
    """Small loops are compiled by another part of XLA, which would end the process."""

    def loss(x):
        step = bk.checkpoint(lambda u: jax.numpy.sin(u) * u)
        end, _ = bk.scan(lambda u, _: (step(u), None), x, length=3)
        return jax.numpy.sum(end)

    x = bk.asarray(np.linspace(0.5, 1.5, points))
    call = bk.value_and_grad(loss)
    inside = bk.jit(call)
    # three steps of five operations with slopes below 2
    bound = 15 * 2**3 * np.finfo(np.float32).eps
    expected = bk.to_numpy(call(x)[1])
    assert relative(bk.to_numpy(inside(x)[1]), expected) < bound
    # within another program, of ours and of JAX
    for outer in (bk.jit, jax.jit):
        found = outer(lambda x: inside(x)[1] * 2)(x)
        assert relative(bk.to_numpy(found), 2 * expected) < bound
