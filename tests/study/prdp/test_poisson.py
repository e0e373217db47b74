"""The inverse problem of one and three parameters: exact, since sines are eigenvectors.

With the contraction μ_i = cos(2πi h) of a Jacobi sweep and λ_i = 2(1 - μ_i)/h²,

    u_K = Σ_i θ_i (1 - μ_i^K) sin(2πi x)/λ_i
    θ_i⁺ = θ_i - η g_i (θ_i (1 - μ_i^K) - θ_ref) (1 - μ_i^K)
"""

import math

import numpy as np
import pytest

from xpde.errors import InvalidInput
from xpde.study.prdp import Campaign, experiment
from xpde.study.prdp.poisson import Poisson
from xpde.train import Savings, Trainer
from xpde.train.refinable import at_level

H = 1 / 31
EPS = np.finfo(np.float64).eps


def contraction(i):
    return math.cos(2 * math.pi * i * H)


def rate(i, eta=275.0):
    return eta * 31 / (60 * (2 * (1 - contraction(i)) / H**2) ** 2)


def updated(bk, problem, level, theta):
    """θ after one update by the trainer with the solver at a level."""
    setup = problem.setup(bk)
    network, objective = at_level(setup.network, setup.objective, level)
    trainer = Trainer(network, objective, setup.optimizer, 1, batch_size=1)
    params = {"theta": np.asarray(theta, dtype=float)[:, None]}
    return bk.to_numpy(trainer.run(params, bk.asarray(setup.data)).params["theta"])[:, 0]


def descended(level, updates, theta=5.0):
    kept = 1 - contraction(1) ** level
    for _ in range(updates):
        theta -= rate(1) * (theta * kept - 2.0) * kept
    return abs(theta - 2.0) / 2.0


@pytest.mark.parametrize("adjoint", ["implicit", "unrolled"])
def test_an_update_is_the_scalar_one(bk, adjoint):
    """Jacobi on a symmetric matrix with one diagonal: both derivatives are the exact one."""
    found = updated(bk, Poisson(adjoint=adjoint), 100, [5.0])[0]
    kept = 1 - contraction(1) ** 100
    exact = 5.0 - rate(1) * (5.0 * kept - 2.0) * kept
    # 100 sweeps forward and back of sums of three terms
    assert abs(found - exact) < 200 * EPS * 5.0


FIXED = {
    50: 0.5517, 100: 0.1447, 150: 4.71e-2, 200: 1.62e-2,
    300: 2.02e-3, 400: 2.55e-4, 500: 3.23e-5, 600: 4.08e-6,
}  # fmt: skip
"""Errors at which the descent with a constant level ends, by level."""


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_fixed_points(backends, name):
    """An update is affine in θ: two of them give its fixed point."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    for level, error in FIXED.items():
        low, high = (updated(backends[name], Poisson(), level, [t])[0] for t in (1.0, 5.0))
        slope = (high - low) / 4.0
        fixed = (low - slope) / (1 - slope)
        assert math.isclose(abs(fixed - 2) / 2, error, rel_tol=4e-3)  # three printed digits
        power = contraction(1) ** level
        # rounding of 600 sweeps over 1 - slope > 0.02, the most that an error is enlarged
        assert abs(abs(fixed - 2) / 2 - power / (1 - power)) < 600 * EPS / 0.02


@pytest.mark.parametrize("name", ["numpy", "jax"])
def test_the_published_numbers(backends, tmp_path, name):
    """1.30e-5 at update 125 with 600 sweeps; 1.17e-5 at 145 scheduled, for 28.5 % fewer sweeps."""
    if name not in backends:
        pytest.skip(f"{name} is not installed")
    problem = Poisson(epochs=145)
    campaign = Campaign(
        problem, tmp_path, [0], name, "float64", contenders=("converged", "scheduled")
    )
    epochs = campaign.run(lambda *_: None).epochs
    converged, scheduled = (
        epochs[epochs["contender"] == kind].set_index("epoch")
        for kind in ("converged", "scheduled")
    )
    assert round(converged["error"][125], 7) == 1.30e-5
    assert round(scheduled["error"][145], 7) == 1.17e-5
    # 125 updates, in each of which an error of rounding of 600 sweeps enters
    assert abs(converged["error"][125] - descended(600, 125)) < 125 * 600 * EPS
    saved = Savings.of([int(k) for k in scheduled["level"][1:]], 600, epochs=125)
    assert (saved.progressive, saved.converged) == (53650, 75000)
    assert round(100 * saved.total, 1) == 28.5


def test_three_parameters_decouple(bk):
    """Each mode has its own contraction and its own scalar update."""
    problem = experiment("poisson3")
    theta, level = (5.0, 3.0, 1.0), 20
    found = updated(bk, problem, level, theta)
    for i, (value, guess, truth) in enumerate(zip(found, theta, problem.truth, strict=True), 1):
        kept = 1 - contraction(i) ** level
        exact = guess - rate(i, problem.rate) * (guess * kept - truth) * kept
        # sines are orthogonal on the points to rounding of sums of 30
        assert abs(value - exact) < 1000 * EPS * 5.0


def test_steepest_descent_is_exact_in_one_step(bk):
    """The first residual is an eigenvector."""
    kept = updated(bk, Poisson(method="steepest descent", adjoint="implicit"), 1, [5.0])[0]
    exact = 5.0 - rate(1) * (5.0 - 2.0)
    assert abs(kept - exact) < 200 * EPS * 5.0  # sums of 30 terms, twice


def test_the_monitored_error_is_the_relative_one():
    problem = experiment("poisson3", truth=(3.0, 4.0), guess=(3.0, 1.0))
    errors = problem._errors(np.asarray([3.0, 1.0]))
    assert errors == {"theta": 3 / 5, "theta_1": 0.0, "theta_2": 0.75}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"truth": (1.0, 2.0)}, "as many guesses as the 2 parameters, got 1"),
        ({"method": "jacoby"}, "did you mean jacobi"),
        ({"truth": (math.inf,)}, "expected truth as numbers with commas"),
    ],
)
def test_refusals(changes, text):
    with pytest.raises(InvalidInput, match=text):
        Poisson(**changes)
