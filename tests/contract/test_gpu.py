"""What only a CUDA device can show: cuFFT's complex-to-real, placement, asynchronous queues."""

import numpy as np
import pytest

import xpde

pytestmark = pytest.mark.gpu


@pytest.fixture(params=["cupy", "jax", "torch"], scope="module")
def cuda(request):
    """One backend on a CUDA device, float64."""
    try:
        found = xpde.backend(request.param, device="cuda", dtype="float64")
    except xpde.XpdeError as error:
        pytest.skip(f"no CUDA device for {request.param}: {error}")
    return found


# 2^13 and 2^14 are the lengths at which torch on CUDA was seen to let Im(DC) through
@pytest.mark.parametrize("shape", [(8192,), (16384,), (33,), (16, 16), (15, 16), (6, 7, 8)])
def test_irfftn_of_any_spectrum(cuda, relative, shape):
    rng = np.random.default_rng(0)
    size = (2, *shape[:-1], shape[-1] // 2 + 1)
    u_hat = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    z = np.fft.ifftn(u_hat, axes=tuple(range(-len(shape), -1))) if len(shape) > 1 else u_hat
    expected = np.fft.irfft(z, n=shape[-1])
    found = cuda.to_numpy(cuda.irfftn(cuda.asarray(u_hat), shape))
    assert relative(found, expected) < 20 * np.finfo(float).eps * np.log2(np.prod(shape))


def test_convolution_agrees_with_the_host(cuda, relative):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((3, 4, 12, 12)), rng.standard_normal((5, 4, 3, 3))
    host = xpde.backend("numpy", dtype="float64").convolve(x, w)
    assert relative(cuda.to_numpy(cuda.convolve(cuda.asarray(x), cuda.asarray(w))), host) < 1e-13


def test_arrays_stay_on_the_device(cuda):
    x = cuda.asarray(np.ones(3))
    assert "cpu" not in str(x.device).lower()
    cuda.synchronize(x)
