"""Derivatives with respect to coefficients, winds and what is given at walls, on every backend."""

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.space.finite import (
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    Robin,
    Staggered,
    Wall,
    advection,
    biharmonic,
    convection,
    diffusion,
    laplacian,
)

POINTS = (3, 4)


def box(value, slope):
    """Values along one wall, a scalar at the other, periodic along them."""
    return Box(POINTS, (1.0, 2.0), (Periodic(), (Dirichlet(value), Robin(1.0, 2.0, slope))))


def diffused(p, u):
    space = box(p["value"], p["slope"])
    return diffusion(space, p["nu"], mean="harmonic")(u) + diffusion(space, p["scalar"])(u)


def carried(p, u):
    space = box(p["value"], p["slope"])
    moved = advection(space, p["wind"], form="skew", walls=space)(u)
    return moved + convection(space, p["wind"], p["scalar"], walls=space)(u)


def bent(p, u):
    space = box(p["value"], p["slope"])
    closed = Box(POINTS, (1.0, 2.0), (Neumann(p["scalar"]), Periodic()), "nodes")
    return biharmonic(space)(u) + p["scalar"] * laplacian(closed)(u)


def staggered(p, u):
    lid = Wall((p["scalar"], 0.1))
    grid = Staggered.build(POINTS, (1.0, 2.0), (None, (Wall((p["value"], 0.1)), lid)))
    w = p["wind"]
    xp = namespace_of(w)
    return xp.concat([grid.upwind(w)(w) + grid.laplacian()(w), grid.vorticity()(w)], axis=-3)


def parameters():
    rng = np.random.default_rng(0)
    return {
        "nu": np.exp(rng.standard_normal(POINTS)),
        "wind": rng.standard_normal((2, *POINTS)),
        "value": rng.standard_normal((3, 1)),
        "slope": np.asarray(0.4),
        "scalar": np.asarray(0.7),
    }


@pytest.mark.parametrize("fn", [diffused, carried, bent, staggered])
def test_parameters(bk, fn):
    """⟨∇f, v⟩ is the central difference of f along v, for f = Σ F²/2 of all parameters at once."""
    host, rng = parameters(), np.random.default_rng(1)
    direction = {name: rng.standard_normal(p.shape) for name, p in host.items()}
    u = rng.standard_normal((1, *POINTS))

    def value(p, u):
        out = fn(p, u)
        return 0.5 * namespace_of(out).sum(out * out)

    params = {name: bk.asarray(p) for name, p in host.items()}
    _, found = bk.jit(bk.value_and_grad(value))(params, bk.asarray(u))
    slope = sum(float(np.sum(bk.to_numpy(found[name]) * direction[name])) for name in host)
    h = 1e-5
    ahead, behind = (
        float(value({name: host[name] + s * h * direction[name] for name in host}, u))
        for s in (1, -1)
    )
    difference = (ahead - behind) / (2 * h)
    # h² of the third derivative, and eps/h times the value, relative to slopes of its size
    assert abs(slope - difference) < 1e-6 * max(abs(difference), abs(ahead))


def test_unused_parameters_get_zeros(backends):
    """Ghosts of a wall do not depend on what is given at the other."""
    bk = backends["numpy"]

    def first(value):
        out = laplacian(Box((4,), 1.0, (Dirichlet(value), Dirichlet())))(bk.asarray(np.zeros(4)))
        return namespace_of(out).sum(out[1:])

    _, slope = bk.value_and_grad(first)(bk.asarray(np.asarray(2.0)))
    assert float(slope) == 0.0
