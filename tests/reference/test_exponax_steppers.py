"""Every stepper of Exponax 0.2.0, in double precision, ten steps; the table is steppers.py."""

import contextlib
import inspect
import io
import sys
from pathlib import Path

import numpy as np
import pytest

exponax = pytest.importorskip("exponax", minversion="0.2.0")
jax = pytest.importorskip("jax")

sys.path.insert(0, str(Path(__file__).parent))
from steppers import BOUND, PAIRS, PEER, product, quick, random_state  # noqa: E402

from xpde.conventions import EXACT  # noqa: E402
from xpde.pde import Forced, Stepper, burgers, kdv  # noqa: E402
from xpde.space import Grid  # noqa: E402


def named(cases):
    return [
        pytest.param(*case, id=f"{case[0].name}-{case[1]}d-{case[2]}-order {case[3]}".lower())
        for case in cases
    ]


def check(relative, pair, dims, n, order):
    with contextlib.redirect_stdout(io.StringIO()):  # one of their classes prints a warning
        expected = pair.expected(dims, n, order)
    for conventions in pair.conventions(dims):
        gap = relative(pair.found(dims, n, order, conventions), expected)
        assert gap < BOUND, conventions.name


@pytest.mark.parametrize(("pair", "dims", "n", "order"), named(quick()))
def test_ten_steps(relative, pair, dims, n, order):
    check(relative, pair, dims, n, order)


@pytest.mark.slow
@pytest.mark.parametrize(("pair", "dims", "n", "order"), named(product()))
def test_ten_steps_everywhere(relative, pair, dims, n, order):
    check(relative, pair, dims, n, order)


def test_no_stepper_is_left_out():
    modules = [exponax.stepper, exponax.stepper.reaction, exponax.stepper.generic]
    exported = [getattr(module, name) for module in modules for name in module.__all__]
    classes = {c for c in exported if inspect.isclass(c)}
    assert classes == {pair.cls() for pair in PAIRS}


# Pairs that must part: a row of the table that claims no agreement under exact is a difference
# of the numbers, not one that nobody looked at.
PARTED = [(pair, dims) for pair in PAIRS for dims in pair.dims if dims not in pair.exact]


@pytest.mark.parametrize(
    ("pair", "dims"), PARTED, ids=lambda x: x.name if hasattr(x, "name") else f"{x}d"
)
def test_exact_is_something_else_where_the_table_says_so(relative, pair, dims):
    n, order = 12 if dims == 3 else 16, None if pair.linear else 2
    exact = pair.found(dims, n, order, EXACT)
    assert relative(pair.found(dims, n, order, PEER), exact) > 1e6 * BOUND


def test_substeps_are_their_repeated_steps(relative):
    grid, u = Grid.cube(1, 24, 3.0), random_state(1, 24, 1)
    with jax.disable_jit():
        inner = exponax.stepper.KortewegDeVries(1, 3.0, 24, 0.001, order=3)
    repeated = exponax.RepeatedStepper(inner, 3)
    ours = Stepper.build(kdv(1), grid, 0.003, order=3, substeps=3, conventions=PEER)
    assert ours.grid.points == (repeated.num_points,)
    assert relative(ours(u), np.asarray(repeated(u))) < BOUND


def test_forced(relative):
    grid, u, forces = Grid.cube(2, 16, 3.0), random_state(2, 16, 2), random_state(2, 16, 6, seed=1)
    forces = forces.reshape(3, 2, 16, 16)
    with jax.disable_jit():
        inner = exponax.stepper.Burgers(2, 3.0, 16, 0.02, diffusivity=0.05)
    theirs, expected = exponax.ForcedStepper(inner), []
    for force in forces:
        expected.append(theirs(jax.numpy.asarray(expected[-1] if expected else u), force))
    ours = Forced(Stepper.build(burgers(2, 0.05), grid, 0.02), 0.02)
    assert relative(ours.rollout(u, forces), np.stack(expected)) < BOUND


def test_kdv_agrees_as_the_step_shrinks(relative):
    """They take the real part of complex coefficients: first order, the same limit."""
    grid = Grid.cube(1, 24, 3.0)
    u_hat = np.fft.rfft(random_state(1, 24, 1)) * (grid.wavenumbers(0) <= 2)
    u = np.fft.irfft(u_hat, n=24)
    gaps = []
    for steps in (40, 80, 160):
        theirs = exponax.stepper.KortewegDeVries(1, 3.0, 24, 0.004 / steps, order=4)
        expected = np.asarray(jax.jit(exponax.repeat(theirs, steps))(u))
        found = Stepper.build(kdv(1), grid, 0.004 / steps, order=4).repeat(u, steps)
        gaps.append(relative(found, expected))
    assert gaps[-1] < 1e-3  # half a step of 2.5e-5 times the third derivative, κ³ = 73
    np.testing.assert_allclose(np.log2(gaps[0] / np.array(gaps[1:])), [1, 2], atol=0.3)
