"""Fourier metrics against explicit sums over modes, and the identities they obey."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xpde import metrics
from xpde.conventions import APEBENCH_0_1, EXACT, EXPONAX_0_2
from xpde.errors import InvalidInput
from xpde.metrics import fourier_norm

sys.path.insert(0, str(Path(__file__).parent))
from fourier_sums import compare, fourier_size, well_spread

EPS = np.finfo(float).eps
# û is wrong by at most n eps Σ|u|, n <= 30 points, and |û| >= 1 while Σ|u| <= 2 · 2.9 + 1 (see
# well_spread); a square doubles that and a quotient doubles it again.
TOLERANCE = 4 * 30 * 7 * EPS
POINTS = [(5,), (6,), (1,), (3, 4), (4, 3), (2, 3, 5), (3, 2, 4)]
EXTENT = (2.5, 0.7, 1.3)
FORMS = {
    "fourier_MAE": (1, 1.0, "absolute"),
    "fourier_MSE": (2, 1.0, "absolute"),
    "fourier_RMSE": (2, 0.5, "absolute"),
    "fourier_nMAE": (1, 1.0, "normalized"),
    "fourier_nMSE": (2, 1.0, "normalized"),
    "fourier_nRMSE": (2, 0.5, "normalized"),
}
seeds, points = st.integers(0, 2**31), st.sampled_from(POINTS)


def pair(seed, points, lead=(), channels=2):
    """Draw u and r whose difference has a well spread spectrum too."""
    rng = np.random.default_rng(seed)
    shape = (*lead, channels, *points)
    r, difference = (well_spread(rng, shape, len(points)) for _ in range(2))
    return r + difference, r


def band(data, points):
    largest = max(n // 2 for n in points)
    low = data.draw(st.integers(0, largest))
    high = data.draw(st.sampled_from([None, low, low + 1, largest + 3]))
    return {"low": low, "high": high, "derivative": data.draw(st.sampled_from([None, 0, 1, 2]))}


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=12)
@given(seed=seeds, points=points, data=st.data())
def test_definition(bk, name, seed, points, data):
    """Every name, band, derivative and grid, for every leading index."""
    dims, options = len(points), band(data, points)
    options["extent"] = EXTENT[:dims]
    p, q, mode = FORMS[name]
    u, r = pair(seed, points, (2,))
    found = bk.to_numpy(getattr(metrics, name)(bk.asarray(u), bk.asarray(r), dims=dims, **options))
    expected = [
        compare(lambda s: fourier_size(s, p, q, **options), a, b, mode)
        for a, b in zip(u, r, strict=True)
    ]
    # a band of the mean or of Nyquist modes alone has no slope: 0, or NaN for 0/0 on both sides
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=0)


@pytest.mark.parametrize(("inner", "outer"), [(1, None), (3, None), (2.5, 0.5), (2, None)])
@pytest.mark.parametrize("points", [(6,), (3, 4)])
def test_other_exponents(bk, relative, inner, outer, points):
    dims, q = len(points), 1 / inner if outer is None else outer
    u, r = pair(0, points)
    options = {"derivative": 1, "high": 2}
    placed = (bk.asarray(x) for x in (u, r))
    found = fourier_norm(*placed, dims=dims, inner=inner, outer=outer, **options)
    expected = compare(lambda s: fourier_size(s, inner, q, **options), u, r, "absolute")
    assert relative(bk.to_numpy(found), expected) < 2 * TOLERANCE  # p q <= 2


def test_symmetric_form(bk, relative):
    """2 A(u - r) / (A(u) + A(r)) for one channel."""
    u, r = (bk.asarray(x) for x in pair(0, (4, 3), channels=1))
    error, *sizes = (bk.to_numpy(metrics.fourier_RMSE(*x, dims=2)) for x in ((u, r), (u,), (r,)))
    found = bk.to_numpy(fourier_norm(u, r, dims=2, mode="symmetric"))
    assert relative(found, 2 * error / sum(sizes)) < TOLERANCE


# -- identities ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MSE", "RMSE", "nMSE", "nRMSE"])
@given(seed=seeds, points=points)
def test_parseval(bk, relative, name, seed, points):
    """Squares of the whole band are those of space, for odd and even axes of any length."""
    rng, dims = np.random.default_rng(seed), len(points)
    u, r = (bk.asarray(rng.standard_normal((3, 2, *points))) for _ in range(2))
    spectral = getattr(metrics, f"fourier_{name}")(u, r, dims=dims, extent=EXTENT[:dims])
    spatial = getattr(metrics, name)(u, r, dims=dims)
    # sums of positive terms; the transform is unitary up to 8 eps of the whole
    assert relative(bk.to_numpy(spectral), bk.to_numpy(spatial)) < 64 * EPS


@given(seed=seeds, points=points, cut=st.integers(0, 2), order=st.sampled_from([None, 1]))
def test_bands_add_up(seed, points, cut, order):
    """The MSE of [0, cut] and of [cut + 1, ∞) make the whole."""
    dims = len(points)
    (u, _), options = pair(seed, points), {"dims": dims, "derivative": order}
    whole = metrics.fourier_MSE(u, **options)
    lower = metrics.fourier_MSE(u, high=cut, **options)
    upper = 0.0
    if cut < max(n // 2 for n in points):
        upper = metrics.fourier_MSE(u, low=cut + 1, **options)
    assert abs(lower + upper - whole) <= 64 * EPS * whole  # 30 positive terms


@pytest.mark.parametrize("name", FORMS)
@given(seed=seeds, points=points, shift=st.integers(-4, 4), order=st.sampled_from([None, 1, 2]))
def test_common_shifts_do_not_count(name, seed, points, shift, order):
    dims = len(points)
    u, r = pair(seed, points)
    axes, options = tuple(range(-dims, 0)), {"dims": dims, "derivative": order}
    moved = (np.roll(x, (shift,) * dims, axes) for x in (u, r))
    found, expected = (getattr(metrics, name)(*x, **options) for x in (moved, (u, r)))
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE)


@pytest.mark.parametrize("name", FORMS)
@given(seed=seeds, points=points, power=st.integers(-9, 9), order=st.integers(0, 3))
def test_units(name, seed, points, power, order):
    """Degree p q in the state and -m p q in the length; a power of two scales without rounding."""
    p, q, mode = FORMS[name]
    dims, factor = len(points), 2.0**power
    u, r = pair(seed, points)
    fn = getattr(metrics, name)
    expected = fn(u, r, dims=dims, derivative=order)
    degree = p * q if mode == "absolute" else 0
    scaled = fn(factor * u, factor * r, dims=dims, derivative=order)
    longer = fn(u, r, dims=dims, derivative=order, extent=factor)
    np.testing.assert_allclose(scaled, expected * factor**degree, rtol=TOLERANCE)
    np.testing.assert_allclose(longer, expected * factor ** (-order * degree), rtol=TOLERANCE)


@pytest.mark.parametrize("n", [9, 10])
@pytest.mark.parametrize(("wave", "order"), [(1, 1), (3, 1), (3, 2), (4, 4)])
def test_derivatives_of_a_sine(bk, relative, n, wave, order):
    """⟨(∂^m sin κx)²⟩ = κ^2m / 2, seen by the bands that hold the wave alone."""
    length = 2.5
    u = bk.asarray(np.sin(2 * np.pi * wave * np.arange(n) / n)[None])
    options = {"dims": 1, "derivative": order, "extent": length}
    for low, high in ((0, None), (wave, wave), (0, wave)):
        found = bk.to_numpy(metrics.fourier_MSE(u, low=low, high=high, **options))
        # the other modes are rounding, weighed by up to (5/wave)^2m <= 625
        assert relative(found, (2 * np.pi * wave / length) ** (2 * order) / 2) < 64 * EPS
    other = bk.to_numpy(metrics.fourier_MSE(u, high=wave - 1, **options))
    assert other < EPS


def test_axes_have_their_own_length(relative):
    """∂_0 of a wave along axis 0 knows L_0 alone, and ∂_1 of it is zero."""
    u = np.sin(2 * np.pi * np.arange(6) / 6)[None, :, None] * np.ones((1, 6, 5))
    found = metrics.fourier_RMSE(u, dims=2, derivative=1, extent=(3.0, 0.1))
    # ∂_1 is rounding times 2π · 2 / 0.1, outside the square: 126 eps of an amplitude of one
    assert relative(found, 2 * np.pi / 3 / np.sqrt(2)) < 1024 * EPS


def test_gradients_of_axes_are_added_after_the_root():
    """Σ_j |∂_j s|, as in the benchmark; for squares it is ⟨|∇s|²⟩."""
    x = 2 * np.pi * np.arange(8) / 8
    u = (np.sin(x)[:, None] + np.sin(2 * x)[None, :])[None]
    parts = np.array([1.0, 2.0]) * 2 * np.pi / np.sqrt(2)
    root, square = (
        fn(u, dims=2, derivative=1) for fn in (metrics.fourier_RMSE, metrics.fourier_MSE)
    )
    np.testing.assert_allclose(root, parts.sum(), rtol=64 * EPS)
    np.testing.assert_allclose(square, (parts**2).sum(), rtol=64 * EPS)


# -- conventions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("conventions", [EXACT, EXPONAX_0_2, APEBENCH_0_1], ids=lambda c: c.name)
def test_zeroth_derivative(name, conventions):
    """Counted once, or once per axis; the quotients do not see it, nor does an absent one."""
    u, r = pair(1, (3, 4, 2))
    fn, options = getattr(metrics, name), {"dims": 3, "conventions": conventions}
    plain, zeroth = fn(u, r, **options), fn(u, r, derivative=0, **options)
    times = 3 if conventions is not EXACT and "_n" not in name else 1
    np.testing.assert_allclose(zeroth, times * plain, rtol=8 * EPS)


def test_nyquist_has_a_slope_in_the_references_only():
    u = np.cos(np.pi * np.arange(6))[None]
    assert metrics.fourier_RMSE(u, dims=1, derivative=1) < 64 * EPS  # rounding of other modes
    found = metrics.fourier_RMSE(u, dims=1, derivative=1, conventions=EXPONAX_0_2)
    np.testing.assert_allclose(found, 2 * np.pi * 3, rtol=8 * EPS)
    even = [metrics.fourier_RMSE(u, dims=1, derivative=2, conventions=c) for c in
            (EXACT, EXPONAX_0_2)]  # fmt: skip
    np.testing.assert_allclose(even, (2 * np.pi * 3) ** 2, rtol=8 * EPS)


@pytest.mark.parametrize("size", [1e-7, 0.9e-5, 1.1e-5])
def test_floor(bk, relative, size):
    """The references drop |û| < 1e-5, the exact metric measures any size."""
    u = np.zeros((1, 4))
    u[0, 0] = size  # |û(k)| is the size at every k
    for conventions in (EXACT, EXPONAX_0_2):
        found = bk.to_numpy(metrics.fourier_RMSE(bk.asarray(u), dims=1, conventions=conventions))
        kept = conventions is EXACT or size > 1e-5
        assert relative(found, size / 2 if kept else 0.0) < 8 * EPS


@pytest.mark.parametrize("name", FORMS)
def test_references_integrate(name):
    """Times (L_0 L_1)^q for absolute forms; derivatives see the length besides."""
    _, q, mode = FORMS[name]
    u, r = pair(2, (3, 5))
    fn, options = getattr(metrics, name), {"dims": 2, "derivative": 1, "extent": (2.0, 0.3)}
    mean, integral = (fn(u, r, conventions=c, **options) for c in (EXACT, EXPONAX_0_2))
    times = 0.6**q if mode == "absolute" else 1.0
    np.testing.assert_allclose(integral, times * mean, rtol=8 * EPS)


# -- refusals, zeros, precision --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"low": -1}, "low as an integer of 0 or more, got -1"),
        ({"low": None}, "low as an integer"),
        ({"high": 2.5}, "high as an integer of 0 or more, got 2.5"),
        ({"derivative": -1}, "derivative as an integer"),
        ({"low": 3, "high": 2}, "low ≤ high, got 3 and 2"),
        ({"low": 4}, "low of at most 3, the largest mode of .7,. points, got 4"),
        ({"mode": "relative"}, "expected mode"),
        ({"extent": (1.0, 2.0)}, "points and extent"),
        ({"extent": 0.0}, "positive lengths"),
    ],
)
def test_refuses(options, text):
    u = np.ones((1, 7))
    with pytest.raises(InvalidInput, match=rf"\A[^\n]*{text}[^\n]*\Z"):
        fourier_norm(u, u, dims=1, **options)


def test_refuses_states():
    u = np.ones((1, 7))
    with pytest.raises(InvalidInput, match="equal channels and points"):
        metrics.fourier_MSE(u, np.ones((1, 8)), dims=1)
    with pytest.raises(InvalidInput, match="expected real states"):
        metrics.fourier_MSE(1j * u, dims=1)
    with pytest.raises(InvalidInput, match="expected a reference"):
        fourier_norm(u, dims=1, mode="normalized")


def test_zero_reference(bk):
    """Infinity for an error against nothing, NaN for nothing against nothing."""
    one = bk.asarray(np.ones((1, 4)))
    for name in ("fourier_nMAE", "fourier_nMSE", "fourier_nRMSE"):
        fn = getattr(metrics, name)
        assert np.isposinf(bk.to_numpy(fn(one, 0.0 * one, dims=1)))
        assert np.isnan(bk.to_numpy(fn(0.0 * one, 0.0 * one, dims=1)))


@pytest.mark.parametrize("name", ["fourier_MAE", "fourier_MSE", "fourier_nRMSE"])
def test_gradient(bk, relative, name):
    """Against a fourth-order difference along a direction, on a band of slopes."""
    u, r = pair(3, (4, 3))
    v = np.random.default_rng(4).standard_normal(u.shape)
    fn, options = getattr(metrics, name), {"dims": 2, "low": 1, "derivative": 1}
    ref = bk.asarray(r)
    gradient = bk.value_and_grad(lambda x: fn(x, ref, **options))(bk.asarray(u))[1]
    h = 1e-3
    values = [float(fn(u + t * h * v, r, **options)) for t in (1, -1, 2, -2)]
    slope = (8 * (values[0] - values[1]) - (values[2] - values[3])) / (12 * h)
    # truncation h⁴ f⁽⁵⁾/30 with f⁽⁵⁾ of a few thousand at most, rounding eps/h
    assert relative(np.sum(bk.to_numpy(gradient) * v), slope) < 1e-9
