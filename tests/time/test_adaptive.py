"""Adaptive steps: every sample has its own, on every backend the same, and gradients flow."""

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.pde import Stepper, burgers, diffusion, polynomial, schroedinger, wave
from xpde.space import Grid
from xpde.time import Adaptive

EPS = np.finfo(np.float64).eps
GRID = Grid.cube(1, 32, 2 * np.pi)
(X,) = GRID.coordinates()
BURGERS = burgers(1, 0.05)
# nothing to do, a slow wave, a fast one: steps differ by a factor of ten and more
NEEDS = np.stack([0 * X, 0.01 * np.sin(X), np.sin(X), 30 * np.sin(X) + 10 * np.cos(2 * X)])[:, None]


def plan(equation=BURGERS, dt=0.5, backend=None, **method):
    return Stepper.build(equation, GRID, dt, method=Adaptive(**method), backend=backend)


def advance(stepper, u):
    """Return the band after dt and the steps tried."""
    bk = xpde.core.backend_of(u)
    u_hat = stepper.band.restrict(bk.rfftn(u, 1))
    return stepper.integrator.advance(u_hat, stepper.term)


@pytest.mark.parametrize("halvings", [1, 2, 5, 12])
def test_the_ladder_has_no_wide_gap(halvings):
    sizes = np.array(Adaptive(halvings=halvings).sizes)
    assert sizes[0] == 1
    assert sizes[-1] == 2**halvings
    ratios = sizes[1:] / sizes[:-1]
    assert np.all(ratios > 1)
    assert np.all(ratios[2:] <= 1.5)  # 1, 2, 3, 4, 6, 8, 12, ...


@pytest.mark.parametrize("dt", [0.3, 1.0])
def test_nothing_to_do_is_one_step(dt):
    """A state at rest, and a linear equation, take the whole interval at once."""
    _, tries = advance(plan(dt=dt), np.zeros((1, 32)))
    assert int(tries) == 1
    linear = Stepper.build(diffusion(1), GRID, dt, method=Adaptive())
    assert linear.integrator.order == 0


def test_samples_share_nothing(relative):
    stepper = plan(rtol=1e-7)
    together, tries = advance(stepper, NEEDS)
    for i, sample in enumerate(NEEDS):
        alone, own = advance(stepper, sample)
        assert own == tries[i]
        assert relative(alone, together[i]) < 10 * EPS  # blocks of another size
    assert tries[0] == 1
    assert tries[3] > 5 * tries[2] > 5 * tries[1]
    square = np.reshape(NEEDS, (2, 2, 1, 32))
    assert relative(stepper(square), np.reshape(stepper(NEEDS), square.shape)) < 10 * EPS


def test_the_order_of_samples_does_not_matter(relative):
    stepper = plan()
    assert relative(stepper(NEEDS[::-1].copy())[::-1], stepper(NEEDS)) < 10 * EPS


@pytest.mark.parametrize("equation", [BURGERS, schroedinger(1)], ids=lambda e: e.name)
def test_backends_take_the_same_steps(bk, relative, equation):
    u = 0.5 * np.concatenate([NEEDS[1:3]] * equation.channels, axis=1)
    here, tries = advance(plan(equation, 0.1), u)
    found, count = advance(plan(equation, 0.1, bk), bk.asarray(u))
    assert np.array_equal(bk.to_numpy(count), tries)
    full = plan(equation, 0.1).band
    compact = plan(equation, 0.1, bk).band.extend(found)
    # a hundred evaluations of rounding
    assert relative(bk.to_numpy(compact), full.extend(here)) < 1e-12


def test_compiled_steps_are_the_same(backends, relative):
    for bk in backends.values():
        if bk.capabilities.compiles:
            stepper, u = plan(backend=bk), bk.asarray(NEEDS[:3])
            found = bk.jit(lambda s, v: s(v))(stepper, u)
            assert relative(bk.to_numpy(found), plan()(NEEDS[:3])) < 1e-12


def test_a_sample_that_cannot_is_not_a_number(bk, relative):
    """Blow-up of u_t = u² at t = 1/u: that sample is NaN, the others go on."""
    growth = polynomial(1, (0.0,), (0.0, 0.0, 1.0))
    u = np.ones((3, 1, 32)) * np.array([0.5, 5.0, 0.25])[:, None, None]
    with np.errstate(all="ignore"):
        v = bk.to_numpy(plan(growth, 1.0, bk, rtol=1e-8)(bk.asarray(u)))
    assert np.all(np.isnan(v[1]))
    exact = 1 / (1 / u - 1.0)  # u / (1 - u t) at t = 1
    assert relative(v[::2], exact[::2]) < 5e-8  # five tolerances


def test_a_state_that_is_no_number_stays_alone(relative):
    u = NEEDS.copy()
    u[1, 0, 3] = np.nan
    v = plan()(u)
    assert np.all(np.isnan(v[1]))
    assert relative(v[[0, 2, 3]], plan()(NEEDS)[[0, 2, 3]]) < 10 * EPS


def test_too_few_halvings_are_not_hidden():
    """A step that would have to be smaller than dt / 2^halvings gives NaN, never a bad number."""
    assert np.all(np.isnan(plan(rtol=1e-10, halvings=2)(NEEDS[2])))
    assert np.all(np.isfinite(plan(rtol=1e-10, halvings=12)(NEEDS[2])))


def test_rejected_steps_leave_no_trace(relative):
    """A start that is far too bold is tried again: the result is that of a cautious start."""
    front = np.tanh(3 * np.sin(X))[None]  # the rate at t = 0 is small where the front will be
    bold, cautious = plan(rtol=1e-9, dt=1.0), plan(rtol=1e-9, dt=1.0 / 64)
    assert relative(bold(front), cautious.repeat(front, 64)) < 2e-9  # of either


@pytest.mark.parametrize("substeps", [1, 2])
def test_rollout_repeat_and_substeps(relative, substeps):
    stepper = Stepper.build(BURGERS, GRID, 0.2, method=Adaptive(1e-10), substeps=substeps)
    fixed = Stepper.build(BURGERS, GRID, 0.2, order=4, substeps=100)
    u = NEEDS[2]
    path = stepper.rollout(u, 3)
    assert relative(path, fixed.rollout(u, 3)) < 1e-9  # ten tolerances, three intervals
    assert relative(stepper.repeat(u, 3), path[-1]) < 10 * EPS


def test_gradient_of_the_state(bk, relative):
    """The derivative of the accepted steps is that of a fine fixed step, to the tolerance."""
    if bk.capabilities.compiles:
        pytest.skip("a loop without a known length has no reverse derivative on JAX")
    u, w = 0.7 * NEEDS[2], np.random.default_rng(0).standard_normal((1, 32))

    def slope(stepper):
        def value(v):
            out = stepper(v)
            return namespace_of(out).sum(bk.asarray(w) * out * out)

        return bk.to_numpy(bk.value_and_grad(value)(bk.asarray(u))[1])

    found = slope(plan(backend=bk, rtol=1e-8))
    fixed = slope(Stepper.build(BURGERS, GRID, 0.5, order=4, substeps=64, backend=bk))
    # the tolerance looks at the state, not at its derivative: fifty of it
    assert relative(found, fixed) < 5e-7


def test_gradient_of_a_parameter(bk):
    """Coefficients of every size depend on the parameter."""
    if bk.capabilities.compiles:
        pytest.skip("a loop without a known length has no reverse derivative on JAX")

    def value(nu):
        stepper = Stepper.build(burgers(1, nu), GRID, 0.2, method=Adaptive(1e-9))
        out = stepper(bk.asarray(NEEDS[2:3]))
        return namespace_of(out).sum(out * out)

    _, slope = bk.value_and_grad(value)(bk.asarray(np.asarray(0.1)))
    h = 1e-4
    ahead, behind = (float(value(bk.asarray(np.asarray(0.1 + s * h)))) for s in (1, -1))
    # the steps change with ν too: the error of 1e-9 over h, and h² of curvature
    assert float(slope) == pytest.approx((ahead - behind) / (2 * h), rel=1e-5)


def test_bad_methods_are_named_in_one_line():
    for bad, text in [
        ({"rtol": 0.0}, "rtol between 0 and 1, got 0.0"),
        ({"rtol": 1.0}, "rtol between 0 and 1"),
        ({"rtol": float("nan")}, "rtol between 0 and 1"),
        ({"halvings": 0}, "halvings from 1 to 20, got 0"),
        ({"halvings": 2.5}, "halvings from 1 to 20"),
    ]:
        with pytest.raises(InvalidInput, match=text):
            Adaptive(**bad)
    with pytest.raises(InvalidInput, match="order or an adaptive method, got both"):
        Stepper.build(BURGERS, GRID, 0.1, order=2, method=Adaptive())
    with pytest.raises(
        InvalidInput, match=r"method None or Adaptive\(rtol=\.\.\.\), got 'adaptive'"
    ):
        Stepper.build(BURGERS, GRID, 0.1, method="adaptive")


def test_coupled_equations_adapt_too(relative):
    """The ladder holds matrices at every mode."""
    u = np.stack([0.5 * np.sin(X), 0.3 * np.cos(2 * X)])
    equation = schroedinger(1)
    fixed = Stepper.build(equation, GRID, 0.2, order=4, substeps=400)
    assert relative(plan(equation, 0.2, rtol=1e-9)(u), fixed(u)) < 5e-9
    assert Stepper.build(wave(1), GRID, 0.2, method=Adaptive()).integrator.order == 0
