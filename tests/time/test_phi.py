"""phi functions against high-precision values."""

import mpmath
import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.time import phi

EPS = np.finfo(np.float64).eps
MAGNITUDES = [0.0, 1e-12, 1e-6, 1e-3, 0.1, 0.9, 1.1, 2.49, 2.51, 4.0, 11.0, 1e2, 1e4]
DIRECTIONS = {
    "decay": -1,
    "growth": 1,
    "wave": 1j,
    "mixed": (-3 + 4j) / 5,
    "mixed growth": 0.6 + 0.8j,
}


def exact(k: int, z: complex) -> complex:
    with mpmath.workdps(60):
        w = mpmath.mpc(z)
        if abs(z) < 1:
            return complex(mpmath.nsum(lambda j: w**j / mpmath.factorial(j + k), [0, 60]))
        value = mpmath.exp(w)
        for j in range(k):
            value = (value - 1 / mpmath.factorial(j)) / w
        return complex(value)


@pytest.mark.parametrize("direction", sorted(DIRECTIONS))
@pytest.mark.parametrize("k", [0, 1, 2, 3, 4])
def test_relative_accuracy(k, direction):
    factor = DIRECTIONS[direction]
    sizes = [m for m in MAGNITUDES if (factor * m).real < 700]
    z = np.array(sizes) * complex(factor)
    want = np.array([exact(k, w) for w in z])
    # conditioning of e^z is |z|; 12 units of rounding for the quotient
    bound = (12 + np.abs(z)) * EPS * np.abs(want) + np.finfo(float).tiny
    assert np.all(np.abs(phi(k, z) - want) <= bound)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_real_arguments_stay_real(bk, relative, k):
    z = np.array([-50.0, -2.0, -0.1, 0.0, 0.5, 3.0])
    found = bk.to_numpy(phi(k, bk.asarray(z)))
    assert found.dtype == np.float64
    assert relative(found, phi(k, z + 0j).real) < 8 * EPS
    assert np.all(phi(k, z + 0j).imag == 0)


def test_derivative_is_finite_everywhere(bk, relative):
    z = np.array([-30.0, -2.5, -1e-9, 0.0, 1e-9, 2.0, 3.0])
    _, gradient = bk.value_and_grad(lambda x: namespace_of(x).sum(phi(1, x)))(bk.asarray(z))
    # φ1' = φ1 - φ2 + ... : z φ1' = e^z - φ1, and φ1'(0) = 1/2
    with mpmath.workdps(40):
        want = [float(mpmath.diff(lambda w: (mpmath.exp(w) - 1) / w, v)) if v else 0.5 for v in z]
    assert relative(bk.to_numpy(gradient), np.array(want)) < 1e-8  # mpmath.diff near 0 sets this
