"""phi functions of matrices against high-precision values, closed forms and each other."""

import mpmath
import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.time import phi
from xpde.time.matrix import apply_matrix, matrix_phis, multiply

EPS = np.finfo(np.float64).eps


def exact(highest: int, z: np.ndarray) -> list[np.ndarray]:
    """φ_k(z) are the first block row of the exponential of z bordered by identities."""
    n, rows = len(z), highest + 1
    with mpmath.workdps(60):
        big = mpmath.zeros(n * rows)
        for i in range(n):
            for j in range(n):
                big[i, j] = mpmath.mpmathify(complex(z[i, j]))
        for k in range(highest):
            for i in range(n):
                big[k * n + i, (k + 1) * n + i] = 1
        out = mpmath.expm(big)
        blocks = [
            [[complex(out[i, k * n + j]) for j in range(n)] for i in range(n)] for k in range(rows)
        ]
    return [np.array(block) for block in blocks]


rng = np.random.default_rng(0)
SKEW = np.array([[0.0, 1.0, -2.0], [-1.0, 0.0, 0.5], [2.0, -0.5, 0.0]])
MATRICES = {
    "zero": np.zeros((2, 2)),
    "tiny": 1e-9 * rng.standard_normal((2, 2)),
    "random": rng.standard_normal((2, 2)),
    "random of three": rng.standard_normal((3, 3)),
    "complex": rng.standard_normal((2, 2)) + 1j * rng.standard_normal((2, 2)),
    "growing": 5.0 * np.array([[1.0, 0.3], [0.2, 0.7]]),
    "nilpotent": np.array([[0.0, 3.0], [0.0, 0.0]]),
    "defective": np.array([[-2.0, 1.0], [0.0, -2.0]]),
    "defective of three": -3.0 * np.eye(3) + np.eye(3, k=1) + np.eye(3, k=2),
    "stiff": -300.0 * np.array([[1.0, 0.2], [0.1, 0.6]]),
    "stiff and slow": np.array([[-1e3, 1.0], [1.0, -1e-3]]),
    "turning": 20.0 * SKEW,
    "turning and decaying": 20.0 * SKEW - 5.0 * np.eye(3),
}


@pytest.mark.parametrize("name", sorted(MATRICES))
def test_against_high_precision(name):
    z = MATRICES[name]
    found = matrix_phis(3, z[..., None])
    # a turn of size |z| is conditioned by |z|; 20 for the series and its doublings
    bound = (20 + 2 * np.max(np.sum(np.abs(z), axis=1))) * EPS
    for k, want in enumerate(exact(3, z)):
        error = np.max(np.abs(found[k][..., 0] - want))
        assert error <= bound * max(np.max(np.abs(want)), EPS), (k, error)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_multiples_of_the_identity_are_scalars(k):
    """Decay from nothing to 1e7 and turns to 1e3, every entry with its own relative accuracy."""
    rates = np.concatenate([-np.logspace(-12, 7, 39), 1j * np.logspace(-3, 3, 13), [0.0]])
    found, want = matrix_phis(3, np.eye(2)[..., None] * rates)[k], phi(k, rates)
    # e^z has the conditioning |z|; means of a decaying e^z (k ≥ 1) contract their rounding
    size = np.abs(rates) * ((k == 0) | (rates.real == 0))
    bound = (40 + 4 * size) * EPS * np.abs(want) + np.finfo(float).tiny
    for i in range(2):
        assert np.all(np.abs(found[i, i] - want) <= bound)
        assert not np.any(found[i, 1 - i])


@pytest.mark.parametrize("h", [1e-3, 0.1, 1.0])
def test_waves_keep_their_phase(h):
    """e^{hL} of u_tt = -ω² u is a turn by ωh in (u, u_t/ω), in whatever units u_t is kept."""
    w = np.logspace(-2, 3, 31)
    z = h * np.stack([np.stack([0 * w, 1 + 0 * w]), np.stack([-w * w, 0 * w])])
    turn = matrix_phis(0, z)[0]
    bound = (20 + 4 * w * h) * EPS
    for found, want in [
        (turn[0, 0], np.cos(w * h)),
        (turn[1, 1], np.cos(w * h)),
        (turn[0, 1] * w, np.sin(w * h)),
        (turn[1, 0] / w, -np.sin(w * h)),
    ]:
        assert np.all(np.abs(found - want) <= bound)


def test_coupled_decay_with_a_large_norm():
    """Jordan blocks: φ_k has φ_k(a) on the diagonal and c φ_k'(a) beside it, at every size of a."""
    rates, coupling = -np.logspace(-3, 5, 9), 7.0
    z = np.stack([np.stack([rates, 0 * rates + coupling]), np.stack([0 * rates, rates])])
    for k, found in enumerate(matrix_phis(3, z)):
        with mpmath.workdps(60):
            slope = [float(mpmath.diff(lambda a, k=k: _phi(k, a), mpmath.mpf(a))) for a in rates]
        want = coupling * np.array(slope)
        # e^z has the conditioning |a|; below 1e-300 its digits run out
        bound = (100 + 4 * np.abs(rates) * (k == 0)) * EPS * np.abs(want) + 1e-300
        assert np.all(np.abs(found[0, 1] - want) <= bound), k
        assert not np.any(found[1, 0])


def _phi(k: int, a: mpmath.mpf) -> mpmath.mpf:
    value = mpmath.exp(a)
    for j in range(k):
        value = (value - 1 / mpmath.factorial(j)) / a
    return value


def test_every_mode_has_its_own_scale():
    """Modes in one array are what they are alone, though their numbers of doublings differ."""
    z = np.stack([MATRICES[n] for n in ("tiny", "random", "growing", "stiff")], axis=-1)
    together = matrix_phis(3, z)
    for i in range(z.shape[-1]):
        for k, alone in enumerate(matrix_phis(3, z[..., i : i + 1])):
            np.testing.assert_array_equal(together[k][..., i], alone[..., 0])


def test_backends_agree(bk, relative):
    """Where the sizes are not known on the host all rounds are tried: same numbers."""
    z = np.stack([MATRICES[n] for n in ("zero", "defective", "growing", "stiff")], axis=-1)
    here = matrix_phis(3, z)
    found = bk.jit(lambda a: matrix_phis(3, a))(bk.asarray(z))
    for a, b in zip(found, here, strict=True):
        assert relative(bk.to_numpy(a), b) < 1e-13  # fused products round differently


def test_beyond_the_rounds_is_not_silent(bk):
    """A size of 2^26 and more is right or NaN, never something else."""
    z = np.array([[-1e9, 0.0], [0.0, -1.0]])[..., None]
    first = bk.to_numpy(matrix_phis(1, bk.asarray(z))[1])[0, 0, 0]
    assert np.isnan(first) or abs(first - 1e-9) < 1e-22


@pytest.mark.parametrize("name", ["nilpotent", "defective", "random", "turning"])
def test_gradients_flow_everywhere(bk, name):
    """Defective matrices too, where a formula by eigenvectors has none."""
    z, weights = MATRICES[name].real, np.random.default_rng(1)
    n = len(z)
    w = bk.asarray(weights.standard_normal((4, n, n, 1)))
    v = weights.standard_normal((n, n, 1))

    def total(a):
        xp = namespace_of(a)
        return xp.sum(xp.stack(matrix_phis(3, a), axis=0) * w)

    _, gradient = bk.jit(bk.value_and_grad(total))(bk.asarray(z[..., None]))
    h = 1e-5
    ahead, behind = (float(total(bk.asarray(z[..., None] + s * h * v))) for s in (1, -1))
    along = float(np.sum(bk.to_numpy(gradient) * v))
    # central difference: h² |z|² of curvature and eps/h of rounding
    assert along == pytest.approx((ahead - behind) / (2 * h), rel=1e-6, abs=1e-8)


def test_products_are_matrix_products(relative):
    a, b = rng.standard_normal((2, 3, 3, 4, 5))
    u = rng.standard_normal((2, 3, 4, 5))
    assert relative(multiply(a, b), np.einsum("imxy,mjxy->ijxy", a, b)) < 4 * EPS
    assert relative(apply_matrix(a, u, 2), np.einsum("ijxy,bjxy->bixy", a, u)) < 4 * EPS
