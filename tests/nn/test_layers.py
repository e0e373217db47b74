"""Layers against sums written out, on every backend."""

import numpy as np
import pytest

from xpde.core import namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.nn import (
    ACTIVATIONS,
    Attention,
    Convolution,
    GroupNorm,
    LayerNorm,
    Pointwise,
    SpectralConvolution,
    Transformer,
    TransposedConvolution,
    activation,
)
from xpde.nn.conv import extend
from xpde.nn.transformer import positions

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
    found = bk.to_numpy(bk.jit(layer.apply)(tree_map(bk.asarray, params), bk.asarray(u)))
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


@pytest.mark.parametrize("boundary", ["periodic", "dirichlet"])
@pytest.mark.parametrize(
    ("kernel", "stride", "dims"), [(3, 2, 1), (2, 2, 1), (4, 2, 1), (5, 3, 1), (4, 1, 1), (3, 2, 2)]
)
def test_transposed_convolution_is_the_adjoint(bk, relative, boundary, kernel, stride, dims):
    """⟨K u, v⟩ = ⟨u, Kᵀ v⟩, even kernels too: nothing is shifted."""
    down = Convolution(dims, 2, 3, kernel, stride, boundary=boundary, bias=False)
    up = TransposedConvolution(dims, 3, 2, kernel, stride, boundary)
    rng = np.random.default_rng(kernel)
    weight = down.init(rng)["weight"]
    taps = tuple(range(2, dims + 2))
    mirrored = {
        "weight": np.flip(np.swapaxes(weight, 0, 1), axis=taps).copy(),
        "bias": np.zeros((2, *[1] * dims)),
    }
    u = rng.standard_normal((2, *[4 * stride] * dims))
    v = rng.standard_normal((3, *[4] * dims))
    ku = bk.to_numpy(down.apply({"weight": bk.asarray(weight)}, bk.asarray(u)))
    kv = bk.to_numpy(up.apply(tree_map(bk.asarray, mirrored), bk.asarray(v)))
    # sums of some hundred products of order one
    assert abs(np.vdot(ku, v) - np.vdot(u, kv)) < 1000 * EPS * np.abs(u).max() * np.abs(kv).sum()


@pytest.mark.parametrize(
    ("boundary", "beyond"), [("periodic", 0), ("dirichlet", None), ("neumann", -2)]
)
def test_three_taps_double_a_line(bk, relative, boundary, beyond):
    """y[2i] = w₁ x[i] and y[2i+1] = w₀ x[i] + w₂ x[i+1]; x[N] is the boundary's."""
    layer, rng = TransposedConvolution(1, 2, 3, boundary=boundary), np.random.default_rng(0)
    params, x = layer.init(rng), rng.standard_normal((2, 5))
    w = params["weight"]
    last = np.zeros((2, 1)) if beyond is None else x[:, beyond][:, None]
    after = np.concatenate([x[:, 1:], last], axis=1)
    even, odd = w[..., 1] @ x, w[..., 0] @ x + w[..., 2] @ after
    expected = np.reshape(np.stack([even, odd], axis=-1), (3, 10)) + params["bias"]
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(x)))
    assert relative(found, expected) < 20 * EPS  # four products and a bias


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_group_norm(bk, relative, groups):
    layer, rng = GroupNorm(2, 4, groups=groups), np.random.default_rng(0)
    u = 3 + rng.standard_normal((2, 4, 5, 6))
    params = {"weight": rng.standard_normal((4, 1, 1)), "bias": rng.standard_normal((4, 1, 1))}
    members = u.reshape(2, groups, -1)
    mean, var = members.mean(-1, keepdims=True), members.var(-1, keepdims=True)
    z = ((members - mean) / np.sqrt(var + 1e-5)).reshape(u.shape)
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    # a mean of 3 is subtracted from values of order one, in sums of a hundred terms
    assert relative(found, params["weight"] * z + params["bias"]) < 200 * EPS


def test_a_group_of_one_value_is_its_bias(bk):
    """u - μ = 0, also where the framework's own normalization refuses."""
    layer = GroupNorm(1, 2, groups=2)
    params = {"weight": np.ones((2, 1)), "bias": np.asarray([[3.0], [-1.0]])}
    found = layer.apply(tree_map(bk.asarray, params), bk.asarray(np.asarray([[5.0], [7.0]])))
    assert bk.to_numpy(found).tolist() == [[3.0], [-1.0]]


def test_layer_norm(bk, relative):
    layer, rng = LayerNorm(1, 6), np.random.default_rng(0)
    u = rng.standard_normal((2, 6, 5))
    params = {"weight": rng.standard_normal((6, 1)), "bias": rng.standard_normal((6, 1))}
    z = (u - u.mean(1, keepdims=True)) / np.sqrt(u.var(1, keepdims=True) + 1e-5)
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    assert relative(found, params["weight"] * z + params["bias"]) < 100 * EPS


def test_a_norm_forgets_scale_and_offset():
    """norm(a u + b) = norm(u) up to ε, which is 1e-5 of a variance of a² = 1e4."""
    layer = GroupNorm(1, 3)
    params, u = layer.init(np.random.default_rng(0)), np.random.default_rng(1).normal(size=(3, 8))
    big, far = layer.apply(params, 100 * u), layer.apply(params, 100 * u + 7)
    assert np.abs(big - far).max() < 1e-12
    assert abs((big**2).mean() - 1) < 1e-8


def attention_by_points(params, x, heads):
    """The definition with points in rows (N, C), one head and one point after the other."""
    n, width = x.shape
    size = width // heads
    q, k, v = (x @ params[name]["weight"].T for name in ("query", "key", "value"))
    mixed = np.zeros_like(x)
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        for i in range(n):
            e = np.exp(k[:, own] @ q[i, own] / np.sqrt(size))
            mixed[i, own] = (e / e.sum()) @ v[:, own]
    return mixed @ params["out"]["weight"].T


@pytest.mark.parametrize("heads", [1, 2])
def test_attention(bk, relative, heads):
    layer, rng = Attention(6, heads), np.random.default_rng(0)
    params, u = layer.init(rng), rng.standard_normal((2, 6, 5))
    expected = np.stack([attention_by_points(params, x.T, heads).T for x in u])
    found = bk.to_numpy(layer.apply(tree_map(bk.asarray, params), bk.asarray(u)))
    assert layer.parameter_count() == 4 * 36
    assert relative(found, expected) < 100 * EPS  # three products of six or five terms, a softmax


def test_attention_of_large_states_is_finite(bk):
    """Scores of 1e6, far beyond the range of exp: every point picks one other."""
    layer = Attention(2)
    eye = {name: {"weight": bk.asarray(np.eye(2))} for name in ("query", "key", "value", "out")}
    u = 1e3 * np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    assert np.array_equal(bk.to_numpy(layer.apply(eye, bk.asarray(u))), u)


def test_positions():
    table = positions(5, 7)
    n = np.arange(7)
    for c, (wave, pair) in enumerate([(np.sin, 0), (np.cos, 0), (np.sin, 1), (np.cos, 1)]):
        expected = wave(n / 10000 ** (2 * pair / 5))
        assert np.abs(table[c] - expected).max() < 10 * EPS  # a power and an angle below 7


def test_transformer_is_its_formula(relative):
    """Points in rows, every matrix written out, on NumPy; the laws compare the backends."""
    network, rng = Transformer(1, 2, 3, 6, 2, 2), np.random.default_rng(0)
    params, u = network.init(rng), rng.standard_normal((2, 9))

    def maps(own, x):
        for i, p in enumerate(own):
            x = (np.maximum(x, 0) if i else x) @ p["weight"].T + np.ravel(p.get("bias", 0.0))
        return x

    def norm(x):
        return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)

    x = maps(params["lift"], u.T) + positions(6, 9).T
    for attention, _, think, _ in params["blocks"]:
        x = norm(x + attention_by_points(attention["main"], x, 2))
        x = norm(x + maps(think["main"], x))
    # a dozen layers, each good to some units of rounding
    assert relative(network.apply(params, u), maps(params["project"], x).T) < 1000 * EPS


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: TransposedConvolution(1, 1, 1, 3, 4), "stride: expected at most the kernel's 3"),
        (lambda: TransposedConvolution(1, 1, 1, boundary="wall"), "unknown boundary 'wall'"),
        (lambda: TransposedConvolution(1, 1, 1, kernel=0), "kernel: expected a positive integer"),
        (lambda: GroupNorm(1, 4, groups=3), "expected a divisor of 4 channels, got 3"),
        (lambda: GroupNorm(1, 4, eps=0.0), "eps: expected a number above 0"),
        (lambda: LayerNorm(1, 4).apply({}, np.zeros((3, 8))), "expected a state (..., 4, N)"),
        (lambda: Attention(6, 4), "heads: expected a divisor of 6 channels, got 4"),
    ],
)
def test_a_wrong_layer_is_one_line(make, expected):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
