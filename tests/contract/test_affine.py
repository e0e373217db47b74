"""Product and sum in one verb, and when work is cut into parts."""

import numpy as np
import pytest

from xpde.core import backend_of, namespace_of

EPS = np.finfo(np.float64).eps
SHAPES = [
    ((3, 4), (4, 5), (3, 5)),
    ((3, 4), (4, 5), (3, 1)),
    ((2, 3, 4), (2, 4, 5), (2, 3, 5)),
    ((2, 3, 4), (2, 4, 5), (3, 1)),
    ((3, 4), (2, 4, 5), (3, 1)),
]


@pytest.mark.parametrize("shapes", SHAPES)
def test_affine_is_its_formula(bk, relative, shapes):
    """a @ x + b, and the pullbacks g xᵀ, aᵀ g and the sum of g over what b was spread to."""
    rng = np.random.default_rng(0)
    hosts = [rng.standard_normal(shape) for shape in shapes]

    def value(a, x, b):
        return backend_of(a, x, b).affine(a, x, b)

    def formula(a, x, b):
        return a @ x + b

    arrays = [bk.asarray(host) for host in hosts]
    assert relative(bk.to_numpy(value(*arrays)), formula(*hosts)) < 8 * EPS  # four products
    found, pull = bk.vjp(value, *arrays)
    _, expected = bk.vjp(formula, *arrays)
    for g, wanted in zip(pull(found), expected(found), strict=True):
        assert relative(bk.to_numpy(g), bk.to_numpy(wanted)) < 20 * EPS  # sums of ten products
    for host, array in zip(hosts, arrays, strict=True):
        assert np.array_equal(bk.to_numpy(array), host)


def test_recorded_work_stays_whole(bk):
    """Beside a recorded array a plain one is no reason to cut."""
    seen = []

    def fn(w):
        u = bk.asarray(np.ones(3))
        seen.append(backend_of(u).in_parts(u, w) or backend_of(u, w).in_parts(u, w))
        return namespace_of(w).sum(w * u)

    bk.value_and_grad(fn)(bk.asarray(np.ones(3)))
    assert seen == [False]
