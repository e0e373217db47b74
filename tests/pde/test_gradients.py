"""Gradients with respect to the state, the viscosity and the step size, on every backend."""

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.pde import (
    Stepper,
    advection,
    burgers,
    gray_scott,
    klein_gordon,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    navier_stokes_velocity,
)
from xpde.space import Grid

CASES = {
    "burgers 1d": (1, 4, lambda nu: burgers(1, nu)),
    "burgers 2d": (2, 2, lambda nu: burgers(2, nu)),
    "ks": (1, 2, lambda nu: kuramoto_sivashinsky(1, fourth_order=nu)),
    "advection": (1, 0, lambda nu: advection(1, nu)),
    "kolmogorov": (2, 2, lambda nu: kolmogorov_vorticity(nu, injection_mode=1)),
    "velocity 3d": (3, 1, lambda nu: navier_stokes_velocity(3, nu)),
    "gray-scott": (1, 2, lambda nu: gray_scott(1, 0.4, 0.6, (nu, 0.05))),
    "klein-gordon": (1, 2, lambda nu: klein_gordon(1, nu, 1.0, 0.5)),  # a matrix at every mode
}
POINTS = {1: 16, 2: 9, 3: 8}


def setup(name, band_limited):
    dims, order, build = CASES[name]
    grid = Grid.cube(dims, POINTS[dims], 3.0)
    point = {
        "dt": np.asarray(0.05),
        "nu": np.asarray(0.1),
        "u": band_limited(grid, build(0.1).channels, 0),
    }
    weight = np.random.default_rng(1).standard_normal(point["u"].shape)

    def loss(bk):
        w = bk.asarray(weight)

        def value(p):
            stepper = Stepper.build(build(p["nu"]), grid, p["dt"], order=order)
            v = stepper.rollout(p["u"], 2)
            xp = namespace_of(v)
            return xp.sum(w * v[-1, ...] * v[-1, ...]) + xp.sum(w * v[0, ...])

        return value

    return point, loss


@pytest.mark.parametrize("name", sorted(CASES))
def test_taylor_remainder_is_second_order(backends, bk, band_limited, name):
    point, loss = setup(name, band_limited)
    gradient = bk.jit(bk.value_and_grad(loss(bk)))
    value, slope = gradient({k: bk.asarray(v) for k, v in point.items()})
    host = loss(backends["numpy"])
    assert float(value) == pytest.approx(float(host(point)), rel=1e-12)
    rng = np.random.default_rng(2)
    for key in point:
        direction = rng.standard_normal(point[key].shape) * (0.01 if key == "dt" else 0.1)
        along = float(np.sum(bk.to_numpy(slope[key]) * direction))
        assert slope[key].shape == point[key].shape
        remainders = []
        for h in (0.1, 0.05, 0.025):
            there = float(host(point | {key: np.asarray(point[key] + h * direction)}))
            remainders.append(abs(there - float(value) - h * along))
        slopes = -np.diff(np.log2(remainders))
        assert np.all(np.abs(slopes - 2) < 0.1), (key, slopes)


def test_state_gradient_with_host_coefficients(bk, band_limited):
    """Forward and reverse derivatives of a rollout are adjoint: ⟨Jv, w⟩ = ⟨v, Jᵀw⟩."""
    grid = Grid.cube(1, 16, 3.0)
    stepper = Stepper.build(burgers(1), grid, 0.05, backend=bk)
    rng = np.random.default_rng(0)
    u, v = (bk.asarray(band_limited(grid, 1, seed)) for seed in (0, 1))
    w = bk.asarray(rng.standard_normal((3, 1, 16)))
    _, pull = bk.vjp(lambda x: stepper.rollout(x, 3), u)
    (back,) = pull(w)
    h = 1e-6
    forward = (stepper.rollout(u + h * v, 3) - stepper.rollout(u - h * v, 3)) / (2 * h)
    assert float(bk.xp.sum(forward * w)) == pytest.approx(float(bk.xp.sum(v * back)), rel=1e-8)
