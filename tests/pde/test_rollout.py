"""Trajectories do not depend on how they are cut into blocks and samples."""

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.pde import Stepper, burgers, diffusion, dispersion, kdv, rollout, wave
from xpde.space import Grid

EPS = np.finfo(np.float64).eps
GRID = Grid.cube(1, 24, 2 * np.pi)
CASES = {
    "linear": dispersion(1, 0.1),
    "two channels": diffusion(1, 0.1, channels=2),
    "coupled": wave(1, 2.0),
    "nonlinear": kdv(1),
}


@pytest.mark.parametrize("steps", [1, 7, 12])
@pytest.mark.parametrize("name", CASES)
def test_blocks_change_nothing(bk, relative, band_limited, limits, name, steps):
    """One block, several, or one state at a time: the same states in the same order."""
    equation = CASES[name]
    stepper = Stepper.build(equation, GRID, 0.02, substeps=2, backend=bk)
    u = bk.asarray(band_limited(GRID, equation.channels, seed=1, lead=(2,)))
    expected = [u]
    for _ in range(steps):
        expected.append(stepper(expected[-1]))
    expected = np.stack([bk.to_numpy(v) for v in expected[1:]], axis=1)
    for states in (1, 3, 1000):  # that fit into a block
        size = states * 8 * u.shape[0] * equation.channels * 24
        limits(rollout, _BLOCK=size, _EAGER_BLOCK=size)
        found = bk.to_numpy(stepper.rollout(u, steps))
        assert found.shape == (2, steps, equation.channels, 24)
        # a power of the factor rounds once per doubling, and steps pass through physical space
        assert relative(found, expected) < 100 * steps * EPS


@pytest.mark.parametrize(("size", "group"), [(0, 1), (0, 2), (2**40, 1)])
@pytest.mark.parametrize("lead", [(3,), (2, 2)])
def test_samples_in_turn_in_groups_or_together(
    bk, relative, band_limited, limits, lead, size, group
):
    limits(rollout, _SAMPLE=size, _PRODUCTS=group * 8 * 2 * 12 * 12)
    grid = Grid.cube(2, 12, 2 * np.pi)
    stepper = Stepper.build(burgers(2), grid, 0.01, backend=bk)
    u = band_limited(grid, 2, seed=2, lead=lead)
    single = [bk.asarray(v) for v in u.reshape(-1, 2, 12, 12)]
    states = np.stack([bk.to_numpy(stepper.rollout(v, 3)) for v in single])
    found = bk.to_numpy(stepper.rollout(bk.asarray(u), 3, include_initial=True))
    assert found.shape == (*lead, 4, 2, 12, 12)
    assert relative(found[..., 1:, :, :, :].reshape(states.shape), states) < 100 * EPS
    last = bk.to_numpy(stepper.repeat(bk.asarray(u), 3))
    assert relative(last.reshape(states[:, -1].shape), states[:, -1]) < 100 * EPS


def test_gradient_through_samples_one_by_one(bk, relative, band_limited, limits):
    """The gradient of the mean energy after some steps is the same either way."""
    grid = Grid.cube(1, 16, 2 * np.pi)
    stepper = Stepper.build(burgers(1), grid, 0.01, backend=bk)
    u = bk.asarray(band_limited(grid, 1, seed=3, lead=(3,)))
    found = []

    def energy(v):
        return namespace_of(v).mean(stepper.rollout(v, 4)[:, -1, ...] ** 2)

    for size in (0, 2**40):
        limits(rollout, _SAMPLE=size, _PRODUCTS=1)
        found.append(bk.to_numpy(bk.value_and_grad(energy)(u)[1]))
    assert relative(found[0], found[1]) < 100 * EPS
