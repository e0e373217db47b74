"""Incompressible flow: Taylor-Green vortices, divergence, energy, the lid-driven cavity."""

import numpy as np
import pytest

from bench import cavity
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.pde.implicit import NavierStokes
from xpde.solvers import BiCGStab, Implicit, Unrolled
from xpde.space.finite import Staggered
from xpde.time import BDF2, CRANK_NICOLSON, IMPLICIT_EULER

LENGTH = 2 * np.pi


def vortices(n, t, nu, wind=(1.0, 0.5)):
    """Taylor-Green vortices carried by a wind: velocity on the faces and pressure in the cells."""
    h = LENGTH / n
    x, y = np.meshgrid(np.arange(n) * h, np.arange(n) * h, indexing="ij")
    x, y, decay = x - wind[0] * t, y - wind[1] * t, np.exp(-2 * nu * t)
    u = wind[0] - np.cos(x + h / 2) * np.sin(y) * decay
    v = wind[1] + np.sin(x) * np.cos(y + h / 2) * decay
    return np.stack([u, v, -0.25 * (np.cos(2 * x) + np.cos(2 * y)) * decay**2])


def flow(n, steps, nu=0.05, **how):
    grid = Staggered.build((n, n), LENGTH)
    return NavierStokes.build(grid, nu, 1.0 / steps, BiCGStab(rtol=1e-11, max_steps=80), **how)


@pytest.mark.parametrize(
    ("transport", "order"), [("centered", 2), ("upwind", 1)], ids=["centered", "upwind"]
)
def test_order_in_space(transport, order):
    errors = []
    for n in (16, 32):
        solver = flow(n, n, transport=transport)
        end = solver.repeat(vortices(n, 0.0, 0.05), n)
        errors.append(np.max(np.abs(end - vortices(n, 1.0, 0.05))[:2]))
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.25, errors


@pytest.mark.parametrize(
    ("scheme", "picard", "order"), [(CRANK_NICOLSON, 2, 2), (IMPLICIT_EULER, 1, 1)]
)
def test_order_in_time(scheme, picard, order):
    """Against fine steps of the same grid."""
    ends = []
    for steps in (8, 16, 128):
        solver = flow(12, steps, scheme=scheme, picard=picard)
        ends.append(solver.repeat(vortices(12, 0.0, 0.05), steps)[:2])
    errors = [np.max(np.abs(end - ends[-1])) for end in ends[:2]]
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.2, errors


def test_a_step_on_every_backend(bk, relative):
    """No divergence, the mean velocity stays, energy falls, samples alone, backends agree."""
    solver, here = flow(8, 8), flow(8, 8, like=bk.asarray(np.zeros(1)))
    u = np.stack([vortices(8, 0.0, 0.05), 0.5 * vortices(8, 0.3, 0.05)])
    out = bk.to_numpy(here.repeat(bk.asarray(u), 2))
    assert relative(out, solver.repeat(u, 2)) < 1e-9  # two solves of relative accuracy 1e-11
    assert relative(out[1], bk.to_numpy(here.repeat(bk.asarray(u[1]), 2))) < 1e-9
    divergence = np.asarray(solver.staggered.divergence()(out[:, :2]))
    assert np.max(np.abs(divergence)) < 1e-12  # roundings of the pressure solver, divided by h
    means = [np.mean(a[:, :2], axis=(-1, -2)) for a in (u, out)]
    assert np.max(np.abs(means[0] - means[1])) < 1e-11
    energy = [np.sum(a[:, :2] ** 2, axis=(-1, -2, -3)) for a in (u, out)]
    assert np.all(energy[1] < energy[0])


@pytest.mark.parametrize("adjoint", [Implicit(), Unrolled()], ids=lambda a: type(a).__name__)
def test_derivatives_in_state_and_viscosity(adjoint, backends):
    """Taylor on the tape and on torch; the remainder of first order falls as h²."""
    rng = np.random.default_rng(0)
    u, du, w = (
        vortices(6, 0.0, 0.05),
        rng.standard_normal((3, 6, 6)),
        rng.standard_normal((3, 6, 6)),
    )
    for name in ("numpy", "torch"):
        bk = backends[name]
        like = bk.asarray(np.zeros(1))
        grid = Staggered.build((6, 6), LENGTH)

        def loss(p, bk=bk, like=like, grid=grid):
            method = BiCGStab(max_steps=14)
            solver = NavierStokes.build(grid, p["nu"], 0.1, method, like=like, adjoint=adjoint)
            out = solver(p["u"])
            return namespace_of(out).sum(out * bk.asarray(w))

        def placed(h, bk=bk):
            return {"u": bk.asarray(u + h * du), "nu": bk.asarray(np.asarray(0.05 + 0.02 * h))}

        value, gradient = bk.value_and_grad(loss)(placed(0.0))
        slope = np.sum(bk.to_numpy(gradient["u"]) * du) + 0.02 * float(bk.to_numpy(gradient["nu"]))
        rest = [
            abs(float(bk.to_numpy(loss(placed(h)))) - float(bk.to_numpy(value)) - h * slope)
            for h in (4e-2, 2e-2)
        ]
        assert abs(np.log2(rest[0] / rest[1]) - 2) < 0.2, (name, rest)


def test_the_lid_driven_cavity(backends):
    """Steady flow at Re = 100 within 1 % of the lid's velocity of the tables of Ghia et al. (1982).

    The extremes of the spectral solution of Botella & Peyret (1998) are approached within 1 % at
    48 cells.
    """
    u, v = cavity.profiles(cavity.steady(backends["jax"], 48))
    for profile, table in ((u, cavity.GHIA_U), (v, cavity.GHIA_V)):
        assert np.max(np.abs(profile([*table]) - [*table.values()])) < 0.01
    found = cavity.extremes(u, v)
    assert max(abs(found[name] - value) for name, value in cavity.BOTELLA.items()) < 0.01


@pytest.mark.parametrize(
    "wrong", [{"transport": "centred"}, {"scheme": BDF2}, {"picard": 0}, {"dt": 0.0}]
)
def test_refusals_are_one_line(wrong):
    given = {"dt": 0.1, "method": BiCGStab(max_steps=5)} | wrong
    with pytest.raises(InvalidInput) as error:
        NavierStokes.build(Staggered.build((6, 6)), 0.1, **given)
    assert "\n" not in str(error.value)
