"""Norms and correlation on every backend: definition, laws, gradient, evaluation by name."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xpde.core import namespace_of
from xpde.metrics import evaluate, metric, norm

EPS = np.finfo(np.float64).eps
EXPONENTS = {"MAE": (1, 1), "MSE": (2, 1), "RMSE": (2, 1 / 2)}
NORMS = [f"{form}{name}" for name in EXPONENTS for form in ("", "n", "s")]
SPATIAL = [*NORMS, "correlation"]
ABSOLUTE = [name for name in NORMS if name in EXPONENTS]
RELATIVE = [name for name in NORMS if name not in EXPONENTS]

# leading axes, channels, points: dims 1 to 3, odd and even, one point too. A short list, because a
# compiling framework pays for every new shape.
SHAPES = [
    ((), 1, (7,)),
    ((2, 3), 2, (8,)),
    ((2, 1), 3, (1,)),
    ((2,), 2, (5, 4)),
    ((2, 2), 1, (3, 3)),
    ((), 3, (2, 3, 4)),
    ((2, 2), 2, (3, 1, 2)),
]
seeds, shapes = st.integers(0, 2**31), st.sampled_from(SHAPES)
# A mean of n terms in any order is wrong by at most n eps of the sum of their sizes, n <= 24 here;
# difference, power, root and quotient add a few eps more, and there are at most 3 channels.
TOLERANCE = 4 * (24 + 8) * EPS


def states(seed, shape, count=2):
    """Draw states of one shape whose channels differ in size by up to 10^4."""
    lead, channels, points = shape
    rng = np.random.default_rng(seed)
    unit = 10.0 ** rng.uniform(-2, 2, (channels, *[1] * len(points)))
    return [unit * rng.standard_normal((*lead, channels, *points)) for _ in range(count)]


def size(values, p, q):
    """A(s) = (mean |s|^p)^q, number by number."""
    powers = [abs(float(s)) ** p for s in values.ravel()]
    return (math.fsum(powers) / len(powers)) ** q


def channel_value(name, u, r):
    """Return the metric of one channel (*N)."""
    if name == "correlation":
        lengths = [math.sqrt(math.fsum(float(s) ** 2 for s in x.ravel())) for x in (u, r)]
        products = (float(a) * float(b) for a, b in zip(u.ravel(), r.ravel(), strict=True))
        return math.fsum(products) / math.prod(lengths)
    p, q = EXPONENTS[name[-4:] if name.endswith("RMSE") else name[-3:]]
    error = size(u - r, p, q)
    if name.startswith("n"):
        return error / size(r, p, q)
    if name.startswith("s"):
        return 2 * error / (size(u, p, q) + size(r, p, q))
    return error


def slow(name, u, r, dims):
    """Loop over leading axes and channels."""
    lead = u.shape[: -dims - 1]
    value = np.empty(lead)
    for index in np.ndindex(*lead):
        parts = [channel_value(name, a, b) for a, b in zip(u[index], r[index], strict=True)]
        value[index] = math.fsum(parts) / (len(parts) if name == "correlation" else 1)
    return value


def measure(bk, name, u, r, dims):
    return bk.to_numpy(metric(name)(bk.asarray(u), bk.asarray(r), dims=dims))


# -- definition --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPATIAL)
@given(seed=seeds, shape=shapes)
def test_definition(bk, name, seed, shape):
    """The value of every leading index is that of the loop."""
    u, r = states(seed, shape)
    dims = len(shape[-1])
    found, expected = measure(bk, name, u, r, dims), slow(name, u, r, dims)
    assert found.shape == shape[0]
    # a cosine cancels, so it is exact relative to 1; the others are sums of positive terms
    scale = 1.0 if name == "correlation" else expected
    assert np.all(np.abs(found - expected) <= TOLERANCE * scale)


@pytest.mark.parametrize("name", ABSOLUTE)
@given(seed=seeds, shape=shapes)
def test_absolute_form_of_one_state(bk, relative, name, seed, shape):
    """Without a reference A(u) is measured: the reference is zero."""
    (u,) = states(seed, shape, 1)
    dims = len(shape[-1])
    found = bk.to_numpy(metric(name)(bk.asarray(u), dims=dims))
    assert relative(found, slow(name, u, np.zeros_like(u), dims)) < TOLERANCE


@pytest.mark.parametrize("name", SPATIAL)
@given(seed=seeds, shape=st.sampled_from([s for s in SHAPES if s[0]]))
def test_mean_prefix_averages_over_the_first_axis(bk, name, seed, shape):
    u, r = states(seed, shape)
    dims = len(shape[-1])
    expected = np.mean(slow(name, u, r, dims), axis=0)
    found = measure(bk, f"mean_{name}", u, r, dims)
    assert found.shape == shape[0][1:]
    scale = 1.0 if name == "correlation" else expected
    assert np.all(np.abs(found - expected) <= TOLERANCE * scale)


@pytest.mark.parametrize("name", SPATIAL)
@given(seed=seeds, points=st.sampled_from([(7,), (4, 3)]))
def test_leading_axes_broadcast(bk, relative, name, seed, points):
    """f(stack(us), r) = stack(f(u, r)) over two leading axes, the reference shared or not."""
    dims = len(points)
    (u,) = states(seed, ((2, 3), 2, points), 1)
    (r,) = states(seed + 1, ((3,), 2, points), 1)
    for shared in (r, r[0]):
        full = np.broadcast_to(shared, u.shape)
        one = [[measure(bk, name, u[i, j], full[i, j], dims) for j in range(3)] for i in range(2)]
        # the same numbers, summed in blocks of another size
        assert relative(measure(bk, name, u, shared, dims), one) < TOLERANCE


@pytest.mark.parametrize("mode", ["absolute", "normalized", "symmetric"])
@pytest.mark.parametrize(("inner", "outer"), [(3, None), (2.5, 1), (4, 0.5), (1, 2), (2, None)])
@given(seed=seeds, shape=st.sampled_from(SHAPES[3:5]))
def test_other_exponents(bk, relative, mode, inner, outer, seed, shape):
    u, r = states(seed, shape)
    q = 1 / inner if outer is None else outer
    expected = np.zeros(shape[0])
    for index in np.ndindex(*shape[0]):
        for a, b in zip(u[index], r[index], strict=True):
            below = {"absolute": 1.0, "normalized": size(b, inner, q)}
            below["symmetric"] = (size(a, inner, q) + size(b, inner, q)) / 2
            expected[index] += size(a - b, inner, q) / below[mode]
    how = {"dims": 2, "mode": mode, "inner": inner, "outer": outer}
    found = bk.to_numpy(norm(bk.asarray(u), bk.asarray(r), **how))
    assert relative(found, expected) < 4 * TOLERANCE  # an error of s counts p q <= 2 times


# -- laws --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NORMS)
@given(seed=seeds, shape=shapes, power=st.integers(-20, 20), sign=st.sampled_from([-1, 1]))
def test_common_scaling(bk, relative, name, seed, shape, power, sign):
    """Degree p q for absolute forms, 0 for quotients; a power of two scales without rounding."""
    u, r = states(seed, shape)
    dims, factor = len(shape[-1]), sign * 2.0**power
    p, q = EXPONENTS.get(name, (0, 1))
    expected = abs(factor) ** (p * q) * measure(bk, name, u, r, dims)
    assert relative(measure(bk, name, factor * u, factor * r, dims), expected) < TOLERANCE


@pytest.mark.parametrize("name", RELATIVE)
@given(seed=seeds, shape=shapes)
def test_every_channel_may_have_its_own_unit(bk, relative, name, seed, shape):
    u, r = states(seed, shape)
    dims, channels = len(shape[-1]), shape[1]
    unit = (-2.0) ** np.arange(-1, channels - 1).reshape(-1, *[1] * dims)
    expected = measure(bk, name, u, r, dims)
    assert relative(measure(bk, name, unit * u, unit * r, dims), expected) < TOLERANCE


@pytest.mark.parametrize("name", [n for n in SPATIAL if not n.startswith("n")])
@given(seed=seeds, shape=shapes)
def test_symmetry(bk, name, seed, shape):
    """f(u, r) = f(r, u) to the last bit: |u - r| and every sum of two are symmetric."""
    u, r = states(seed, shape)
    dims = len(shape[-1])
    np.testing.assert_array_equal(measure(bk, name, u, r, dims), measure(bk, name, r, u, dims))


@pytest.mark.parametrize("name", NORMS)
@given(seed=seeds, shape=shapes)
def test_zero_for_equal_states_only(bk, name, seed, shape):
    u, r = states(seed, shape)
    dims = len(shape[-1])
    assert not measure(bk, name, u, u, dims).any()
    assert np.all(measure(bk, name, u, r, dims) > 0)


@given(seed=seeds, shape=shapes)
def test_quotients_are_bounded(bk, seed, shape):
    """Per channel sMAE and sRMSE stay below 2, sMSE below 4, by |u - r| <= |u| + |r|."""
    u, r = states(seed, shape)
    dims, channels = len(shape[-1]), shape[1]
    for name, largest in {"sMAE": 2, "sRMSE": 2, "sMSE": 4}.items():
        bound = largest * channels
        assert np.all(measure(bk, name, u, r, dims) <= bound * (1 + TOLERANCE))
        opposite = measure(bk, name, u, -u, dims)  # where the bound is reached
        assert np.all(np.abs(opposite - bound) <= TOLERANCE * bound)


@pytest.mark.parametrize("name", ["MAE", "RMSE"])
@given(seed=seeds, shape=shapes)
def test_triangle_inequality(bk, name, seed, shape):
    u, v, w = states(seed, shape, 3)
    dims = len(shape[-1])
    uv, vw, uw = (measure(bk, name, *pair, dims) for pair in ((u, v), (v, w), (u, w)))
    assert np.all(uw <= (uv + vw) * (1 + TOLERANCE))


@given(seed=seeds, shape=shapes)
def test_cauchy_schwarz(bk, seed, shape):
    """|cos| <= 1, with equality for multiples and the sign of the factor."""
    u, r = states(seed, shape)
    dims = len(shape[-1])
    assert np.all(np.abs(measure(bk, "correlation", u, r, dims)) <= 1 + TOLERANCE)
    for factor in (1.0, 1 / 3, 1e6, -1e-6):
        found = measure(bk, "correlation", u, factor * u, dims)
        assert np.all(np.abs(found - np.sign(factor)) <= TOLERANCE)


@given(seed=seeds, shape=shapes)
def test_pythagoras(bk, relative, seed, shape):
    """|u - r|² = |u|² + |r|² - 2 |u||r| cos for one channel."""
    lead, _, points = shape
    u, r = states(seed, (lead, 1, points))
    dims = len(points)
    a, b = (bk.to_numpy(metric("RMSE")(bk.asarray(x), dims=dims)) for x in (u, r))
    right = a**2 + b**2 - 2 * a * b * measure(bk, "correlation", u, r, dims)
    error = np.abs(measure(bk, "MSE", u, r, dims) - right)
    assert np.all(error <= 4 * TOLERANCE * (a**2 + b**2))  # the right side cancels


@pytest.mark.parametrize("name", SPATIAL)
@given(seed=seeds, shape=shapes, shifts=st.tuples(*[st.integers(-5, 5)] * 3))
def test_common_shifts_and_the_order_of_channels_do_not_count(bk, name, seed, shape, shifts):
    u, r = states(seed, shape)
    dims = len(shape[-1])
    axes = tuple(range(-dims, 0))
    moved = [np.flip(np.roll(x, shifts[:dims], axes), axis=-dims - 1) for x in (u, r)]
    expected = measure(bk, name, u, r, dims)
    scale = 1.0 if name == "correlation" else expected
    assert np.all(np.abs(measure(bk, name, *moved, dims) - expected) <= TOLERANCE * scale)


# -- zero denominators ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*RELATIVE, "correlation"])
@pytest.mark.parametrize("points", [(1,), (4,), (3, 2)])
def test_zero_reference(bk, name, points):
    """Infinity for an error against nothing, NaN for nothing against nothing, and no warning."""
    one, nothing = np.ones((1, *points)), np.zeros((1, *points))
    dims = len(points)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error = measure(bk, name, one, nothing, dims)
        both = measure(bk, name, nothing, nothing, dims)
        channels = measure(bk, name, *(np.concatenate([one, x]) for x in (2 * one, nothing)), dims)
    assert np.isnan(both)
    if name == "correlation":
        assert np.isnan(error)
        assert np.isnan(channels)
    elif name.startswith("n"):
        assert np.isposinf(error)
        assert np.isposinf(channels)  # one lost channel spoils the sum
    else:
        assert error == 2.0  # 2 A(u) / (A(u) + 0)
        assert np.isfinite(channels)


@pytest.mark.parametrize("name", RELATIVE)
def test_a_zero_reference_spoils_its_own_sample_only(bk, name):
    u, r = states(0, ((3,), 2, (6,)))
    r[1] = u[1] = 0.0
    found = measure(bk, name, u, r, 1)
    assert np.isnan(found[1])
    np.testing.assert_array_equal(np.isfinite(found), [True, False, True])


# -- precision -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*SPATIAL, *(f"mean_{m}" for m in SPATIAL)])
def test_float32_stays_float32(bk, name):
    u, r = states(0, ((2, 3), 2, (4, 3)))
    short = [bk.asarray(x, dtype="float32") for x in (u, r)]
    value = metric(name)(*short, dims=2)
    assert bk.to_numpy(value).dtype == np.float32
    exact = slow(name.removeprefix("mean_"), *(bk.to_numpy(x) for x in short), 2)
    exact = np.mean(exact, axis=0) if name.startswith("mean_") else exact
    scale = 1.0 if "correlation" in name else exact
    # the same operations with another eps; 12 points
    assert np.all(np.abs(bk.to_numpy(value) - exact) <= 100 * np.finfo(np.float32).eps * scale)


@pytest.mark.parametrize("inner", [1, 2, 3, 2.5])
def test_norm_keeps_float32(bk, inner):
    u, r = (bk.asarray(x, dtype="float32") for x in states(1, ((2,), 1, (5,))))
    for mode in ("absolute", "normalized", "symmetric"):
        value = norm(u, r, dims=1, mode=mode, inner=inner)
        assert bk.to_numpy(value).dtype == np.float32


# -- gradients -----------------------------------------------------------------------------------


def total(fn, dims):
    """Sum a metric over its leading axes: a scalar of the pair (u, r)."""

    def scalar(pair):
        return namespace_of(*pair).sum(fn(*pair, dims=dims))

    return scalar


def apart(seed, shape):
    """Draw u and r with |u - r|, |u| and |r| away from zero, where |s| has its corner."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], shape)
    r = signs * rng.uniform(1, 2, shape)
    return r + signs * rng.uniform(0.5, 1, shape), r


def central(bk, fn, pair, dims):
    """Differences of a fourth-order stencil, coordinate by coordinate in one leading axis."""
    step, count = 2e-3, pair[0].size
    moves = step * np.eye(count).reshape(count, *pair[0].shape)
    gradients = []
    for k in range(2):
        values = []
        for times in (1, -1, 2, -2):
            moved = [x[None] + (times * moves if i == k else 0 * moves) for i, x in enumerate(pair)]
            found = bk.to_numpy(fn(*(bk.asarray(x) for x in moved), dims=dims))
            values.append(found.reshape(count, -1).sum(axis=1))
        near, far = values[0] - values[1], values[2] - values[3]
        gradients.append(((8 * near - far) / (12 * step)).reshape(pair[0].shape))
    return gradients


@pytest.mark.parametrize("name", [*SPATIAL, "mean_nRMSE", "norm"])
@pytest.mark.parametrize("shape", [(2, 2, 5), (2, 1, 2, 3), (2, 1, 2, 1, 2)])
def test_gradient(bk, relative, name, shape):
    """With respect to both states, away from the corners of |s|."""
    dims, samples = len(shape) - 2, shape[0]
    fn = metric(name) if name != "norm" else lambda *a, dims: norm(*a, dims=dims, inner=3)
    pair = apart(7, shape)
    placed = tuple(bk.asarray(x) for x in pair)
    value, gradient = bk.value_and_grad(total(fn, dims))(placed)
    plain = np.sum(bk.to_numpy(fn(*placed, dims=dims)))
    assert bk.to_numpy(value) == pytest.approx(plain, rel=TOLERANCE)
    share = 1
    if name == "mean_nRMSE":  # the first axis is the mean's: differentiate the sum, divide
        fn, share = metric("nRMSE"), samples
    for found, expected in zip(gradient, central(bk, fn, pair, dims), strict=True):
        # truncation h^4 f^(5)/30 and rounding eps/h, for numbers of order one
        assert relative(bk.to_numpy(found), expected / share) < 1e-8


def test_gradient_of_squares_at_equal_states_is_zero(bk):
    """(u - r)² is smooth at u = r, alone and over a sum that does not vanish there."""
    u = bk.asarray(apart(3, (2, 6))[0])
    for name in ("MSE", "nMSE", "sMSE"):
        for part in bk.value_and_grad(total(metric(name), 1))((u, u))[1]:
            assert not bk.to_numpy(part).any()


# -- evaluation -----------------------------------------------------------------------


@given(seed=seeds, points=st.sampled_from([(7,), (3, 4)]))
def test_evaluate_every_name(bk, seed, points):
    """(S, T) for a plain name, (T,) for a mean; step t counts only frame t."""
    dims = len(points)
    u, r = states(seed, ((2, 3), 2, points))
    names = [*SPATIAL, *(f"mean_{m}" for m in SPATIAL)]
    scores = evaluate(bk.asarray(u), bk.asarray(r), names, dims)
    assert list(scores) == names
    for name in SPATIAL:
        plain, mean = (bk.to_numpy(scores[n]) for n in (name, f"mean_{name}"))
        expected = np.stack([slow(name, u[:, t], r[:, t], dims) for t in range(3)], axis=1)
        scale = 1.0 if name == "correlation" else expected
        assert np.all(np.abs(plain - expected) <= TOLERANCE * scale)
        assert np.all(np.abs(mean - np.mean(expected, 0)) <= TOLERANCE * np.max(scale))
