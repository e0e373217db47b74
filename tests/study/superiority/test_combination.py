"""Superiority ratios: published and calculated numbers, asymptotics, rollouts of the solvers."""

import numpy as np
import pytest

import xpde
from xpde.errors import InvalidInput
from xpde.study.superiority import (
    Combination,
    equal_modes,
    limit_ratio,
    scheme_error,
    step_of,
)

EPS = np.finfo(np.float64).eps
F8 = 0.010369343339006062
NUMPY = xpde.backend("numpy", dtype="float64")


def combination(train="implicit", baseline="implicit", gamma=-0.3, equation="advection", **more):
    return Combination(equation, train, baseline, difficulty=gamma, **more)


@pytest.mark.parametrize(
    ("modes", "ratio"),
    [
        ([1], 0.568082),
        ([1, 2], 0.5957),
        ([1, 2, 3], 0.6355),
        (range(1, 5), 0.6871),
        (range(1, 6), 0.7499),
        (range(1, 7), 0.8233),
        (range(1, 8), 0.9063),
        (range(1, 11), 1.2019),
        (range(1, 21), 2.3531),
        (range(1, 31), 3.2270),
        (range(1, 41), 3.6454),
        (range(1, 51), 3.7541),
        ([4, 6], 1.0144),
        ([3, 4], 0.7783),
    ],
)
def test_several_training_modes(modes, ratio):
    """Left-moving, CFL .3, tested on mode 5 of 100; digits of the reference calculation."""
    found = combination(gamma=0.3).ratio(np.asarray(0.05), [m / 100 for m in modes], "complex")
    assert float(found.value) == pytest.approx(ratio, abs=6e-7 if len(modes) == 1 else 6e-5)


@pytest.mark.parametrize(
    ("gamma", "phase", "steps", "magnitude"),
    [
        (-0.03, 0.84906, [100001], [0.9994]),
        (-0.3, 0.20735, [1, 200, 1001, 10001], [0.5779, 0.5979, 0.675, 0.992]),
        (-3.0, 0.41645, [1, 10, 100, 200], [0.383, 0.446, 1.69, 5.5]),
    ],
)
def test_over_steps_of_the_reference(gamma, phase, steps, magnitude):
    pair = combination(gamma=gamma)
    found = pair.over_steps(np.asarray(steps), F8, 0.003).value
    # one unit of the last digit given
    assert found == pytest.approx(magnitude, rel=6e-3, abs=6e-5)
    turned = pair.over_steps(np.asarray([1, 7, 100, 100000]), F8, 0.003, "phase").value
    assert turned == pytest.approx(np.full(4, phase), abs=1e-5)
    assert np.ptp(turned) < 1e-12  # the same for every T


def test_wrapped_phases_are_those_of_powers():
    pair, steps = combination(gamma=-3.0), np.arange(1, 12)
    h, b, r = (
        pair.emulator(F8, 0.003),
        *(pair.symbol(scheme, F8) for scheme in ("implicit", "analytic")),
    )
    angle = [np.angle(np.power(complex(s), steps)) for s in (h, b, r)]
    expected = np.abs((angle[0] - angle[2]) / (angle[1] - angle[2]))
    found = pair.over_steps(steps, F8, 0.003, "phase", wrapped=True).value
    assert np.max(np.abs(found / expected - 1)) < 1e-11  # 11 roundings over a difference of .01


def test_published_artifact_is_gone():
    """Powers of |ι| below 1e-308 have the angle of a zero; logarithms do not."""
    found = combination(gamma=-3.0).over_steps(np.asarray([99801, 99601]), F8, 0.003, "phase")
    assert found.value == pytest.approx([0.41645, 0.41645], abs=1e-5)
    assert not np.any(np.isclose(found.value, 1.959330, atol=0.1))


@pytest.mark.parametrize("measure", ["magnitude", "complex"])
def test_logarithms_are_the_powers(measure):
    pair, steps = combination(gamma=-0.9), np.arange(1, 40)
    h, b, r = (
        complex(s)
        for s in (
            pair.emulator(0.2, 0.05),
            pair.symbol("implicit", 0.2),
            pair.symbol("analytic", 0.2),
        )
    )
    distance = (
        (lambda s: np.abs(s**steps - r**steps))
        if measure == "complex"
        else (lambda s: np.abs(np.abs(s) ** steps - np.abs(r) ** steps))
    )
    found = pair.over_steps(steps, 0.2, 0.05, measure).value
    # T roundings over errors that are above .05
    assert np.max(np.abs(found / (distance(h) / distance(b)) - 1)) < 40 * 20 * EPS / 0.05


@pytest.mark.parametrize(("equation", "gamma"), [("advection", -0.3), ("diffusion", 0.3)])
@pytest.mark.parametrize("points", [50, 51])
def test_rollouts_of_the_solvers(bk, equation, gamma, points):
    """States of one mode: the ratio of root mean squares of actual rollouts, over T."""
    steps, k, psi = 25, 4, 2 / points
    pair = combination(gamma=gamma, equation=equation)
    x = np.arange(points) / points
    u = bk.asarray(np.cos(2 * np.pi * k * x + 0.7)[None])
    truth, coarse = (
        bk.to_numpy(step_of(equation, s, points, bk, gamma).rollout(u, steps))
        for s in ("analytic", "implicit")
    )
    params = {"theta": bk.asarray(pair.weights(psi)[:, None])}
    v, emulated = u, []
    for _ in range(steps):
        v = pair.ansatz.apply(params, v)
        emulated.append(bk.to_numpy(v))
    above, below = (
        np.sqrt(np.mean((s - truth) ** 2, axis=(-2, -1))) for s in (np.stack(emulated), coarse)
    )
    found = pair.over_steps(np.arange(1, steps + 1), k / points, psi, "complex").value
    # 25 N roundings over errors above 1e-4
    assert np.max(np.abs(found / (above / below) - 1)) < 1e-8


@pytest.mark.parametrize("gamma", [-0.03, -0.3])
@pytest.mark.parametrize("measure", ["magnitude", "phase"])
def test_asymptotics_of_advection(gamma, measure):
    phi, psi = np.asarray([0.004, 0.01, 0.02]), 0.006
    x, zero = limit_ratio("advection", gamma, measure), (psi / phi) ** 2
    laws = {
        ("implicit", "implicit"): x + (1 - x) * zero,
        ("analytic", "implicit"): x * (1 - zero),
        ("implicit", "explicit"): 1 + (1 - x) / x * zero,
        ("analytic", "explicit"): 1 - zero,
        ("explicit", "implicit"): x + 0 * zero,
    }
    for (train, baseline), law in laws.items():
        found = combination(train, baseline, gamma).ratio(phi, psi, measure).value
        # the next terms are of relative size (2πφ)² ≤ .016, times up to 2 for the sum
        assert np.max(np.abs(found - law) / (np.abs(law) + np.abs(x) * zero)) < 0.03


@pytest.mark.parametrize("gamma", [0.03, 0.3])
def test_asymptotics_of_diffusion(gamma):
    phi, psi = np.asarray([0.01, 0.02]), 0.005
    x, zero = limit_ratio("diffusion", gamma), (psi / phi) ** 2
    found = combination(equation="diffusion", gamma=gamma).ratio(phi, psi, "value").value
    assert np.max(np.abs(found - (x + (1 - x) * zero))) < 0.02  # (2πφ)²


@pytest.mark.parametrize(
    ("gamma", "phi", "psi", "ratio", "digits"),
    [
        (-0.3, 0.01, 0.1, 39, 0.5),
        (-0.3, 0.4, 0.003, 1.43, 0.006),
        (-3.0, 0.01, 0.003, -0.37, 0.006),
        (-3.0, 0.05, 0.003, -0.79, 0.006),
        (-3.0, 0.2, 0.003, -2.7, 0.06),
    ],
)
def test_magnitudes_of_the_reference(gamma, phi, psi, ratio, digits):
    found = combination(gamma=gamma).ratio(np.asarray(phi), psi).value
    assert float(found) == pytest.approx(ratio, abs=digits)


def test_other_measures_of_the_reference():
    pair = combination(gamma=-0.3)
    for measure, ratio in (("phase", 0.60), ("complex", 0.93)):
        found = pair.ratio(np.asarray(0.4), 0.003, measure).value
        assert float(found) == pytest.approx(ratio, abs=0.006)
    for phi, ratio in ((0.05, -0.955), (0.2, -5.0)):
        found = combination(equation="diffusion", gamma=3.0).ratio(np.asarray(phi), 0.003, "value")
        assert float(found.value) == pytest.approx(ratio, rel=0.01)  # two or three digits given


@pytest.mark.parametrize("gamma", [-0.03, -0.3])
def test_forward_superiority(gamma):
    """Below 1 above the training mode, 1 at it, above 1 below; in magnitude up to φ*."""
    psi, end = 0.003, equal_modes(gamma)
    pair = combination(gamma=gamma)
    xi = np.abs(
        pair.ratio(np.asarray([0.002, 0.0029, 0.0031, 0.1, end - 2e-3, end + 2e-3]), psi).value
    )
    assert list(xi < 1) == [False, False, True, True, True, False]
    assert float(pair.ratio(np.asarray(psi), psi).value) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("sweeps", [1, 3, 10, 30])
def test_backward_superiority(sweeps):
    """Poisson: ξ = (cos 2πψ / cos 2πφ)^Q against FD2; below 1 below the training mode."""
    phi, psi, scheme = np.asarray([0.01, 0.05, 0.15]), 0.1, f"jacobi-{sweeps}"
    pair = Combination("poisson", scheme, scheme, "fd2")
    found = pair.ratio(phi, psi).value
    expected = (np.cos(2 * np.pi * psi) / np.cos(2 * np.pi * phi)) ** sweeps
    # errors are distances from 1, that of the baseline at φ = .15 is .588^Q
    assert np.max(np.abs(found - expected)) < 100 * sweeps * EPS / 0.588**sweeps
    assert list(np.abs(found) < 1) == [True, True, False]


def test_a_baseline_that_has_converged_is_undefined():
    """cos^100(.3π) = 9e-24 is less than the rounding of the solution."""
    pair = Combination("poisson", "jacobi-100", "jacobi-100", "fd2")
    assert list(pair.ratio(np.asarray([0.01, 0.15]), 0.1).undefined) == [False, True]


def test_backward_superiority_of_the_reference():
    for sweeps, ratio in ((1, 0.811), (3, 0.533), (10, 0.123), (30, 1.8e-3)):
        scheme = f"jacobi-{sweeps}"
        found = Combination("poisson", scheme, scheme, "fd2").ratio(np.asarray(0.01), 0.1).value
        assert float(found) == pytest.approx(ratio, rel=0.03)  # two or three digits given
    for sweeps, ratio in ((100, 4.9), (300, 118)):
        scheme = f"jacobi-{sweeps}"
        found = Combination("poisson", scheme, scheme, "fd2").ratio(np.asarray(0.03), 0.01).value
        assert float(found) == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize("train", ["implicit", "analytic"])
def test_an_emulator_of_its_test_mode_is_its_teacher(train):
    found = combination(train, "implicit").ratio(np.asarray(0.1), 0.1, "complex").value
    assert float(found) == pytest.approx(1.0 if train == "implicit" else 0.0, abs=1e-12)


def test_second_difference_has_its_own_error():
    phi = np.asarray([0.01, 0.1, 0.5])
    found = scheme_error("poisson", "fd2", phi)
    assert found == pytest.approx((np.pi * phi / np.sin(np.pi * phi)) ** 2 - 1, rel=1e-11)
    swept = scheme_error("poisson", "jacobi-5", phi, reference="fd2")
    assert swept == pytest.approx(-(np.cos(2 * np.pi * phi) ** 5), rel=1e-12)
    same = Combination("poisson", "fd2", "fd2").ratio(phi, 0.1).value
    assert same == pytest.approx(np.ones(3), rel=1e-12)


def test_errors_of_schemes():
    phi = np.asarray([0.05, 0.2])
    e = scheme_error("advection", "explicit", phi, -0.3)
    assert e == pytest.approx(
        np.sqrt(1 + 4 * -0.3 * 0.7 * np.sin(np.pi * phi) ** 2) - 1, abs=10 * EPS
    )
    assert np.all(scheme_error("advection", "analytic", phi, -0.3, measure="phase") == 0)
    d = scheme_error("diffusion", "explicit", phi, 0.3, measure="value")
    exact = np.exp(-2 * np.pi**2 * 0.3 * phi**2)
    assert d == pytest.approx((1 - 0.6 * np.sin(np.pi * phi) ** 2 - exact) / exact, abs=10 * EPS)


def test_nothing_over_nothing_is_undefined():
    """A baseline that is the reference has no error to compare with."""
    phi = np.asarray([0.003, 0.1, 0.5])
    for measure in ("magnitude", "phase", "complex"):
        pair = combination("explicit", "analytic")
        assert np.all(pair.ratio(phi, 0.01, measure).undefined)
        over = pair.over_steps(np.asarray([1, 10, 1000]), 0.1, 0.01, measure)
        assert np.all(over.undefined)


def test_growth_is_told():
    lines = combination("explicit", "explicit", -1.5).unstable(0.1, np.asarray([0.1, 0.4]))
    assert [line.split(" is ")[0] for line in lines[:2]] == ["train explicit", "baseline explicit"]
    assert "blows up" in lines[2]
    assert "phi 0.4" in lines[2]
    assert combination("implicit", "implicit", -3.0).unstable(0.003, np.asarray([0.05]))
    assert combination("implicit", "implicit", -0.3).unstable(0.003, np.asarray([0.05])) == []


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda p: p.ratio(np.asarray([0.0, 0.1]), 0.1), "phi: expected relative modes"),
        (lambda p: p.ratio(np.asarray([0.1]), 0.6), "psi: expected relative modes"),
        (lambda p: p.ratio(np.asarray([0.1]), 0.1, "value"), "measure of complex symbols"),
        (lambda p: p.ratio(np.asarray([0.1]), 0.1, "phases"), "did you mean phase"),
        (lambda p: p.over_steps(np.asarray([0]), 0.1, 0.1), "expected steps from 1 on"),
        (lambda p: p.over_steps(np.asarray([1]), 0.1, 0.1, "value"), "measure over steps"),
    ],
)
def test_refusals(call, text):
    with pytest.raises(InvalidInput, match=text) as caught:
        call(combination())
    assert "\n" not in str(caught.value)


def test_phases_belong_to_advection():
    with pytest.raises(InvalidInput, match="measure of real symbols"):
        combination(equation="diffusion", gamma=0.3).ratio(np.asarray([0.1]), 0.1, "phase")
