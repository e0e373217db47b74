"""Agreement of every metric with Exponax 0.2.0 under its conventions, in double precision."""

import numpy as np
import pytest

exponax = pytest.importorskip("exponax", minversion="0.2.0")
jax = pytest.importorskip("jax")

from xpde import metrics  # noqa: E402
from xpde.conventions import APEBENCH_0_1, EXPONAX_0_2  # noqa: E402
from xpde.metrics import METRICS, evaluate  # noqa: E402

LENGTH = 1.7
POINTS = [(1, 8), (1, 9), (2, 6), (2, 7), (3, 4), (3, 5)]  # D, N; Nyquist modes and none
FOURIER = [name for name in METRICS if name.startswith("fourier")]
H1 = [name for name in METRICS if name.startswith("H1")]
SPATIAL = [name for name in METRICS if name[:1] in "MRns" and name[-2:] in ("AE", "SE")]
BANDS = [
    {},
    {"low": 1, "high": 2},
    {"low": 2},
    {"high": 1, "derivative": 1},
    {"low": 0, "high": 9, "derivative": 0},
    {"low": 1, "derivative": 2},
    {"derivative": 3},
]
# sums over 125 modes in another order and transforms of other libraries: 125 eps = 3e-14
TOLERANCE = 1e-12


@pytest.fixture(scope="module", params=POINTS, ids=lambda p: f"{p[0]}D-{p[1]}")
def states(request):
    dims, n = request.param
    rng = np.random.default_rng(n)
    return dims, *rng.standard_normal((2, 2, *(n,) * dims))


def theirs(name, u, r, **options):
    return np.asarray(getattr(exponax.metrics, name)(u, r, **options))


@pytest.mark.parametrize("options", BANDS, ids=str)
def test_fourier(relative, states, options):
    """Every form, band and derivative; white noise, so that Nyquist modes count."""
    dims, u, r = states
    peer = {k: v for k, v in options.items() if k != "derivative"}
    if "derivative" in options:
        peer["derivative_order"] = options["derivative"]
    for name in FOURIER:
        expected = theirs(name, u, r, domain_extent=LENGTH, **peer)
        found = getattr(metrics, name)(
            u, r, dims=dims, extent=LENGTH, conventions=EXPONAX_0_2, **options
        )
        assert relative(found, expected) < TOLERANCE, name


@pytest.mark.parametrize("options", [{}, {"low": 1, "high": 2}], ids=str)
def test_h1(relative, states, options):
    dims, u, r = states
    for name in H1:
        expected = theirs(name, u, r, domain_extent=LENGTH, **options)
        found = getattr(metrics, name)(
            u, r, dims=dims, extent=LENGTH, conventions=EXPONAX_0_2, **options
        )
        assert relative(found, expected) < TOLERANCE, name


def test_spatial(relative, states):
    """Means are integrals over a box of length one, the benchmark's."""
    dims, u, r = states
    assert len(SPATIAL) == 9
    for name in SPATIAL:
        expected = theirs(name, u, r)
        assert relative(getattr(metrics, name)(u, r, dims=dims), expected) < TOLERANCE, name
    expected = np.asarray(exponax.metrics.correlation(u, r))
    assert relative(metrics.correlation(u, r, dims=dims), expected) < TOLERANCE


@pytest.mark.parametrize("inner", [1, 3, 2.5])
def test_other_exponents(relative, states, inner):
    dims, u, r = states
    for mode in ("absolute", "normalized"):
        expected = exponax.metrics.fourier_norm(
            u, r, mode=mode, inner_exponent=inner, derivative_order=1, domain_extent=LENGTH
        )
        found = metrics.fourier_norm(
            u, r, dims=dims, mode=mode, inner=inner, derivative=1, extent=LENGTH,
            conventions=EXPONAX_0_2,
        )  # fmt: skip
        assert relative(found, np.asarray(expected)) < TOLERANCE


def test_the_floor(relative):
    """Coefficients of 1e-5 are where the references cut: half of these lie below."""
    u = 1e-5 * np.random.default_rng(0).standard_normal((2, 12)) / np.sqrt(12)
    r = np.zeros_like(u)
    for name in ("fourier_MAE", "fourier_MSE", "fourier_RMSE"):
        expected = theirs(name, u, r)
        found = getattr(metrics, name)(u, r, dims=1, conventions=EXPONAX_0_2)
        assert relative(found, expected) < TOLERANCE
        assert expected < 0.9 * getattr(metrics, name)(u, r, dims=1)


def test_strings_of_the_benchmark(relative):
    """The benchmark passes DERIV always, DERIV=0 too, and a box of length one."""
    rng = np.random.default_rng(1)
    u, r = rng.standard_normal((2, 3, 2, 2, 6, 6))
    for name in FOURIER:
        for derivative in (0, 1):
            text = f"mean_{name};1;2;{derivative}"
            found = evaluate(u, r, [text], 2, conventions=APEBENCH_0_1)[text]
            peer = getattr(exponax.metrics, name)
            expected = [
                exponax.metrics.mean_metric(
                    peer, u[:, t], r[:, t], low=1, high=2, derivative_order=float(derivative)
                )
                for t in range(2)
            ]
            assert relative(found, np.asarray(expected)) < TOLERANCE
