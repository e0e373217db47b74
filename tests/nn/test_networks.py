"""Counts, golden values, symmetries and gradients of the networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import leaves, namespace_of, tree_map
from xpde.errors import InvalidInput
from xpde.nn import FNO, MLP, Conv, Dil, MoRes, MoUNet, Pure, Res, Transformer, UNet

EPS = np.finfo(np.float64).eps


def filled(network):
    """Every tensor by itself: 0.4 sin(0.37 j + 0.5), j the flat C-order index."""
    host = network.init(np.random.default_rng(0))
    return tree_map(lambda p: 0.4 * np.sin(0.37 * np.arange(p.size) + 0.5).reshape(p.shape), host)


def waves(dims, n, channels):
    x = 2 * np.pi * np.arange(n) / n
    first, last = (x, x) if dims == 1 else np.meshgrid(x, x, indexing="ij")
    return np.stack([np.sin(first) + 0.5 * np.cos(2 * last + c) for c in range(channels)])


# pdequinox 0.1.2 in float64: points, count, mean, rms, first values of channel 0
# fmt: off
GOLDEN = {
    Pure(1, 2, 2, 3):
        (16, 12, 0.0, 1.11442313385, (0.6458578108, 0.8793198062, 0.9125189119)),
    Conv(1, 2, 2, 4, 2):
        (16, 106, 0.922468871128, 1.44333626996, (0.7715179737, 0.5007512166, 0.4263514173)),
    Res(1, 2, 2, 4, 2):
        (16, 230, 1.59337179365, 1.64835977185, (2.0175158824, 2.1135265298, 2.1096715464)),
    UNet(1, 2, 2, 4, 2):
        (16, 3226, 0.581184614349, 0.582233019853, (0.5368300849, 0.5341017636, 0.5389498813)),
    Dil(1, 2, 2, 1, 4, 2):
        (16, 382, 1.41499789227, 1.45754339308, (1.8352809465, 1.8661672618, 1.8320018227)),
    FNO(1, 2, 2, 3, 4, 2):
        (16, 254, 0.681115189906, 0.698434647, (0.7638706553, 0.6804451913, 0.6236991473)),
    MLP(1, 2, 2, 16, 8, 2):
        (16, 624, 0.00285580323362, 1.65404156714, (2.5164195729, -1.8823270054, 2.3578262782)),
    MoRes(1, 2, 2, 4, 2):
        (16, 262, 1.41797530079, 1.51613061411, (1.709134675, 1.8301058565, 1.8393544898)),
    MoUNet(1, 2, 2, 4, 2):
        (16, 6242, 0.984065999614, 0.992575259624, (0.8540948169, 0.8477710173, 0.8448226958)),
    UNet(2, 1, 1, 4, 1):
        (8, 2017, 0.778535203882, 0.810454467568, (0.4036562998, 0.4149033848, 0.4119187833)),
    FNO(2, 1, 1, 2, 3, 1):
        (8, 166, 0.488310007758, 0.503245684728, (0.5463559439, 0.4762583196, 0.4112025199)),
    Dil(2, 1, 1, 1, 4, 1):
        (8, 481, 1.66010530192, 1.70406845525, (1.79353137, 1.5901850368, 1.3818052379)),
}
# fmt: on


@pytest.mark.parametrize("network", GOLDEN, ids=repr)
def test_golden_forward(bk, network):
    n, count, mean, rms, first = GOLDEN[network]
    params = tree_map(bk.asarray, filled(network))
    u = bk.asarray(waves(network.dims, n, network.channels_in))
    # compiled as a whole where that is possible: much faster than one operation after the other
    v = bk.to_numpy(bk.jit(network.apply)(params, u))
    assert network.parameter_count() == count
    # the golden numbers have ten to twelve printed digits
    assert abs(v.mean() - mean) < 1e-10
    assert abs(np.sqrt((v**2).mean()) - rms) < 1e-10
    np.testing.assert_allclose(v[0].ravel()[:3], first, rtol=0, atol=1e-10)


def same(kind, *sizes):
    return lambda d, c: kind(d, c, c, *sizes)


# rows: one, two, three dimensions; columns: one, two, three channels
# fmt: off
COUNTS = {
    same(Conv, 34, 10): [
        (31757, 31962, 32167), (94589, 95202, 95815), (283085, 284922, 286759)],
    same(Conv, 26, 10): [(18669, 18826), (55485, 55954, 56423), (165933, 167338, 168743)],
    same(Conv, 34, 0): [(4, 14), (10, 38, 84), (28, 110, 246)],
    same(Conv, 34, 1): [(239, 444), (647, 1260, 1873), (1871, 3708, 5545)],
    same(Conv, 34, 2): [(3741, 3946), (11085, 11698, 12311), (33117, 34954, 36791)],
    same(Conv, 16, 10): [(7169, 7266), (21185, 21474), (63233, 64098)],
    same(Res, 26, 8): [(32943, 32996, 33049), (97839, 97892, 97945), (292527, 292580, 292633)],
    same(Res, 26, 6): [(24727, 24780), (73399, 73452, 73505), (219415, 219468, 219521)],
    same(Res, 32, 6): [(37345, 37410), (111073, 111138), (332257, 332322)],
    same(UNet, 12, 0): [(553, 602), (1489, 1610), (4297, 4634)],
    same(UNet, 12, 1): [(5977, 6026), (17281, 17402), (51193, 51530)],
    same(UNet, 12, 2): [(27193, 27242, 27291), (79969, 80090, 80211), (238297, 238634, 238971)],
    same(UNet, 12, 3): [(111097, 111146), (329761, 329882), (985753, 986090)],
    same(UNet, 12, 4): [(444793, 444842), (1327009, 1327130), (3973657, 3973994)],
    same(UNet, 16, 2): [(47969, 48034), (141761, 141922, 142083), (423137, 423586, 424035)],
    same(UNet, 16, 4): [(789089, 789154), (2357441, 2357602), (7062497, 7062946)],
    same(Dil, 1, 32, 2): [(19105, 19170), (55969, 56034, 56099), (166561, 166626, 166691)],
    same(Dil, 2, 32, 2): [(31777, 31842, 31907), (93217, 93282, 93347), (277537, 277602, 277667)],
    same(Dil, 3, 32, 2): [(44449, 44514), (130465, 130530, 130595), (388513, 388578, 388643)],
    same(FNO, 12, 18, 4): [
        (32527, 32564, 32601), (747919, 747956, 747993), (17917327, 17917364, 17917401)],
    same(FNO, 12, 8, 4): [
        (6457, 6474), (147769, 147786, 147803), (3539257, 3539274, 3539291)],
    same(FNO, 12, 32, 4): [(102625, 102690), (2363617, 2363682), (56627425, 56627490)],
    same(MoRes, 26, 6): [(25351, 25404), (74023, 74076, 74129), (220039, 220092, 220145)],
    same(MoRes, 26, 8): [(33775, 33828), (98671, 98724, 98777), (293359, 293412, 293465)],
    same(MoRes, 32, 6): [(38113, 38178), (111841, 111906), (333025, 333090)],
    same(MoUNet, 12, 2): [(52529, 52594), (148505, 148642, 148779), (436433, 436786, 437139)],
    same(MoUNet, 16, 2): [(92629, 92714), (263221, 263402, 263583), (774997, 775466, 775935)],
    same(MoUNet, 16, 4): [(1534677, 1534762), (4408629, 4408810), (13030485, 13030954)],
    lambda d, c: MLP(d, c, c, 160 if d < 3 else 32, 64, 3): [
        (29024, 49664), (3310784, 6613184, 9915584), (4235456, 8462528, 12689600)],
    lambda d, c: MLP(d, c, c, 48, 64, 3): [(14576,)],
    same(Pure, 3): [(3, 12), (9, 36, 81), (27, 108, 243)],
    same(Pure, 5): [(5, 20), (25, 100, 225), (125, 500, 1125)],
    lambda d, c: Transformer(1, c, c): [(28869,)],
}
# fmt: on


@pytest.mark.parametrize("make", COUNTS)
def test_counts(make):
    for dims, row in enumerate(COUNTS[make], start=1):
        for channels, count in enumerate(row, start=1):
            network = make(dims, channels)
            assert network.parameter_count() == count
            if count < 100_000:
                tensors = leaves(network.init(np.random.default_rng(0)))
                assert sum(t.size for t in tensors) == count


def test_initial_laws():
    """U(±1/√fan) for every weight and bias but those of norms, whose are 1 and 0."""
    network = MoUNet(2, 1, 3, 4, 1)
    params = network.init(np.random.default_rng(0))
    block = params["levels"][0]["left"][0]
    norm, conv = block["main"][0], block["main"][1]
    assert np.all(norm["weight"] == 1)
    assert np.all(norm["bias"] == 0)
    for tensors, fan in (
        (conv, 4 * 9),
        (params["levels"][0]["up"], 8 * 9),
        (block["shortcut"][1], 4),
        (params["project"], 4),
    ):
        for tensor in tensors.values():
            q = fan**-0.5
            # the largest of n draws is below q/2 with probability 2⁻ⁿ, n at least 3
            assert q / 8 < np.abs(tensor).max() < q


@pytest.mark.parametrize("network", [Conv(2, 3, 2, 5, 2), Pure(1, 2, 1, 4)])
def test_initial_law_of_convolutions(network):
    """U(±1/√(C_in kᴰ)): bounded by q, variance q²/3."""
    layers = network.plan.layers if isinstance(network, Conv) else (network.plan,)
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


@pytest.mark.parametrize("network", [MoUNet(1, 1, 1, 4, 2), UNet(1, 1, 1, 4, 2), Res(1, 1, 1, 4)])
def test_no_two_tensors_start_alike(network):
    """Blocks of one level do not share their random numbers."""
    drawn = [t for t in leaves(network.init(np.random.default_rng(0))) if np.ptp(t) > 0]
    for i, a in enumerate(drawn):
        assert not any(a.shape == b.shape and np.array_equal(a, b) for b in drawn[:i])


PERIODIC = {
    "conv": lambda d: Conv(d, 2, 1, 4, 2),
    "fno": lambda d: FNO(d, 2, 1, 3, 4, 2),
    "res": lambda d: Res(d, 2, 1, 4, 2),
    "mores": lambda d: MoRes(d, 2, 1, 4, 1),
    "dil": lambda d: Dil(d, 2, 1, 1, 4, 1),
    "unet": lambda d: UNet(d, 2, 1, 3, 2),
    "mounet": lambda d: MoUNet(d, 2, 1, 3, 1),
    "pure": lambda d: Pure(d, 2, 1, 4),
}
STRIDE = {"unet": 4, "mounet": 2}


@given(
    kind=st.sampled_from(sorted(PERIODIC)),
    dims=st.integers(1, 2),
    seed=st.integers(0, 2**31),
    odd=st.booleans(),
    shift=st.integers(1, 5),
)
def test_translation_and_batch_law(kind, dims, seed, odd, shift):
    """f(shift u) = shift f(u) for shifts by the stride, and f(stack(us)) = stack(f(u))."""
    network, step = PERIODIC[kind](dims), STRIDE.get(kind, 1)
    rng = np.random.default_rng(seed)
    params, n = network.init(rng), 12 if step > 1 else 9 if odd else 8
    u = rng.standard_normal((2, 3, 2, *[n] * dims))
    v = network.apply(params, u)
    scale = np.abs(v).max() + 1
    moved = network.apply(params, np.roll(u, step * shift, axis=-1))
    # a hundred products are summed at the size of v, in another order; norms amplify by at most
    # 1/√(variance), about ten on the coarse grids
    assert np.abs(moved - np.roll(v, step * shift, axis=-1)).max() < 2000 * EPS * scale
    assert np.abs(network.apply(params, u[1, 2]) - v[1, 2]).max() < 2000 * EPS * scale


def test_what_does_not_commute_with_shifts():
    """A U-net by one cell, walls, positions, a map of one grid: differences of order one."""
    rng = np.random.default_rng(0)
    u = rng.standard_normal((1, 8))
    for network in (
        UNet(1, 1, 1, 3, 2),
        Conv(1, 1, 1, 4, 1, boundary="dirichlet"),
        Conv(1, 1, 1, 4, 1, boundary="neumann"),
        MLP(1, 1, 1, 8),
        Transformer(1, 1, 1, 4, 2, 1),
    ):
        params = network.init(rng)
        moved = network.apply(params, np.roll(u, 1, axis=-1))
        assert np.abs(moved - np.roll(network.apply(params, u), 1, axis=-1)).max() > 1e-4


MATTER = [
    Conv(1, 2, 1, 4, 2),
    FNO(1, 2, 1, 3, 4, 1),
    FNO(2, 1, 2, 2, 3, 1),
    Res(1, 2, 1, 4, 2),
    MoRes(1, 2, 1, 4, 2),
    Dil(1, 2, 1, 1, 4, 2),
    UNet(1, 2, 1, 3, 2),
    MoUNet(1, 2, 1, 3, 1),
    MLP(1, 2, 1, 8, 6, 2),
    Transformer(1, 2, 1, 8, 2, 2),
]


def gradient_reaches_everything(bk, network):
    rng = np.random.default_rng(1)
    params = tree_map(bk.asarray, network.init(rng))
    u = bk.asarray(rng.standard_normal((4, network.channels_in, *[8] * network.dims)))

    def loss(p):
        v = network.apply(p, u)
        return namespace_of(v).mean(v * v)

    _, gradient = bk.jit(bk.value_and_grad(loss))(params)
    if isinstance(network, FNO):
        for block in gradient["blocks"]:
            imag = bk.to_numpy(block["spectral"]["imag"])
            mean = imag[(0, slice(None), slice(None), *[0] * network.dims)]
            # the mean mode of a real field stays real: these weights have no effect
            assert np.abs(mean).max() < EPS * np.abs(imag).max()
            assert np.count_nonzero(imag) >= imag.size - mean.size
    for g in map(bk.to_numpy, leaves(gradient)):
        assert np.all(np.isfinite(g))
        # rounding of the loss, which is below one, is some 1e-16
        assert np.abs(g).max() > 1e-10


@pytest.mark.parametrize("network", MATTER, ids=repr)
def test_every_parameter_matters(backends, network):
    """Where nothing is compiled, which would take longer than all the rest."""
    for bk in backends.values():
        if not bk.capabilities.compiles:
            gradient_reaches_everything(bk, network)


@pytest.mark.parametrize("network", [FNO(2, 1, 2, 2, 3, 1), UNet(1, 2, 1, 3, 1)], ids=repr)
def test_every_parameter_matters_compiled(backends, network):
    for bk in backends.values():
        if bk.capabilities.compiles:
            gradient_reaches_everything(bk, network)


@pytest.mark.parametrize("network", MATTER, ids=repr)
def test_every_tensor_changes_the_output(network):
    rng = np.random.default_rng(2)
    params = network.init(rng)
    u = rng.standard_normal((4, network.channels_in, *[8] * network.dims))
    for chosen, tensor in enumerate(leaves(params)):
        # noise and not a constant, which a following norm would take away
        change = 0.1 * rng.standard_normal(tensor.shape)
        place = iter(range(len(leaves(params))))
        other = tree_map(lambda p: p + change if next(place) == chosen else p, params)
        v, moved = network.apply(params, u), network.apply(other, u)
        assert np.abs(moved - v).max() > 1e-6 * np.abs(v).max()  # rounding is 1e-13


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: Conv(4, 1, 1), "expected 1, 2 or 3"),
        (lambda: Conv(1, 0, 1), "channels_in: expected a positive integer"),
        (lambda: Conv(1, 1, 1, depth=-1), "depth: expected an integer at or above 0, got -1"),
        (lambda: Conv(1, 1, 1, depth=0, activation="rleu"), "did you mean relu"),
        (lambda: Res(1, 1, 1, activation="rleu"), "did you mean relu"),
        (lambda: MoRes(1, 1, 1, blocks=0), "blocks: expected a positive integer"),
        (lambda: Dil(1, 1, 1, depth=-1), "depth: expected an integer at or above 0"),
        (lambda: UNet(1, 1, 1, levels=-1), "levels: expected an integer at or above 0"),
        (lambda: MoUNet(1, 1, 1, width=0), "width: expected a positive integer"),
        (lambda: Conv(1, 1, 1, boundary="periodical"), "did you mean periodic"),
        (lambda: FNO(1, 1, 1, modes=0), "modes: expected a positive integer"),
        (lambda: MLP(2, 1, 1, (8, 8, 8)), "expected points for 2 axes"),
        (lambda: MLP(1, 1, 1, 0), "points on axis 0: expected a positive integer"),
        (lambda: MLP(1, 1, 1, 8, depth=-1), "depth: expected an integer"),
        (lambda: Transformer(2, 1, 1), "expected 1 space axis, got 2"),
        (lambda: Transformer(1, 1, 1, 10, 4), "expected a divisor of 10 channels, got 4"),
        (lambda: _apply(Conv(1, 2, 1), (3, 16)), "expected a state (..., 2, N)"),
        (lambda: _apply(Conv(2, 1, 1), (16,)), "expected a state (..., 1, N, N)"),
        (lambda: _apply(FNO(1, 1, 1, modes=12), (1, 20)), "at most 11 modes"),
        (lambda: _apply(MLP(1, 1, 1, 8), (1, 9)), "expected a grid of (8,) points, got (9,)"),
        (lambda: _apply(UNet(2, 1, 1), (1, 8, 6)), "divisible by 4 for 2 levels, got (8, 6)"),
        (lambda: _apply(MoUNet(1, 1, 1, levels=3), (1, 12)), "divisible by 8 for 3 levels"),
        (lambda: _apply(Dil(1, 1, 1, depth=3), (1, 6)), "at least 8 points"),
        (lambda: Conv(1, 1, 1).apply([], np.zeros((1, 8))), "parameters of 11 layers, got 0"),
    ],
)
def test_errors_are_one_line(make, expected):
    with pytest.raises(InvalidInput) as info:
        make()
    assert expected in str(info.value)
    assert "\n" not in str(info.value)


def _apply(network, shape):
    return network.apply(network.init(np.random.default_rng(0)), np.zeros(shape))


@pytest.mark.parametrize(
    ("network", "grid"),
    [
        (FNO(1, 1, 1, 5, 2, 1), {7: False, 8: True}),
        (UNet(1, 1, 1, 2, 2), {6: False, 8: True}),
        (MoUNet(1, 1, 1, 2, 1), {7: False, 8: True}),
        (Dil(1, 1, 1, 2, 2, 1), {3: False, 4: True}),
        (MLP(1, 1, 1, 6), {5: False, 6: True}),
    ],
    ids=lambda p: repr(p) if not isinstance(p, dict) else "",
)
def test_check_grid_knows_what_apply_accepts(network, grid):
    for points, fits in grid.items():
        for ask in (lambda: network.check_grid((points,)), lambda: _apply(network, (1, points))):
            if fits:
                ask()
            else:
                with pytest.raises(InvalidInput):
                    ask()
