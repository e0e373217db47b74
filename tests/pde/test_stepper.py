"""Laws of steppers: batches, semigroup, rollouts, agreement, conservation, symmetry, errors."""

import dataclasses
import inspect
import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xpde
from xpde.errors import InvalidInput, MixedBackends
from xpde.pde import (
    CATALOGUE,
    Stepper,
    advection,
    advection_diffusion,
    belousov_zhabotinsky,
    burgers,
    diffusion,
    dispersion,
    first_nonfinite,
    hyper_diffusion,
    kdv,
    kolmogorov_velocity,
    kolmogorov_vorticity,
    kuramoto_sivashinsky,
    linear,
    navier_stokes_velocity,
    navier_stokes_vorticity,
)
from xpde.space import Grid, Symbols

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
from equations import examples

EPS = np.finfo(np.float64).eps
EXAMPLES = examples(1, 2, 3)
FEW = settings(max_examples=8)
EQUATIONS = {
    "burgers 1d": burgers(1),
    "burgers 2d": burgers(2),
    "burgers 2d conservative": burgers(2, conservative=True),
    "burgers 3d": burgers(3),
    "kdv": kdv(1, hyper_diffusivity=1e-4),
    "ks 2d": kuramoto_sivashinsky(2),
    "kolmogorov": kolmogorov_vorticity(injection_mode=2),
}
SIZE = {1: 24, 2: 14, 3: 10}


def setup(name, length=2 * np.pi):
    equation = EQUATIONS[name]
    return equation, Grid.cube(equation.dims, SIZE[equation.dims], length)


@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_backends_agree(backends, relative, band_limited, name):
    equation, grid = setup(name)
    u = band_limited(grid, equation.channels, 1, lead=(2,))
    found = {}
    for key, bk in backends.items():
        stepper = Stepper.build(equation, grid, 0.01, backend=bk)
        run = bk.jit(lambda s, v: s.rollout(v, 10))
        found[key] = bk.to_numpy(run(stepper, bk.asarray(u)))
    for value in found.values():
        assert value.shape == (2, 10, equation.channels, *grid.points)
        assert relative(value, found["numpy"]) < 1e-12
    # batch law, and repeat is the last state of a rollout
    stepper = Stepper.build(equation, grid, 0.01)
    for i in range(2):
        assert relative(stepper.rollout(u[i], 10), found["numpy"][i]) < 1e-13
    assert relative(stepper.repeat(u, 10), found["numpy"][:, -1]) < 1e-13


@FEW
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(9, 12),
    dims=st.integers(1, 3),
    dt=st.floats(1e-3, 3.0),
)
def test_linear_steps_are_exact(relative, band_limited, seed, n, dims, dt):
    grid = Grid.cube(dims, n, 3.0)
    u = band_limited(grid, 2, seed)
    c = np.linspace(0.5, 1.0, dims)
    cases = [
        (
            advection(dims, tuple(c), 2),
            lambda k: -1j * sum(a * b for a, b in zip(c, k, strict=True)),
        ),
        (diffusion(dims, 0.02, 2), lambda k: -0.02 * sum(b**2 for b in k)),
        (dispersion(dims, 1e-2, 2), lambda k: -1e-2j * sum(b**3 for b in k)),
        (hyper_diffusion(dims, 1e-3, 2), lambda k: -1e-3 * sum(b**4 for b in k)),
        (
            linear(dims, (0.1, -0.2, 0.01), 2),
            lambda k: 0.1 + sum(-0.2j * b - 0.01 * b**2 for b in k),
        ),
    ]
    axes = tuple(range(-dims, 0))
    kappa = [Symbols(grid).kappa(j) for j in range(dims)]
    for equation, symbol in cases:
        u_hat = np.fft.rfftn(u, axes=axes) * np.exp(dt * symbol(kappa))
        exact = np.fft.irfftn(u_hat, s=grid.points, axes=axes)
        assert relative(Stepper.build(equation, grid, dt)(u), exact) < 1e-13


def test_semigroup(bk, relative, band_limited):
    grid = Grid.cube(1, 20, 2.0)
    u = bk.asarray(band_limited(grid, 1, 0))
    equation = advection_diffusion(1, 0.7, 0.01)
    one = Stepper.build(equation, grid, 0.1, backend=bk)
    long = Stepper.build(equation, grid, 0.7, backend=bk)
    assert relative(bk.to_numpy(one.repeat(u, 7)), bk.to_numpy(long(u))) < 1e-13
    assert relative(bk.to_numpy(one.rollout(u, 7)[-1, ...]), bk.to_numpy(long(u))) < 1e-13


def test_substeps_are_steps(bk, relative, band_limited):
    grid = Grid.cube(1, 20, 2.0)
    u = bk.asarray(band_limited(grid, 1, 0))
    fine = Stepper.build(burgers(1), grid, 0.01, backend=bk)
    coarse = Stepper.build(burgers(1), grid, 0.03, substeps=3, backend=bk)
    assert relative(bk.to_numpy(coarse.repeat(u, 2)), bk.to_numpy(fine.repeat(u, 6))) < 1e-14


def test_rollout_shapes(bk, band_limited):
    grid = Grid.cube(2, 12)
    u = bk.asarray(band_limited(grid, 1, 0, lead=(3,)))
    stepper = Stepper.build(navier_stokes_vorticity(), grid, 0.01, backend=bk)
    with_initial = bk.to_numpy(stepper.rollout(u, 2, include_initial=True))
    assert with_initial.shape == (3, 3, 1, 12, 12)
    np.testing.assert_array_equal(with_initial[:, 0], bk.to_numpy(u))
    assert stepper.rollout(u, 0).shape == (3, 0, 1, 12, 12)
    assert stepper.repeat(u, 0) is u


@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_modes_outside_the_band_follow_the_linear_part(relative, name):
    """White states: restrict, extend and the tail are one linear operator there."""
    equation, grid = setup(name)
    u = 0.1 * np.random.default_rng(0).standard_normal((equation.channels, *grid.points))
    stepper = Stepper.build(equation, grid, 0.01)
    axes = tuple(range(-grid.dims, 0))
    outside = ~stepper.band.mask()
    symbol = equation.linear(Symbols(grid), dict(equation.parameters)) * np.ones(outside.shape)
    found = np.fft.rfftn(stepper.rollout(u, 3)[-1], axes=axes)
    want = np.fft.rfftn(
        np.fft.irfftn(np.fft.rfftn(u, axes=axes) * np.exp(0.03 * symbol), s=grid.points, axes=axes),
        axes=axes,
    )
    assert relative(found[:, outside], want[:, outside]) < 1e-12


@pytest.mark.parametrize("name", ["burgers 1d", "burgers 2d", "kdv", "ks 2d", "kolmogorov"])
def test_compact_and_full_bands_agree(backends, relative, band_limited, name):
    """A compiling backend uses the compact band, NumPy the full one: same numbers."""
    if "jax" not in backends:
        pytest.skip("no compiling backend")
    bk = backends["jax"]
    equation, grid = setup(name)
    u = band_limited(grid, equation.channels, 3, highest=6)
    compact = Stepper.build(equation, grid, 0.01, order=3, backend=bk)
    full = Stepper.build(equation, grid, 0.01, order=3)
    assert compact.band.compact
    assert not full.band.compact
    run = bk.jit(lambda s, v: s(v))
    assert relative(bk.to_numpy(run(compact, bk.asarray(u))), full(u)) < 1e-13


@FEW
@given(seed=st.integers(0, 2**31), n=st.integers(14, 17), order=st.integers(1, 4))
def test_mean_is_conserved(band_limited, seed, n, order):
    for equation in (
        burgers(2, conservative=True),
        kdv(1),
        kuramoto_sivashinsky(2),
        navier_stokes_vorticity(),
    ):
        grid = Grid.cube(equation.dims, n, 5.0)
        u = band_limited(grid, equation.channels, seed) + 0.3
        axes = tuple(range(-grid.dims, 0))
        v = Stepper.build(equation, grid, 0.01, order=order).repeat(u, 5)
        drift = np.abs(v.mean(axis=axes) - u.mean(axis=axes))
        assert np.max(drift) < 100 * EPS  # five steps of rounding at amplitude one


@FEW
@given(seed=st.integers(0, 2**31), n=st.integers(14, 17), shift=st.tuples(*[st.integers(0, 9)] * 2))
def test_translation_equivariance(relative, band_limited, seed, n, shift):
    grid = Grid.cube(2, n, 2.0)
    u = band_limited(grid, 2, seed)
    stepper = Stepper.build(burgers(2, 0.05), grid, 0.02)
    moved = np.roll(u, shift, axis=(-2, -1))
    assert (
        relative(stepper.repeat(moved, 3), np.roll(stepper.repeat(u, 3), shift, axis=(-2, -1)))
        < 1e-13
    )


@pytest.mark.parametrize("n", [14, 15])
def test_dimension_lifting(relative, band_limited, n):
    """A state constant along further axes moves as in one dimension."""
    line = Grid.cube(1, n, 3.0)
    u = band_limited(line, 1, 0)
    for build in (
        lambda d: burgers(d, single_channel=True),
        lambda d: kdv(d, single_channel=True),
        kuramoto_sivashinsky,
        lambda d: linear(d, (0.3, -0.2, 0.01)),
    ):
        low = Stepper.build(build(1), line, 0.02).repeat(u, 3)
        for dims in (2, 3):
            high = Stepper.build(build(dims), Grid.cube(dims, n, 3.0), 0.02)
            lifted = np.broadcast_to(u.reshape(1, n, *[1] * (dims - 1)), (1, *[n] * dims))
            found = high.repeat(np.ascontiguousarray(lifted), 3)
            expected = np.broadcast_to(low.reshape(1, n, *[1] * (dims - 1)), found.shape)
            assert relative(found, expected) < 1e-12
            wave = np.swapaxes(lifted, 1, dims)  # and along the last axis
            assert relative(high.repeat(wave, 3), np.swapaxes(expected, 1, dims)) < 1e-12


@pytest.mark.parametrize(("dims", "n"), [(2, 13), (2, 14), (3, 9), (3, 10)])
def test_rotational_equals_advective_form(relative, band_limited, dims, n):
    grid = Grid.cube(dims, n, 2.0)
    equation = burgers(dims, 0.0, 1.3)
    stepper = Stepper.build(equation, grid, 0.01)
    u = band_limited(grid, dims, 0, highest=stepper.band.cutoff[0])
    axes = tuple(range(-dims, 0))
    u_hat = np.fft.rfftn(u, axes=axes)
    s = Symbols(grid)
    slope = [np.fft.irfftn(s.d(j) * u_hat, s=grid.points, axes=axes) for j in range(dims)]
    want = (
        -1.3
        * np.fft.rfftn(sum(u[j] * slope[j] for j in range(dims)), axes=axes)
        * stepper.band.mask()
    )
    found = stepper.band.extend(stepper.term(stepper.band.restrict(u_hat)))
    assert relative(found, want) < 1e-13


def test_order_defaults_and_zero():
    grid = Grid.cube(1, 16)
    assert Stepper.build(diffusion(1), grid, 0.1).integrator.order == 0
    assert Stepper.build(burgers(1), grid, 0.1).integrator.order == 2
    u = np.sin(2 * np.pi * grid.coordinates())
    dropped = Stepper.build(burgers(1, 0.1), grid, 0.1, order=0)(u)
    np.testing.assert_array_equal(dropped, Stepper.build(diffusion(1, 0.1), grid, 0.1)(u))


@pytest.mark.parametrize("dealias", [Fraction(2, 3), 2 / 3, 0.5, 1, None])
def test_dealias_choices_run(dealias):
    grid = Grid.cube(2, 32, 2 * np.pi)  # one step of order 2 makes modes up to 4
    x, y = grid.coordinates()
    u = np.stack([np.sin(x), np.cos(y)])
    stepper = Stepper.build(burgers(2, conservative=True), grid, 0.01, dealias=dealias)
    reference = Stepper.build(burgers(2, conservative=True), grid, 0.01)
    np.testing.assert_allclose(stepper(u), reference(u), atol=1e-13)


def test_catalogue_names():
    for name, build in CATALOGUE.items():
        takes_dims = "dims" in inspect.signature(build).parameters
        equation = build(2) if takes_dims else build()
        assert equation.name == name
        assert "_t" in equation.formula or equation.multiplier


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"dt": 0.0}, "dt > 0"),
        ({"dt": float("nan")}, "dt > 0"),
        ({"order": 5}, "order 0, 1, 2, 3 or 4"),
        ({"substeps": 0}, "substeps"),
        ({"substeps": 1.5}, "substeps"),
        ({"grid": Grid.cube(3, 16)}, r"Grid\.cube\(2, points\)"),
        ({"equation": kolmogorov_vorticity(injection_mode=9)}, "injection_mode from 1 to 4"),
        (
            {"equation": kolmogorov_vorticity(injection_mode=0)},
            r"injection_mode from 1 to 4 .*got 0",
        ),
        ({"dt": -0.1}, "dt > 0, got -0.1"),
        ({"order": "2"}, "order 0, 1, 2, 3 or 4, got '2'"),
        ({"dealias": 1.5}, r"fraction in \(0, 1\], got 1.5"),
        ({"grid": Grid.cube(2, 2)}, "use more points, or dealias=None"),
    ],
)
def test_bad_plans_are_named_in_one_line(change, text):
    plan = {"equation": burgers(2), "grid": Grid.cube(2, 16), "dt": 0.1} | change
    with pytest.raises(InvalidInput, match=text) as caught:
        Stepper.build(**plan)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: navier_stokes_velocity(1), "2 or 3 space axes, got 1; use burgers in 1D"),
        (lambda: kolmogorov_velocity(4), "2 or 3 space axes, got 4"),
        (lambda: burgers(0), "1, 2 or 3 space axes, got 0"),
        (lambda: belousov_zhabotinsky(2, diffusivities=(1.0,)), "3 diffusivities, got 1"),
        (lambda: dispersion(3, (1.0, 2.0)), "dispersivity: expected one number or 3, got 2"),
        (
            lambda: dataclasses.replace(burgers(2), fields=(("u", 0),)),
            "burgers: expected fields that fill 2 channels",
        ),
    ],
)
def test_bad_equations_are_named_in_one_line(build, text):
    with pytest.raises(InvalidInput, match=text) as caught:
        build()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("label", [label for label, _ in EXAMPLES])
def test_wrong_dimensions_and_channels_name_the_right_ones(label):
    """For every equation: a grid of other axes, a state of other channels or points."""
    equation = dict(EXAMPLES)[label]
    dims, channels = equation.dims, equation.channels
    other = Grid.cube(dims % 3 + 1, 8)
    with pytest.raises(InvalidInput, match=rf"{equation.name}: expected a grid of {dims} axes"):
        Stepper.build(equation, other, 0.1)
    stepper = Stepper.build(equation, Grid.cube(dims, 8), 0.1)
    shape = re.escape(f"(..., {channels}, {', '.join(['8'] * dims)})")
    for bad in ((channels + 1, *[8] * dims), (channels, *[9] * dims), (8,) * dims):
        for call in (
            stepper,
            lambda u, s=stepper: s.rollout(u, 2),
            lambda u, s=stepper: s.repeat(u, 2),
        ):
            with pytest.raises(InvalidInput, match=shape):
                call(np.zeros(bad))


def test_bad_states_are_named_in_one_line(backends):
    stepper = Stepper.build(burgers(2), Grid.cube(2, 8), 0.1)
    good = np.zeros((2, 8, 8))
    for bad, text in [
        (good[:1], r"\(\.\.\., 2, 8, 8\), got \(1, 8, 8\)"),
        (good[:, :7], "got"),
        (good.astype("float32"), "expected float64, got float32"),
    ]:
        with pytest.raises(InvalidInput, match=text):
            stepper(bad)
    with pytest.raises(InvalidInput, match="steps"):
        stepper.rollout(good, -1)
    with pytest.raises(MixedBackends, match=r"convert with xpde\.backend\('numpy'\)"):
        stepper(backends["strict"].asarray(good))
    array = backends["strict"].asarray(0.1)
    with pytest.raises(MixedBackends, match="parameters"):
        Stepper.build(burgers(2, array), Grid.cube(2, 8), 0.1, backend=xpde.backend("numpy"))


def test_single_precision_is_kept(backends):
    for bk in (xpde.backend(name, dtype="float32") for name in backends):
        stepper = Stepper.build(burgers(1), Grid.cube(1, 16), 0.1, backend=bk)
        assert "float32" in str(stepper(bk.asarray(np.ones((1, 16)))).dtype)


def test_first_nonfinite(bk):
    u = np.zeros((2, 3, 5, 1, 8))
    assert first_nonfinite(bk.asarray(u), 1) is None
    u[1, 2, 3, 0, 4] = np.inf
    u[1, 1, 4, 0, 0] = np.nan
    assert first_nonfinite(bk.asarray(u), 1) == (3, 5)
    assert first_nonfinite(bk.asarray(u[1, 1]), 1) == (4, 0)
