"""Corrections: each mode is its formula, gradients go through the solver or stop at it."""

import math

import numpy as np
import pytest

import xpde
from xpde.core import leaves, stream, tree_map
from xpde.errors import InvalidInput
from xpde.nn import FNO, Conv, Pure
from xpde.optim import constant, sgd
from xpde.pde import Stepper, advection_diffusion, burgers
from xpde.space import Grid
from xpde.train import CORRECTIONS, Corrector, Supervised, Trainer, course, opened, rollout
from xpde.train.program import compiled

EPS = np.finfo(np.float64).eps
GRID = Grid((12,), (2 * np.pi,))
STENCIL = np.asarray([0.3, -0.5, 0.9])
PURE = Pure(1, 1, 1, 3)
CONV = Conv(1, 1, 1, width=3, depth=1, activation="tanh")
modes = pytest.mark.parametrize("mode", CORRECTIONS)


def solver(bk, dt=0.1, grid=GRID):
    return Stepper.build(burgers(1, 0.1), grid, dt, backend=bk)


def states(count=2, points=12):
    x = 2 * np.pi * np.arange(points) / points
    waves = [np.sin(x + s) + 0.4 * np.cos(2 * x - s) for s in range(count)]
    return np.stack(waves)[:, None]


def stencil(u):
    """The Pure network by hand: Σ_i w_i u(n + i - 1)."""
    return sum(w * np.roll(u, 1 - i, axis=-1) for i, w in enumerate(STENCIL))


FORMULAS = {
    "sequential": lambda u, c: stencil(c),
    "parallel": lambda u, c: c + stencil(u),
    "sequential_with_bypass": lambda u, c: c + stencil(c),
}


def test_every_mode_has_a_formula():
    assert tuple(FORMULAS) == CORRECTIONS


@modes
@pytest.mark.parametrize("cut", [False, True])
def test_a_mode_is_its_formula(bk, relative, mode, cut):
    """The cut changes no value."""
    u, reference = states(), solver(None)
    params = {"weight": bk.asarray(STENCIL[None, None])}
    found = Corrector(PURE, solver(bk), mode, cut).apply(params, bk.asarray(u))
    # transforms of 12 points and sums of four terms, on two libraries
    assert relative(bk.to_numpy(found), FORMULAS[mode](u, reference(u))) < 50 * EPS


@modes
def test_a_network_that_is_zero(bk, mode):
    """It leaves the solver in the modes with a sum, to the bit, and zero in the other."""
    u, coarse = bk.asarray(states()), solver(bk)
    params = tree_map(lambda w: bk.asarray(0 * w), CONV.init(stream(0, "zero")))
    found = bk.to_numpy(Corrector(CONV, coarse, mode).apply(params, u))
    expected = 0 * states() if mode == "sequential" else bk.to_numpy(coarse(u))
    assert np.array_equal(found, expected)


def test_what_is_trained_is_the_network():
    corrector = Corrector(FNO(1, 1, 1, 3, 4, 1), solver(None))
    drawn = corrector.init(stream(3, "weights"))
    same = corrector.network.init(stream(3, "weights"))
    assert all(np.array_equal(a, b) for a, b in zip(leaves(drawn), leaves(same), strict=True))
    assert sum(leaf.size for leaf in leaves(drawn)) == corrector.parameter_count()
    assert len({corrector, Corrector(corrector.network, corrector.coarse)}) == 2


def test_receptive_field():
    """A spectral solver sees all; a stencil of two cells adds its own, or the larger counts."""

    class Two:
        receptive_field = 2.0

        def __call__(self, u):
            return u

    assert Corrector(CONV, solver(None)).receptive_field == math.inf
    fields = {mode: Corrector(CONV, Two(), mode).receptive_field for mode in CORRECTIONS}
    assert fields == {"sequential": 4.0, "parallel": 2.0, "sequential_with_bypass": 4.0}


def slope(bk, corrector, params, direction, window):
    """Derivative of an unrolled loss along a direction in the weights, by the gradient."""

    def loss(p):
        return Supervised(3)(lambda u: corrector.apply(p, u), window)

    _, gradient = bk.value_and_grad(loss)(tree_map(bk.asarray, params))
    pairs = zip(leaves(gradient), leaves(direction), strict=True)
    return sum(float(np.sum(bk.to_numpy(g) * d)) for g, d in pairs)


def difference(bk, make, params, direction, window, h=1e-5):
    """The same by central differences of the loss of ``make()``."""

    def loss(sign):
        moved = tree_map(lambda p, d: bk.asarray(p + sign * h * d), params, direction)
        corrector = make()
        return float(Supervised(3)(lambda u: corrector.apply(moved, u), window))

    return (loss(1) - loss(-1)) / (2 * h)


@modes
def test_gradients_of_the_weights(bk, mode):
    """Through three steps: with the solver in the chain, and with every c_t held constant."""
    params, direction = (CONV.init(stream(0, name)) for name in ("weights", "direction"))
    window, coarse = bk.asarray(np.stack([states()] * 4)), solver(bk)
    whole = Corrector(CONV, coarse, mode)
    expected = difference(bk, lambda: whole, params, direction, window)
    full = slope(bk, whole, params, direction, window)
    # central differences: h² of curvature, eps/h of rounding
    assert abs(full - expected) < 1e-7 * abs(expected)

    placed, u, held = tree_map(bk.asarray, params), window[0, ...], []
    for _ in range(3):
        held.append(coarse(u))
        u = whole.apply(placed, u)

    def frozen():
        rest = iter(held)
        return Corrector(CONV, lambda u: next(rest), mode)

    expected = difference(bk, frozen, params, direction, window)
    stopped = slope(bk, Corrector(CONV, coarse, mode, cut=True), params, direction, window)
    assert abs(stopped - expected) < 1e-7 * abs(expected)
    assert abs(stopped - full) > 1e-2 * abs(full)


@modes
def test_rollout_uses_the_arrays_it_is_given(bk, relative, mode):
    """Solvers of equal structure share a program, never their numbers."""
    params, u = tree_map(bk.asarray, CONV.init(stream(0, "weights"))), bk.asarray(states())
    pair = [Corrector(CONV, solver(bk, dt), mode) for dt in (0.1, 0.3)]
    assert opened(pair[0])[0] == opened(pair[1])[0]
    found = []
    for corrector in pair:
        found.append(bk.to_numpy(rollout(corrector, params, u, 3)))
        v = u
        for t in range(3):
            v = corrector.apply(params, v)
            # fused operations round differently, and Burgers does not amplify within 3 steps
            assert relative(found[-1][:, t], bk.to_numpy(v)) < 1000 * EPS
    assert relative(*found) > 1e-2


@pytest.mark.parametrize("fuse", [False, True])
def test_the_solver_is_an_argument_of_compiled_programs(fuse, monkeypatch):
    """The text of a program of 512 points is not longer than that of 64 by any coefficient."""
    pytest.importorskip("jax")
    bk, sizes = xpde.backend("jax", dtype="float64"), {}
    equation = advection_diffusion(1, 1.0, 0.1)
    for points in (64, 512):
        coarse = Stepper.build(equation, Grid.cube(1, points), 1e-3, backend=bk)
        found = Corrector(CONV, coarse, "parallel")
        trainer = Trainer(found, Supervised(), sgd(constant(1e-3)), 2, batch_size=2, fuse=fuse)
        calls = []

        def spy(*key, calls=calls):
            made = compiled(*key)
            return lambda *args: (calls.append(made.lower(*args).as_text()), made(*args))[1]

        monkeypatch.setattr(course, "compiled", spy)
        data = np.stack([states(2, points)] * 3, axis=1)
        trainer.run(found.init(stream(0, "weights")), bk.asarray(data))
        sizes[points] = len(calls[0])
    # one coefficient is 16 hexadecimal digits or more, and there are 257 complex ones
    assert sizes[512] < sizes[64] + 2000


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda p: Corrector(CONV, p, "paralel"), "unknown correction 'paralel': did you mean par"),
        (lambda p: Corrector(Conv(2, 1, 1), p), "expected a coarse solver in 2 dimensions"),
        (lambda p: Corrector(Conv(1, 2, 1), p), "expected channels_in = 1 like the coarse solver"),
        (lambda p: Corrector(Conv(1, 1, 2), p), "expected channels_out = 1 like the coarse solver"),
    ],
)
def test_bad_input_is_one_line(make, expected):
    with pytest.raises(InvalidInput) as caught:
        make(solver(None))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
