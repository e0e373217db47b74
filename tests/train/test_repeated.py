"""A network applied again and again: what its parameters determine is computed once."""

import numpy as np
import pytest

from xpde.core import leaves, stream, tree_map
from xpde.nn import FNO
from xpde.nn.spectral import SpectralConvolution
from xpde.pde import Stepper, burgers
from xpde.space import Grid
from xpde.train import CORRECTIONS, Applied, Corrector, Supervised, rollout

EPS = np.finfo(np.float64).eps
POINTS, BLOCKS, STEPS = 12, 2, 3
NET = FNO(1, 1, 1, modes=3, width=2, blocks=BLOCKS)


class Doubled(FNO):
    """Twice its parent."""

    def apply(self, params, u):
        return 2 * super().apply(params, u)


def networks(bk):
    """The network alone and with a solver, in every mode."""
    solver = Stepper.build(burgers(1, 0.1), Grid((POINTS,), (2 * np.pi,)), 0.05, backend=bk)
    return {"alone": NET} | {mode: Corrector(NET, solver, mode) for mode in CORRECTIONS}


def setting(bk):
    data = np.random.default_rng(0).standard_normal((STEPS + 1, 2, 1, POINTS))
    return tree_map(bk.asarray, NET.init(stream(0, "weights"))), bk.asarray(data)


@pytest.mark.parametrize("name", ["alone", *CORRECTIONS])
def test_the_gradient_is_that_of_single_applications(bk, relative, name):
    """The same sum over steps, taken before or after the parameters become matrices."""
    network, (params, data) = networks(bk)[name], setting(bk)
    loss = Supervised(STEPS)
    value, once = bk.value_and_grad(lambda p: loss(Applied(network, p), data))(params)
    expected, each = bk.value_and_grad(lambda p: loss(lambda u: network.apply(p, u), data))(params)
    # the same operations forward; STEPS cotangents are added in another order
    assert relative(bk.to_numpy(value), bk.to_numpy(expected)) < 10 * EPS
    for a, b in zip(leaves(once), leaves(each), strict=True):
        assert relative(bk.to_numpy(a), bk.to_numpy(b)) < 1000 * EPS


@pytest.mark.parametrize("name", ["alone", *CORRECTIONS])
def test_matrices_are_made_once(bk, monkeypatch, name):
    """One set for each block, not one for each block and step."""
    made, original = [], SpectralConvolution._matrices

    def counting(self, params):
        made.append(self)
        return original(self, params)

    monkeypatch.setattr(SpectralConvolution, "_matrices", counting)
    network, (params, data) = networks(bk)[name], setting(bk)
    Supervised(STEPS)(Applied(network, params), data)
    assert len(made) == BLOCKS


def test_an_application_of_its_own_counts(bk):
    """What a subclass changes is not passed over, in training and in rollouts."""
    params, data = setting(bk)
    network = Doubled(1, 1, 1, modes=3, width=2, blocks=BLOCKS)
    loss = Supervised(STEPS)
    found = loss(Applied(network, params), data)
    expected = loss(lambda u: 2 * NET.apply(params, u), data)
    assert abs(float(bk.to_numpy(found - expected))) <= 10 * EPS * float(bk.to_numpy(expected))
    states = rollout(network, params, data[0, ...], 1)
    once = 2 * NET.apply(params, data[0, ...])
    error = bk.to_numpy(states[:, 0, ...] - once)
    assert np.max(np.abs(error)) <= 100 * EPS * np.max(np.abs(bk.to_numpy(once)))
