"""The Poisson problem of one parameter, exactly: its sine is an eigenvector, so all is scalar.

u'' = -θ sin 2πx on 30 points, u(0) = u(1) = 0, solved by K Jacobi sweeps from zero; θ from 5 to 2
by gradient descent of the mean square error at rate 275. With μ the contraction of a sweep,

    u_K = θ (1 - μ^K) sin / λ,  θ⁺ = θ - lr g (θ (1 - μ^K) - 2) (1 - μ^K)
"""

import math

import pytest

from xpde.train import Constant, Linear, Progressive, Savings, matched_cost

POINTS, TRUTH, GUESS = 30, 2.0, 5.0
H = 1 / (POINTS + 1)
MU = math.cos(2 * math.pi * H)
RATE = 275 * (POINTS + 1) / (2 * POINTS * (2 * (1 - MU) / H**2) ** 2)

PUBLISHED = Progressive.preset(
    "paper", first=25, increment=10, cap=600, stepping=0.92, stop=0.9, lag=2, window=1
)


def descend(rule, updates):
    """Relative errors of θ before and after every update, and the levels of the updates."""
    theta, state = GUESS, rule.start()
    errors, levels = [abs(theta - TRUTH) / TRUTH], []
    for _ in range(updates):
        state, level = rule.step(state, errors[-1])
        kept = 1 - MU**level
        theta -= RATE * (theta * kept - TRUTH) * kept
        levels.append(level)
        errors.append(abs(theta - TRUTH) / TRUTH)
    return errors, levels


def test_constants():
    assert round(MU, 7) == 0.9795299
    assert round(RATE, 7) == 0.0917906
    assert round(1 - RATE, 7) == 0.9082094


@pytest.mark.parametrize(
    ("level", "error"),
    [
        (50, 0.5517), (100, 0.1447), (150, 4.71e-2), (200, 1.62e-2),
        (300, 2.02e-3), (400, 2.55e-4), (500, 3.23e-5), (600, 4.08e-6),
    ],
)  # fmt: skip
def test_fixed_points(level, error):
    """Errors of constant levels end at μ^K / (1 - μ^K)."""
    end = descend(Constant(level), 1500)[0][-1]
    # 1500 contractions of 0.975 or less leave nothing; rounding of θ ≈ 2 is a few eps
    assert abs(end - MU**level / (1 - MU**level)) < 1e-13
    assert math.isclose(end, error, rel_tol=4e-3)  # half a unit of three printed digits, 1.62


def test_the_scheduled_run():
    """28.5 % fewer sweeps in 145 updates than 125 with 600, to an error that is no larger."""
    tolerance = descend(Constant(600), 125)[0][-1]
    assert round(tolerance, 7) == 1.30e-5
    errors, levels = descend(Linear(25, 5, cap=600), 180)
    assert round(errors[145], 7) == 1.17e-5
    assert errors[145] < tolerance
    saved = Savings.of(levels[:145], 600, epochs=125)
    assert (saved.progressive, saved.converged) == (53650, 75000)
    assert round(100 * saved.total, 1) == 28.5


def test_the_published_rule():
    """It takes 172 updates to the same error in exact arithmetic; 170 in single precision."""
    tolerance = descend(Constant(600), 125)[0][-1]
    errors, levels = descend(PUBLISHED, 400)
    reached = next(i for i, error in enumerate(errors) if error <= tolerance)
    assert reached == 172
    assert levels[:3] == [25, 25, 35]
    assert levels[reached] == 600
    cost = matched_cost(errors, levels, tolerance)
    assert cost == sum(levels[:reached])
    assert 0.30 < 1 - cost / 75000 < 0.31
    assert matched_cost(*descend(Constant(300), 400), tolerance) is None


def test_a_factor_needs_fewer_decisions():
    """Levels that end in the hundreds: a factor of 1.3 instead of steps of 10, and the defaults."""
    tolerance = descend(Constant(600), 125)[0][-1]
    errors, levels = descend(
        Progressive(
            first=25, increment=1.3, growth="multiply", cap=600, stepping=0.92, lag=2, window=1
        ),
        400,
    )
    assert len(set(levels)) < len(set(descend(PUBLISHED, 400)[1])) / 3
    assert matched_cost(errors, levels, tolerance) < 1.05 * 52240  # that of the published rule
    assert errors[-1] < tolerance


def test_the_defaults_without_a_horizon():
    """With steps of 20 from 50 on: fewer sweeps than the published rule, and fewer updates."""
    tolerance = descend(Constant(600), 125)[0][-1]
    rule = Progressive(first=50, increment=20, cap=600, stepping=0.92, lag=2, window=1)
    errors, levels = descend(rule, 180)
    assert matched_cost(errors, levels, tolerance) == 51870 < 52240
    assert next(i for i, error in enumerate(errors) if error <= tolerance) == 144
