"""Inner products, norms and quotients: values, and derivatives where they are not smooth."""

import numpy as np

from xpde.core import namespace_of
from xpde.solvers.inner import norm, quotient, root

EPS = np.finfo(np.float64).eps


def test_norm_has_a_derivative_everywhere(bk, relative):
    """∇‖x‖ = x/‖x‖, and 0 at 0 beside it in the same batch: no sample makes another NaN."""
    x = np.stack([np.zeros(4), np.array([3.0, 0.0, 4.0, 0.0])])
    value, found = bk.value_and_grad(lambda y: namespace_of(y).sum(norm(y, 1)))(bk.asarray(x))
    assert float(bk.to_numpy(value)) == 5.0
    assert relative(bk.to_numpy(found), x / 5.0) < 8 * EPS


def test_what_is_no_number_stays_so(bk):
    found = bk.to_numpy(root(bk.asarray(np.array([np.nan, -1.0, 0.0, 4.0]))))
    assert np.array_equal(found, [np.nan, 0.0, 0.0, 2.0], equal_nan=True)


def test_quotient_by_zero(bk):
    """0 with derivative 0, in both arguments."""
    a, b = np.array([1.0, 6.0]), np.array([0.0, 3.0])

    def total(pair):
        return namespace_of(pair["a"]).sum(quotient(pair["a"], pair["b"]))

    value, found = bk.value_and_grad(total)({"a": bk.asarray(a), "b": bk.asarray(b)})
    assert float(bk.to_numpy(value)) == 2.0
    assert np.allclose(bk.to_numpy(found["a"]), [0.0, 1.0 / 3.0], rtol=4 * EPS, atol=0)
    assert np.allclose(bk.to_numpy(found["b"]), [0.0, -2.0 / 3.0], rtol=4 * EPS, atol=0)
