"""Layers against sums written out, on every backend."""

import numpy as np
import pytest

from xpde.core import namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.nn import ACTIVATIONS, Convolution, Pointwise, SpectralConvolution, activation
from xpde.nn.conv import extend

EPS = np.finfo(np.float64).eps
PAD = {"periodic": "wrap", "dirichlet": "constant", "neumann": "reflect"}


@pytest.mark.parametrize("boundary", PAD)
@pytest.mark.parametrize(("left", "right"), [(0, 1), (1, 1), (2, 3)])
def test_extend_is_numpy_pad(bk, boundary, left, right):
    u = np.random.default_rng(0).standard_normal((2, 1, 5, 4))
    for axis in (-1, -2):
        width = [(0, 0)] * 4
        width[axis] = (left, right)
        found = bk.to_numpy(extend(bk.asarray(u), axis, left, right, boundary))
        assert np.array_equal(found, np.pad(u, width, mode=PAD[boundary]))


def test_extend_too_far():
    with pytest.raises(InvalidInput, match="at least 5 points for a neumann"):
        extend(np.zeros((1, 4)), -1, 4, 4, "neumann")


@pytest.mark.parametrize("boundary", PAD)
@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(3, 1, 1), (2, 1, 2), (4, 2, 1), (3, 2, 2)]
)
def test_convolution_is_its_sum(bk, relative, boundary, kernel, stride, dilation):
    layer = Convolution(1, 2, 3, kernel, stride, dilation, boundary)
    rng = np.random.default_rng(kernel)
    params, u = layer.init(rng), rng.standard_normal((2, 2, 9))
    z = np.pad(u, ((0, 0), (0, 0), layer.reach), mode=PAD[boundary])
    size = -(-9 // stride)
    expected = params["bias"] + sum(
        np.einsum(
            "oc,bci->boi",
            params["weight"][..., t],
            z[..., dilation * t :][..., ::stride][..., :size],
        )
        for t in range(kernel)
    )
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    assert relative(found, expected) < 20 * EPS  # eight products and a bias


def test_pointwise_is_a_matrix(bk, relative):
    layer, rng = Pointwise(2, 3, 2), np.random.default_rng(0)
    params, u = layer.init(rng), rng.standard_normal((4, 3, 5, 6))
    expected = np.einsum("oc,bcij->boij", params["weight"], u) + params["bias"]
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    assert relative(found, expected) < 20 * EPS


def spectral_by_loops(params, u, m):
    """The definition: loop over corners, later ones overwrite; inverse axis by axis."""
    dims = u.ndim - 2
    size = u.shape[2:]
    u_hat = np.fft.rfftn(u, axes=range(2, u.ndim))
    weight = params["real"] + 1j * params["imag"]
    v_hat = np.zeros((u.shape[0], weight.shape[1], *u_hat.shape[2:]), complex)
    for g in range(2 ** (dims - 1)):
        corner = tuple(slice(-m, None) if g >> j & 1 else slice(m) for j in range(dims - 1))
        at = (slice(None), slice(None), *corner, slice(m))
        v_hat[at] = np.einsum("oi...,bi...->bo...", weight[g], u_hat[at])
    for axis in range(2, u.ndim - 1):
        v_hat = np.fft.ifft(v_hat, axis=axis)
    return np.fft.irfft(v_hat, n=size[-1], axis=-1)


@pytest.mark.parametrize(
    ("size", "modes"), [((8,), 5), ((9,), 3), ((6, 8), 2), ((5, 8), 4), ((6, 9), 3), ((5, 4, 6), 3)]
)
def test_spectral_convolution(bk, relative, size, modes):
    """Channels differ (2 to 3); 2m > N lets corners overlap."""
    layer, rng = SpectralConvolution(len(size), 2, 3, modes), np.random.default_rng(0)
    params, u = layer.init(rng), rng.standard_normal((2, 2, *size))
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    # transforms of at most 120 points, forward and back
    assert relative(found, spectral_by_loops(params, u, modes)) < 100 * EPS


def test_activations(bk, relative):
    x = np.linspace(-4, 4, 33)
    expected = {
        "relu": np.maximum(x, 0),
        "sigmoid": 1 / (1 + np.exp(-x)),
        "tanh": np.tanh(x),
        "swish": x / (1 + np.exp(-x)),
        "gelu": 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        "identity": x,
    }
    assert set(expected) == set(ACTIVATIONS)
    for name, values in expected.items():
        assert relative(bk.to_numpy(activation(name)(bk.asarray(x))), values) < 10 * EPS


def test_relu_is_flat_at_zero(bk):
    x = bk.asarray(np.array([-1.0, 0.0, 2.0]))
    _, gradient = bk.value_and_grad(lambda u: namespace_of(u).sum(activation("relu")(u)))(x)
    assert bk.to_numpy(gradient).tolist() == [0.0, 0.0, 1.0]
