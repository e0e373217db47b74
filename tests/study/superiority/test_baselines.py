"""Errors of the teachers: exact for advection, within sampling error of the paper for Burgers."""

import numpy as np
import pytest

import xpde
from xpde.study.data import initial_states
from xpde.study.superiority.advection import advection
from xpde.study.superiority.burgers import burgers, picard_analysis
from xpde.study.superiority.closed import closed_symbol
from xpde.study.superiority.experiment import Seeds
from xpde.study.superiority.trial import Judge

EPS = np.finfo(np.float64).eps
NUMPY = xpde.backend("numpy", dtype="float64")
STEPS = np.arange(1, 11)


def amplitudes(experiment, seeds):
    """The amplitude of the wave of every test sample, whose largest value on the grid is 1."""
    u = initial_states(experiment.judged(seeds), "test")[:, 0]
    return 2 * np.abs(np.fft.rfft(u)[:, 1]) / u.shape[-1]


@pytest.mark.parametrize(("case", "scheme"), [("a", "implicit"), ("b", "explicit")])
def test_one_wave_has_the_error_of_its_symbol(bk, case, scheme):
    """RMSE = √½ A |bᵗ - aᵗ| for a wave of amplitude A, at every sample and step."""
    experiment, seeds = advection(case, horizon=10, test_samples=3), Seeds()
    gamma = dict(experiment.parameters)["advection_gamma"]
    phi = np.asarray(1 / 100)
    b, a = (closed_symbol("advection", name, phi, gamma) for name in (scheme, "analytic"))
    expected = np.sqrt(0.5) * np.abs(b**STEPS - a**STEPS) * amplitudes(experiment, seeds)[:, None]
    found = Judge(experiment, seeds, bk).teacher_errors
    # states of size 1 with ten steps of 100 products each
    assert np.max(np.abs(found - expected)) < 10 * 100 * 10 * EPS


def test_published_errors_of_advection():
    """Means over 10 samples; amplitudes are between 1 and 1/cos(π/100) = 1.0005."""
    found = np.mean(Judge(advection("a", horizon=10), Seeds(), NUMPY).teacher_errors, axis=0)
    exact = [0.016343, 0.032312, 0.047916, 0.063163, 0.078060, 0.147589]
    published = [0.016345, 0.032316, 0.047922, 0.063170, 0.078070]
    shown = found[[0, 1, 2, 3, 4, 9]]
    # the last digit of the exact numbers is rounded
    assert np.all((shown > np.asarray(exact) - 5e-7) & (shown < 1.0005 * np.asarray(exact) + 5e-7))
    assert np.max(np.abs(shown[:5] / published - 1)) < 5e-4
    explicit = np.mean(Judge(advection("b", horizon=10), Seeds(), NUMPY).teacher_errors, axis=0)
    # 1.256e-4 t, four digits of it, and the amplitudes
    assert np.max(np.abs(explicit / (1.256e-4 * STEPS) - 1)) < 1.5e-3


def test_errors_saturate():
    """The implicit wave has died out after 500 steps, |ι|⁵⁰⁰ = 1e-5: what is left is √½ A."""
    experiment = advection("a", horizon=500, test_samples=2)
    found = Judge(experiment, Seeds(), NUMPY).teacher_errors[:, -1]
    left = np.abs(closed_symbol("advection", "implicit", np.asarray(0.01), -3.0)) ** 500
    limit = np.sqrt(0.5) * amplitudes(experiment, Seeds())
    assert np.all(np.abs(found - limit) < 2 * left)
    assert np.all(np.abs(found - 0.70711) < 1e-3)


PUBLISHED = [0.0884, 0.1858, 0.3086, 0.4218, 0.5113, 0.5793, 0.6347, 0.6745, 0.7056, 0.7296]
REBUILT = {
    1: [0.083, 0.173, 0.280, 0.378, 0.458, 0.522, 0.570, 0.607, 0.636, 0.657],
    2: [0.039, 0.114, 0.203, 0.284, 0.352, 0.410, 0.451, 0.483, 0.507, 0.524],
    3: [0.026, 0.084, 0.154, 0.222, 0.280, 0.327, 0.363, 0.390, 0.411, 0.425],
    4: [0.018, 0.064, 0.118, 0.174, 0.222, 0.262, 0.289, 0.311, 0.328, 0.339],
}
"""Means over 60 samples of an independent program."""


def test_errors_of_few_picard_steps():
    """Two means of independent samples differ by 4 of their standard errors once in 16 000."""
    before = None
    for picard, rebuilt in REBUILT.items():
        judge = Judge(burgers(picard), Seeds(test=10_000), NUMPY)
        if before is not None:
            judge.__dict__["truth"] = before.truth  # the same reference
        errors = judge.teacher_errors
        mean, spread = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1)
        against = [(rebuilt, 60)] + [(PUBLISHED, 20)] * (picard == 1)
        for numbers, samples in against:
            allowed = 4 * spread * np.sqrt(1 / 20 + 1 / samples)
            assert np.all(np.abs(mean - numbers) < allowed), picard
        if before is not None:  # every Picard step helps
            assert np.all(mean < np.mean(before.teacher_errors, axis=0))
        before = judge


def test_picard_iteration_along_a_trajectory():
    """Solves rise as the shock forms and fall as it decays; so does the error of one step."""
    table = picard_analysis(burgers(), NUMPY, samples=24, steps=20).table().set_index("step")
    middle = table["iterations"]
    # of 60 samples another program has medians 23, 36, 12, 6 in steps 1, 3, 10, 20 and quartiles
    # as far as [10, 43]: a median of 24 is within a third of the quartiles' distance
    for step, expected, width in ((1, 23, 7), (3, 36, 13), (10, 12, 6), (20, 6, 2)):
        assert abs(middle[step] - expected) <= width
    assert middle[3] > middle[1] > middle[20]
    error = table["one_step"]
    assert 0.06 < error[1] < 0.12
    assert error[[3, 4, 5]].max() > error[1] > error[20]
    low, high = table["iterations_low"], table["iterations_high"]
    assert np.all((low <= middle) & (middle <= high))


def test_the_first_step_of_the_analysis_is_that_of_the_teacher():
    """One step of p from u₀ against r: the first error of a judged rollout."""
    few = {"train_samples": 4, "test_samples": 4, "horizon": 1}
    experiment = burgers(1, **few)
    found = picard_analysis(experiment, NUMPY, samples=4, steps=1, seed=7)
    expected = Judge(experiment, Seeds(test=7), NUMPY).teacher_errors
    np.testing.assert_allclose(found.one_step, expected, rtol=1e-12)  # the same operations
