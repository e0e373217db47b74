"""Every loss against a loop over samples, channels, points and modes; gradients and identities."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xpde
from xpde import metrics
from xpde.errors import InvalidInput
from xpde.train import Supervised
from xpde.train.losses import MAE, MSE, RMSE, FourierMSE, SobolevMSE, nMAE, nMSE, nRMSE

EPS = np.finfo(np.float64).eps
BOX = (3.0, 2.0)


def mean(values):
    values = list(values)
    return math.fsum(values) / len(values)


def modes(v, weight):
    """Σ_k weight(k, κ) |v̂(k)/N|², the coefficients by their definition, over the whole spectrum."""
    N, total = v.shape, 0.0
    points = list(itertools.product(*map(range, N)))
    for k in itertools.product(*(range(-(n // 2), (n + 1) // 2) for n in N)):
        c = 0j
        for x in points:
            phase = math.fsum(a * b / n for a, b, n in zip(k, x, N, strict=True))
            c += v[x] * np.exp(-2j * math.pi * phase) / v.size
        slopes = [
            0.0 if 2 * abs(a) == n else 2 * math.pi * a / length
            for a, n, length in zip(k, N, BOX, strict=False)
        ]
        square = math.fsum((2 * math.pi * a / b) ** 2 for a, b in zip(k, BOX, strict=False))
        total += weight(max(map(abs, k)), slopes, square) * abs(c) ** 2
    return total


def by_modes(weight, normalized):
    def loss(p, q):
        samples = []
        for a, b in zip(p, q, strict=True):
            error = math.fsum(modes(u - v, weight) for u, v in zip(a, b, strict=True))
            size = math.fsum(modes(v, weight) for v in b) if normalized else len(b)
            samples.append(error / size)
        return mean(samples)

    return loss


def by_points(sample):
    def loss(p, q):
        return mean(
            sample([(x, y) for x, y in zip(np.ravel(a), np.ravel(b), strict=True)])
            for a, b in zip(p, q, strict=True)
        )

    return loss


def square(pairs):
    return mean((x - y) ** 2 for x, y in pairs)


def size(pairs):
    return mean(y**2 for _, y in pairs)


def modulus(pairs):
    return mean(abs(x - y) for x, y in pairs)


LOSSES = {
    "MSE": (MSE, by_points(square)),
    "MAE": (MAE, by_points(modulus)),
    "RMSE": (RMSE, by_points(lambda s: math.sqrt(square(s)))),
    "nMSE": (nMSE, by_points(lambda s: square(s) / size(s))),
    "nMAE": (nMAE, by_points(lambda s: modulus(s) / mean(abs(y) for _, y in s))),
    "nRMSE": (nRMSE, by_points(lambda s: math.sqrt(square(s) / size(s)))),
}

# a weight takes max_j |k_j|, the slopes κ_j (0 at the Nyquist mode) and |κ|²
SPECTRAL = {
    "band": (
        {"low": 1, "high": 2},
        FourierMSE,
        lambda largest, slopes, square: 1.0 if 1 <= largest <= 2 else 0.0,
    ),
    "slopes": (
        {"low": 0, "derivative": 1},
        FourierMSE,
        lambda largest, slopes, square: math.fsum(s * s for s in slopes),
    ),
    "H1": ({}, SobolevMSE, lambda largest, slopes, square: 1 + square),
    "H-0.5": ({"s": -0.5}, SobolevMSE, lambda largest, slopes, square: (1 + square) ** -0.5),
}


def states(seed, shape):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape), rng.standard_normal(shape)


SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 2)).flatmap(
    lambda head: st.lists(st.integers(4, 6), min_size=1, max_size=2).map(lambda N: (*head, *N))
)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES)
def test_a_loss_is_a_loop_over_the_batch(backends, name, seed, shape):
    loss, slow = LOSSES[name]
    p, q = states(seed, shape)
    for bk in backends.values():
        found = loss(bk.asarray(p), bk.asarray(q))
        assert found.shape == ()
        # sums of at most 216 positive numbers of a few roundings each
        assert float(found) == pytest.approx(slow(p, q), rel=100 * EPS)


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("shape", [(2, 1, 5), (3, 2, 6), (2, 2, 4, 5), (1, 1, 5, 4)])
@pytest.mark.parametrize("name", SPECTRAL)
def test_a_spectral_loss_is_a_loop_over_modes(bk, name, shape, normalized):
    options, build, weight = SPECTRAL[name]
    loss = build(extent=BOX[: len(shape) - 2], normalized=normalized, **options)
    p, q = states(5, shape)
    found = loss(bk.asarray(p), bk.asarray(q))
    assert found.shape == ()
    # κ² is at most 100 and multiplies coefficients that hold a few roundings of the largest one
    assert float(found) == pytest.approx(by_modes(weight, normalized)(p, q), rel=2000 * EPS)


EVERY = {name: loss for name, (loss, _) in LOSSES.items()} | {
    "band": FourierMSE(1, 2, derivative=1, extent=BOX),
    "nband": FourierMSE(0, 1, normalized=True),
    "H1": SobolevMSE(extent=BOX),
    "nH1": SobolevMSE(normalized=True),
}


@pytest.mark.parametrize("name", EVERY)
def test_gradients_are_differences(bk, name):
    """⟨∇l, v⟩ beside the central difference along v: h² of curvature, eps/h of rounding."""
    p, q = states(7, (2, 2, 5, 4))
    v, _ = states(8, p.shape)
    ref, h = bk.asarray(q), 1e-5
    value, gradient = bk.value_and_grad(lambda u: EVERY[name](u, ref))(bk.asarray(p))
    ahead, behind = (float(EVERY[name](bk.asarray(p + s * h * v), ref)) for s in (1, -1))
    slope = float(np.sum(bk.to_numpy(gradient) * v))
    assert abs(slope - (ahead - behind) / (2 * h)) < 1e-6 * max(1.0, float(value))


@pytest.mark.parametrize("name", ["RMSE", "nRMSE", "H1", "band", "MSE"])
def test_a_perfect_sample_has_no_error_and_no_slope(bk, name):
    """The other sample keeps its own gradient."""
    p, q = states(9, (2, 1, 5, 4))
    p[0] = q[0]
    loss, ref = EVERY[name], bk.asarray(q)
    value, gradient = bk.value_and_grad(lambda u: loss(u, ref))(bk.asarray(p))
    alone, own = bk.value_and_grad(lambda u: loss(u, ref[1:, ...]))(bk.asarray(p[1:]))
    assert float(value) == pytest.approx(float(alone) / 2, rel=100 * EPS)
    assert np.array_equal(bk.to_numpy(gradient)[0], np.zeros(p[0].shape))
    np.testing.assert_allclose(
        bk.to_numpy(gradient)[1:], bk.to_numpy(own) / 2, rtol=1000 * EPS, atol=100 * EPS
    )


def test_roots_do_not_hide_nan(bk):
    p, q = states(1, (2, 1, 4))
    p[1, 0, 2] = np.nan
    for loss in (RMSE, nRMSE):
        assert np.isnan(float(loss(bk.asarray(p), bk.asarray(q))))


@pytest.mark.parametrize("shape", [(3, 2, 8), (2, 2, 5, 6)])
def test_special_cases(bk, shape):
    """Parseval; one channel is the metric's value; H¹ is the state and its slopes."""
    p, q = (bk.asarray(u) for u in states(2, shape))
    dims = len(shape) - 2
    near = {"rel": 200 * EPS}  # a transform of 60 points each way
    assert float(FourierMSE()(p, q)) == pytest.approx(float(MSE(p, q)), **near)
    assert float(FourierMSE(normalized=True)(p, q)) == pytest.approx(float(nMSE(p, q)), **near)
    assert float(SobolevMSE(s=0.0)(p, q)) == pytest.approx(float(MSE(p, q)), **near)
    one, other = p[:, :1, ...], q[:, :1, ...]
    for loss, metric in ((RMSE, metrics.RMSE), (nRMSE, metrics.nRMSE), (nMAE, metrics.nMAE)):
        expected = np.mean(bk.to_numpy(metric(one, other, dims=dims)))
        assert float(loss(one, other)) == pytest.approx(expected, **near)
    root = metrics.sobolev(one, other, dims=dims, extent=2.0)
    expected = np.mean(bk.to_numpy(root) ** 2)
    assert float(SobolevMSE(extent=2.0)(one, other)) == pytest.approx(expected, **near)


def test_h1_on_odd_axes_is_the_metric_over_the_channels(bk):
    p, q = (bk.asarray(u) for u in states(3, (2, 3, 5, 7)))
    expected = np.mean(bk.to_numpy(metrics.H1_MSE(p, q, dims=2, extent=2.0))) / 3
    # slopes: κ² up to 100, relative to the largest term
    assert float(SobolevMSE(extent=2.0)(p, q)) == pytest.approx(expected, rel=200 * EPS)


def test_float32_stays_float32(backends):
    p, q = states(4, (2, 2, 5, 4))
    for name in backends:
        bk = xpde.backend(name, dtype="float32")
        for loss in EVERY.values():
            value = loss(bk.asarray(p), bk.asarray(q))
            assert str(value.dtype).rsplit(".", 1)[-1] == "float32", name


def test_an_objective_takes_any_of_them(bk):
    """Losses of the same options are equal, so that objectives of the same losses are."""
    assert Supervised(2, SobolevMSE(s=1.0)) == Supervised(2, SobolevMSE())
    window = np.random.default_rng(6).standard_normal((3, 2, 1, 6))
    objective = Supervised(2, SobolevMSE(extent=2.0))
    value = objective(lambda u: 0.5 * u, bk.asarray(window))
    levels = [
        by_modes(lambda largest, slopes, square: 1 + square * (BOX[0] / 2.0) ** 2, False)(
            0.5**t * window[0], window[t]
        )
        for t in (1, 2)
    ]
    assert float(value) == pytest.approx(sum(levels), rel=2000 * EPS)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: FourierMSE(-1), "expected low as an integer of 0 or more, got -1"),
        (lambda: FourierMSE(3, 2), "expected low ≤ high, got 3 and 2"),
        (lambda: FourierMSE(derivative=0.5), "expected derivative as an integer"),
        (lambda: SobolevMSE(s=math.inf), "expected a finite order s, got inf"),
        (lambda: FourierMSE(9)(np.ones((1, 1, 4)), np.ones((1, 1, 4))), "expected low of at most"),
    ],
)
def test_errors_are_one_line(make, expected):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
