"""Counts, golden values, symmetries, gradients and receptive fields of the networks."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import leaves, namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.nn import FNO, Conv, Pure

EPS = np.finfo(np.float64).eps


def filled(network):
    """Every tensor by itself: 0.4 sin(0.37 j + 0.5), j the flat C-order index."""
    host = network.init(np.random.default_rng(0))
    return tree_map(lambda p: 0.4 * np.sin(0.37 * np.arange(p.size) + 0.5).reshape(p.shape), host)


def waves(dims, n, channels):
    x = 2 * np.pi * np.arange(n) / n
    first, last = (x, x) if dims == 1 else np.meshgrid(x, x, indexing="ij")
    return np.stack([np.sin(first) + 0.5 * np.cos(2 * last + c) for c in range(channels)])


# pdequinox 0.1.2 in float64: count, mean, rms, first values of channel 0
GOLDEN = [
    (Pure(1, 2, 2, 3), 16, 12, 0.0, 1.11442313385, (0.6458578108, 0.8793198062, 0.9125189119)),
    (
        Conv(1, 2, 2, 4, 2),
        16,
        106,
        0.922468871128,
        1.44333626996,
        (0.7715179737, 0.5007512166, 0.4263514173),
    ),
    (
        FNO(1, 2, 2, 3, 4, 2),
        16,
        254,
        0.681115189906,
        0.698434647,
        (0.7638706553, 0.6804451913, 0.6236991473),
    ),
    (
        FNO(2, 1, 1, 2, 3, 1),
        8,
        166,
        0.488310007758,
        0.503245684728,
        (0.5463559439, 0.4762583196, 0.4112025199),
    ),
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: repr(c[0]))
def test_golden_forward(bk, case):
    network, n, count, mean, rms, first = case
    params = tree_map(bk.asarray, filled(network))
    u = bk.asarray(waves(network.dims, n, network.channels_in))
    v = bk.to_numpy(network.apply(params, u))
    assert network.parameter_count() == count
    # the golden numbers have ten to twelve printed digits
    assert abs(v.mean() - mean) < 1e-10
    assert abs(np.sqrt((v**2).mean()) - rms) < 1e-10
    np.testing.assert_allclose(v[0].ravel()[:3], first, rtol=0, atol=1e-10)


COUNTS = {
    lambda d, c: Conv(d, c, c): [(31757, 31962), (94589, 95202, 95815), (283085, 284922, 286759)],
    lambda d, c: Conv(d, c, c, 34, 0): [(4, 14), (10, 38, 84), (28, 110, 246)],
    lambda d, c: Conv(d, c, c, 34, 1): [(239, 444), (647, 1260, 1873), (1871, 3708, 5545)],
    lambda d, c: FNO(d, c, c): [(32527, 32564), (747919, 747956, 747993), (17917327, 17917364)],
    lambda d, c: FNO(d, c, c, 12, 8): [(6457, 6474), (147769, 147786), (3539257, 3539274)],
    lambda d, c: Pure(d, c, c, 3): [(3, 12), (9, 36, 81), (27, 108, 243)],
    lambda d, c: Pure(d, c, c, 5): [(5, 20), (25, 100, 225), (125, 500, 1125)],
}


@pytest.mark.parametrize("make", COUNTS)
def test_counts(make):
    for dims, row in enumerate(COUNTS[make], start=1):
        for channels, count in enumerate(row, start=1):
            network = make(dims, channels)
            assert network.parameter_count() == count
            if count < 300_000:
                tensors = leaves(network.init(np.random.default_rng(0)))
                assert sum(t.size for t in tensors) == count


@pytest.mark.parametrize("network", [Conv(2, 3, 2, 5, 2), Pure(1, 2, 1, 4)])
def test_initial_law_of_convolutions(network):
    """U(±1/√(C_in kᴰ)): bounded by q, variance q²/3."""
    layers = getattr(network, "layers", None) or (network.layer,)
    draws = [network.init(np.random.default_rng(seed)) for seed in range(200)]
    for i, layer in enumerate(layers):
        q = (layer.channels_in * layer.kernel**layer.dims) ** -0.5
        own = np.stack([(d[i] if isinstance(d, list) else d)["weight"] for d in draws])
        assert np.abs(own).max() < q
        # four standard deviations of the mean of n squares, whose spread is 2q²/√45
        spread = 2 * q**2 / np.sqrt(45 * own.size)
        assert abs((own**2).mean() - q**2 / 3) < 4 * spread


def test_initial_law_of_spectra():
    spectrum = FNO(2, 1, 1, 6, 5, 1).init(np.random.default_rng(0))["blocks"][0]["spectral"]
    assert spectrum["real"].shape == spectrum["imag"].shape == (2, 5, 5, 6, 6)
    n = spectrum["real"].size
    assert abs(spectrum["real"].std() * 25 - 1) < 4 / np.sqrt(2 * n)
    assert not np.array_equal(spectrum["real"], spectrum["imag"])


NETS = st.sampled_from([("conv", 1), ("conv", 2), ("fno", 1), ("fno", 2)])


@given(kind=NETS, seed=st.integers(0, 2**31), odd=st.booleans(), shift=st.integers(1, 5))
def test_translation_and_batch_law(backends, kind, seed, odd, shift):
    """f(shift u) = shift f(u), and f(stack(us)) = stack(f(u)); the host draws, NumPy computes."""
    name, dims = kind
    network = Conv(dims, 2, 1, 4, 2) if name == "conv" else FNO(dims, 2, 1, 3, 4, 2)
    rng = np.random.default_rng(seed)
    params, n = network.init(rng), 9 if odd else 8
    u = rng.standard_normal((2, 3, 2, *[n] * dims))
    v = network.apply(params, u)
    scale = np.abs(v).max() + 1
    moved = network.apply(params, np.roll(u, shift, axis=-1))
    # a hundred products are summed at the size of v, in another order
    assert np.abs(moved - np.roll(v, shift, axis=-1)).max() < 200 * EPS * scale
    assert np.abs(network.apply(params, u[1, 2]) - v[1, 2]).max() < 200 * EPS * scale


@pytest.mark.parametrize(
    "network", [Conv(1, 2, 1, 4, 2), FNO(1, 2, 1, 3, 4, 1), FNO(2, 1, 2, 2, 3, 1)]
)
def test_every_parameter_matters(bk, network):
    rng = np.random.default_rng(1)
    params = tree_map(bk.asarray, network.init(rng))
    u = bk.asarray(rng.standard_normal((4, network.channels_in, *[9] * network.dims)))

    def loss(p):
        v = network.apply(p, u)
        return namespace_of(v).mean(v * v)

    _, gradient = bk.value_and_grad(loss)(params)
    if isinstance(network, FNO):
        for block in gradient["blocks"]:
            imag = bk.to_numpy(block["spectral"]["imag"])
            mean = imag[(0, slice(None), slice(None), *[0] * network.dims)]
            # the mean mode of a real field stays real: these weights have no effect
            assert np.abs(mean).max() < EPS * np.abs(imag).max()
            assert np.count_nonzero(imag) >= imag.size - mean.size
    assert all(
        np.any(g != 0) and np.all(np.isfinite(g)) for g in map(bk.to_numpy, leaves(gradient))
    )


@pytest.mark.parametrize(
    "network", [Conv(1, 1, 1, 4, 0), Conv(1, 1, 1, 4, 3), Conv(2, 1, 1, 3, 1), Pure(1, 1, 1, 5)]
)
def test_receptive_field_is_what_the_jacobian_shows(network):
    """Move one input cell: exactly the outputs within the field change (smooth activation)."""
    if isinstance(network, Conv):
        network = Conv(network.dims, 1, 1, network.width, network.depth, activation="tanh")
    rng = np.random.default_rng(0)
    params, n, mid = network.init(rng), 15, 7
    u = rng.standard_normal((1, *[n] * network.dims))
    bump = np.zeros_like(u)
    bump[(0, *[mid] * network.dims)] = 1.0
    changed = np.argwhere(network.apply(params, u + bump) != network.apply(params, u))[:, 1:]
    assert np.abs(changed - mid).max() == network.receptive_field


def test_receptive_field_of_the_operator():
    assert FNO(1, 1, 1).receptive_field == inf
    assert Conv(1, 1, 1).receptive_field == 11


@pytest.mark.parametrize(
    "make",
    [
        lambda: Conv(4, 1, 1),
        lambda: Conv(1, 0, 1),
        lambda: Conv(1, 1, 1, depth=-1),
        lambda: Conv(1, 1, 1, activation="rleu"),
        lambda: Conv(1, 1, 1, boundary="periodical"),
        lambda: FNO(1, 1, 1, modes=0),
        lambda: _apply(Conv(1, 2, 1), (3, 16)),
        lambda: _apply(Conv(2, 1, 1), (16,)),
        lambda: _apply(FNO(1, 1, 1, modes=12), (1, 20)),
    ],
)
def test_errors_are_one_line(make):
    with pytest.raises(InvalidInput) as info:
        make()
    assert "\n" not in str(info.value)


def _apply(network, shape):
    return network.apply(network.init(np.random.default_rng(0)), np.zeros(shape))


def test_too_many_modes_names_the_largest():
    with pytest.raises(InvalidInput, match="at most 11 modes"):
        _apply(FNO(1, 1, 1, modes=12), (1, 20))
