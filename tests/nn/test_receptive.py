"""Nominal receptive fields against those that the Jacobian shows."""

from math import inf

import numpy as np
import pytest

from xpde.core import tree_map
from xpde.errors import InvalidInput
from xpde.nn import (
    FNO,
    MLP,
    Conv,
    Dil,
    MoRes,
    MoUNet,
    Pure,
    Res,
    Transformer,
    UNet,
    footprint,
    measured_receptive_field,
)

SMOOTH = {"activation": "tanh"}


def measured(network, bk, points, seed=0):
    rng = np.random.default_rng(seed)
    params = tree_map(bk.asarray, network.init(rng))
    u = bk.asarray(rng.standard_normal((network.channels_in, *points)))
    return measured_receptive_field(network, params, u)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (Conv(1, 1, 1), 11),
        (Conv(1, 1, 1, 4, 0), 1),
        (Res(1, 1, 1, 26, 8), 16),
        (MoRes(1, 1, 1, 26, 6), 12),
        (Dil(1, 1, 1, 1), 8),
        (Dil(1, 1, 1, 2), 20),
        (Dil(1, 1, 1, 3), 44),
        (UNet(1, 1, 1, 12, 0), 2),
        (UNet(1, 1, 1, 12, 1), 11),
        (UNet(1, 1, 1, 12, 2), 29),
        (UNet(1, 1, 1, 12, 3), 65),
        (UNet(1, 1, 1, 12, 4), 137),
        (MoUNet(1, 1, 1, 12, 2), 47),
        (MoUNet(1, 1, 1, 16, 4), 227),
        (Pure(1, 1, 1, 5), 2),
        (Pure(1, 1, 1, 4), 2),
        (MLP(1, 1, 1, 160), 160),
        (FNO(1, 1, 1), inf),
        (Transformer(1, 1, 1), inf),
    ],
    ids=repr,
)
def test_nominal(network, expected):
    assert network.receptive_field == expected


@pytest.mark.parametrize("boundary", ["periodic", "dirichlet", "neumann"])
@pytest.mark.parametrize(
    "make",
    [
        lambda how: Conv(1, 2, 1, 4, 3, **how),
        lambda how: Res(1, 1, 2, 4, 2, **how),
        lambda how: MoRes(1, 1, 2, 4, 2, norm=False, **how),
        lambda how: Dil(1, 1, 1, 1, 4, 2, norm=False, **how),
    ],
    ids=["Conv", "Res", "MoRes", "Dil"],
)
def test_nominal_is_measured(backends, make, boundary):
    network = make({"boundary": boundary, **SMOOTH})
    reach = int(network.receptive_field)
    assert measured(network, backends["numpy"], (2 * reach + 5,)) == ((reach, reach),)


@pytest.mark.parametrize(
    ("network", "points", "expected"),
    [
        (Pure(2, 1, 2), (5, 4), ((1, 1), (1, 1))),
        (Pure(1, 1, 1, 4), (9,), ((1, 2),)),
        (Res(1, 1, 1, 3, 1, **SMOOTH), (9,), ((2, 2),)),
    ],
    ids=repr,
)
def test_measured_on_every_backend(bk, network, points, expected):
    assert measured(network, bk, points) == expected


@pytest.mark.parametrize(
    ("network", "most"),
    [
        (UNet(1, 1, 1, 3, 1, norm=False, **SMOOTH), 10),
        (UNet(1, 1, 1, 3, 2, norm=False, **SMOOTH), 26),
        (MoUNet(1, 1, 1, 3, 1, norm=False, **SMOOTH), 16),
        (MoUNet(1, 1, 1, 3, 2, norm=False, **SMOOTH), 44),
    ],
    ids=repr,
)
def test_unets_see_less_than_nominal(network, most):
    """2^(L+3) - 6 for UNet at the worst point: halves of the grid do not see all taps."""
    rng = np.random.default_rng(0)
    n = 8 * (int(network.receptive_field) // 4 + 1)  # both sides and a few cells to move
    params, u = network.init(rng), rng.standard_normal((1, n))
    reach = []
    for at in range(n // 2, n // 2 + 2**network.levels):
        seen = np.nonzero(footprint(network, params, u, (at,)))[0] - at
        reach.append(max(-seen.min(), seen.max()))
    assert max(reach) == most < network.receptive_field


def test_cells_of_a_unet_have_sides():
    """Two levels: by the index modulo 4, 25/25, 26/24, 23/23 and 24/26 cells left and right."""
    network, rng = UNet(1, 1, 1, 3, 2, norm=False, **SMOOTH), np.random.default_rng(0)
    params, u = network.init(rng), rng.standard_normal((1, 64))
    sides = []
    for at in range(32, 36):
        seen = np.nonzero(footprint(network, params, u, (at,)))[0] - at
        sides.append((int(-seen.min()), int(seen.max())))
    assert sides == [(25, 25), (26, 24), (23, 23), (24, 26)]


@pytest.mark.parametrize(
    "network",
    [
        FNO(1, 1, 1, 3, 2, 1),
        MLP(1, 1, 1, 16, 4, 1, **SMOOTH),
        Transformer(1, 1, 1, 4, 2, 1, **SMOOTH),
        UNet(1, 1, 1, 3, 1, **SMOOTH),
        MoRes(1, 1, 1, 3, 1, **SMOOTH),
        Dil(1, 1, 1, 0, 3, 1, **SMOOTH),
    ],
    ids=repr,
)
def test_global_networks_see_everything(backends, network):
    """Spectra, attention and the statistics of a norm reach every cell."""
    rng = np.random.default_rng(0)
    params, u = network.init(rng), rng.standard_normal((1, 16))
    assert footprint(network, params, u, (3,)).all()


def test_a_batch_is_united_and_a_wall_is_closed():
    network = Conv(1, 1, 1, 3, 1, boundary="dirichlet")
    rng = np.random.default_rng(0)
    params, u = network.init(rng), rng.standard_normal((8, 1, 6))
    one = [footprint(network, params, v, (0,)) for v in u]
    union = footprint(network, params, u, (0,))
    assert np.array_equal(union, np.any(one, axis=0))
    assert union.tolist() == [True, True, True, False, False, False]


def test_a_network_of_zeros_sees_nothing():
    network = Pure(2, 1, 1)
    params = tree_map(np.zeros_like, network.init(np.random.default_rng(0)))
    assert measured_receptive_field(network, params, np.ones((1, 5, 5))) == ((0, 0), (0, 0))


@pytest.mark.parametrize("at", [(5,), (-1,), (0, 0)])
def test_a_point_off_the_grid(at):
    with pytest.raises(InvalidInput, match=r"expected an index of the grid \(5,\)"):
        footprint(Pure(1, 1, 1), {"weight": np.ones((1, 1, 3))}, np.zeros((1, 5)), at)
