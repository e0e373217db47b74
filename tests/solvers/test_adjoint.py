"""Derivatives of solves: the four adjoints, every method, every backend."""

import sys
from pathlib import Path

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of
from xpde.solvers import (
    CG,
    GENERAL,
    GMRES,
    POSITIVE,
    BiCGStab,
    Cut,
    Dense,
    Function,
    Identity,
    Implicit,
    Jacobi,
    OneStep,
    Richardson,
    Scaled,
    Unrolled,
    linear_solve,
)

sys.path.insert(0, str(Path(__file__).parent))
from systems import EPS, METHODS, N, dominant, gradients, host, matrix, placed, problem, vectors

every = pytest.mark.parametrize("name", sorted(METHODS))


@every
def test_implicit(bk, relative, name):
    """b̄ = A⁻ᵀ w, Ā = -b̄ xᵀ, x̄₀ = 0, in proportion to the scale of the loss down to 1e-21."""
    a, b, x0, w = problem(name)
    gradient = gradients(bk, name, None, rtol=1e-11, max_steps=600)
    arrays, one = placed(bk, a, b, x0), bk.asarray(w)
    x, adjoint = np.linalg.solve(a, b), np.linalg.solve(a.T, w)
    found = host(bk, gradient(arrays, one, bk.asarray(1.0)))
    for value, expected in zip(found[:2], (-np.outer(adjoint, x), adjoint), strict=True):
        assert relative(value, expected) < 50 * 1e-11  # κ rtol, twice
    assert np.all(found[2] == 0)
    for power in (17, 40, 70):  # a power of two leaves every bit
        small = host(bk, gradient(arrays, one, bk.asarray(2.0**-power)))
        assert all(np.array_equal(2.0**power * s, f) for s, f in zip(small, found, strict=True))
    for scale in (1e-5, 1e-12):
        small = host(bk, gradient(arrays, one, bk.asarray(scale)))
        assert relative(small[1] / scale, found[1]) < 1e-12  # the same steps, rounded differently


@every
def test_small_losses_in_single_precision(name):
    """A loss scaled by 2⁻⁷⁰, about 1e-21, whose squares are no numbers of float32."""
    compiled = ("CG", "MINRES")  # seconds of compilation, for the same formulas
    for backend in xpde.backend_names():
        try:
            bk = xpde.backend(backend, dtype="float32")
        except xpde.XpdeError:
            continue
        if bk.capabilities.compiles and name not in compiled:
            continue
        a, b, x0, w = problem(name)
        for adjoint in (Implicit(), Unrolled()):
            gradient = gradients(bk, name, adjoint, max_steps=4)
            arrays, one = placed(bk, a, b, x0), bk.asarray(w)
            full = host(bk, gradient(arrays, one, bk.asarray(1.0)))
            small = host(bk, gradient(arrays, one, bk.asarray(2.0**-70)))
            assert np.linalg.norm(full[1]) > 0
            for s, f in zip(small, full, strict=True):
                assert np.array_equal(np.float32(2.0**70) * s, f)


def test_preconditioner_is_transposed(bk, relative):
    """With M = A⁻¹ one step is exact, and so is one adjoint step with Mᵀ; with M it is not."""
    a, (b, w) = dominant(N), vectors()
    m = Dense(bk.asarray(np.linalg.inv(a)), GENERAL)
    for method in (
        Richardson(max_steps=1, preconditioner=m),
        GMRES(max_steps=1, restart=1, preconditioner=m),
        BiCGStab(max_steps=1, preconditioner=m),
    ):

        def loss(arrays, method=method):
            x = linear_solve(Dense(arrays[0]), arrays[1], method).value
            return namespace_of(x).sum(bk.asarray(w) * x)

        gradient = bk.jit(lambda arrays, loss=loss: bk.value_and_grad(loss)(arrays)[1])
        of_a, of_b = host(bk, gradient(placed(bk, a, b)))
        adjoint = np.linalg.solve(a.T, w)
        assert relative(of_b, adjoint) < 200 * EPS  # κ < 10
        assert relative(of_a, -np.outer(adjoint, np.linalg.solve(a, b))) < 200 * EPS
        assert relative(np.linalg.inv(a) @ w, adjoint) > 0.1  # what M would give


def test_adjoint_method_of_its_own(bk, relative):
    """Few steps forward, an adjoint solve to a tolerance: b̄ is exact, Ā has the error of x."""
    a, (b, w) = matrix("general"), vectors()
    forward, backward = Jacobi(max_steps=2), GMRES(rtol=1e-12, restart=N)

    def loss(arrays):
        operator = Dense(arrays[0])
        x = linear_solve(operator, arrays[1], forward, adjoint=Implicit(backward)).value
        return namespace_of(x).sum(bk.asarray(w) * x)

    of_a, of_b = host(bk, bk.value_and_grad(loss)(placed(bk, a, b))[1])
    x = bk.to_numpy(linear_solve(Dense(bk.asarray(a)), bk.asarray(b), forward).value)
    adjoint = np.linalg.solve(a.T, w)
    assert relative(of_b, adjoint) < 1e-11  # κ rtol
    assert relative(of_a, -np.outer(adjoint, x)) < 1e-11


def test_one_step(bk, relative):
    """b̄ = Mᵀ w and Ā = -Mᵀ w xᵀ, M the splitting, the preconditioner, or D⁻¹; x is untouched."""
    a, (b, w) = dominant(N), vectors()
    m = np.linalg.inv(dominant(N, seed=3))
    inverse = Dense(bk.asarray(m))
    cases = [
        (Jacobi(max_steps=3, omega=0.7), 0.7 * np.diag(1 / np.diag(a))),
        (Richardson(max_steps=3, omega=0.5, preconditioner=inverse), 0.5 * m),
        (GMRES(max_steps=1, restart=2, preconditioner=inverse), m),
        (GMRES(max_steps=1, restart=2), np.diag(1 / np.diag(a))),
    ]
    for method, splitting in cases:

        def loss(arrays, method=method):
            x = linear_solve(Dense(arrays[0]), arrays[1], method, adjoint=OneStep()).value
            return namespace_of(x).sum(bk.asarray(w) * x)

        def both(arrays, loss=loss, method=method):
            plain = linear_solve(Dense(arrays[0]), arrays[1], method).value
            return bk.value_and_grad(loss)(arrays), plain

        (value, found), x = bk.jit(both)(placed(bk, a, b))
        (of_a, of_b), x = host(bk, found), bk.to_numpy(x)
        assert relative(of_b, splitting.T @ w) < 50 * EPS
        assert relative(of_a, -np.outer(splitting.T @ w, x)) < 50 * EPS
        assert abs(float(value) - w @ x) < 100 * EPS * np.linalg.norm(x) * np.linalg.norm(w)


@pytest.mark.parametrize("adjoint", [Implicit(), OneStep(), Cut()], ids=lambda a: type(a).__name__)
def test_guess_has_no_influence(bk, adjoint):
    """x̄₀ = 0 but for unrolled steps; with Cut everything is 0."""
    a, b, x0, w = problem("CG")
    gradient = gradients(bk, "CG", adjoint, max_steps=2)
    found = host(bk, gradient(placed(bk, a, b, x0), bk.asarray(w), bk.asarray(1.0)))
    assert np.all(found[2] == 0)
    assert bool(np.all(found[1] == 0)) == isinstance(adjoint, Cut)
    assert bool(np.all(found[0] == 0)) == isinstance(adjoint, Cut)


def diffuse(params, x):
    """(1 + 2 a_i) x_i - a_i (x_{i-1} + x_{i+1}) + c (x_{i+1} - x_i), periodic."""
    xp = namespace_of(params["a"], x)
    ahead, behind = xp.roll(x, -1, axis=-1), xp.roll(x, 1, axis=-1)
    return x + params["a"] * (2.0 * x - ahead - behind) + params["c"] * (ahead - x)


def dense_diffuse(a, c):
    """The matrix of the function above."""
    eye = np.eye(a.size)
    ahead, behind = np.roll(eye, -1, axis=0), np.roll(eye, 1, axis=0)
    return eye + a[:, None] * (2 * eye - ahead - behind) + c * (ahead - eye)


@pytest.mark.parametrize("adjoint", [Implicit(), Unrolled()], ids=lambda a: type(a).__name__)
def test_parameters_of_a_function(bk, relative, adjoint):
    """Ā is pulled back to the parameters of a matrix-free operator, which is not symmetric."""
    rng, n = np.random.default_rng(2), 8
    a, b, w, c = *(rng.uniform(0.5, 1.0, (3, n))), 0.3

    def loss(params):
        operator = Function(diffuse, (n,), params)
        method = GMRES(max_steps=1, restart=n)
        x = linear_solve(operator, bk.asarray(b), method, adjoint=adjoint).value
        return namespace_of(x).sum(bk.asarray(w) * x)

    params = {"a": bk.asarray(a), "c": bk.asarray(np.array(c))}
    found = bk.jit(lambda p: bk.value_and_grad(loss)(p)[1])(params)
    full = dense_diffuse(a, c)
    x, lam = np.linalg.solve(full, b), np.linalg.solve(full.T, w)
    ahead, behind = np.roll(x, -1), np.roll(x, 1)
    assert relative(bk.to_numpy(found["a"]), -lam * (2 * x - ahead - behind)) < 1e-11
    assert relative(bk.to_numpy(found["c"]), -lam @ (ahead - x)) < 1e-11


@pytest.mark.parametrize("adjoint", [Implicit(), Unrolled()], ids=lambda a: type(a).__name__)
def test_time_loop(bk, relative, adjoint):
    """u_{t+1} = A⁻¹ u_t in a compiled loop: the derivative is that of (A⁻¹)ᵀ, also in A."""
    a, (u0, w) = matrix("definite") / 20.0 + np.eye(N), vectors()

    def loss(arrays):
        entries, u = arrays

        def step(u, _):
            method = CG(max_steps=14)
            return linear_solve(Dense(entries, POSITIVE), u, method, adjoint=adjoint).value, None

        u, _ = bk.scan(step, u, length=3)
        return namespace_of(u).sum(bk.asarray(w) * u)

    of_a, of_u = host(bk, bk.jit(lambda x: bk.value_and_grad(loss)(x)[1])(placed(bk, a, u0)))
    inverse = np.linalg.inv(a)
    states = [np.linalg.matrix_power(inverse, k) @ u0 for k in range(4)]
    costates = [np.linalg.matrix_power(inverse, k) @ w for k in range(4)]
    expected = -sum(np.outer(costates[3 - t], states[t + 1]) for t in range(3))
    assert (
        relative(of_u, costates[3]) < 1e-9
    )  # CG at κ = 2: 2 0.17¹⁴ = 4e-11, and 14 times that for Ā
    symmetric = [(x + x.T) / 2 for x in (of_a, expected)]
    assert relative(*symmetric) < 1e-9


@pytest.mark.parametrize(
    ("method", "adjoint"),
    [
        (GMRES(rtol=1e-12, restart=6, max_steps=20), Implicit()),
        (Jacobi(max_steps=45), Unrolled()),  # contracts by 1/2, at least
        (BiCGStab(max_steps=14), Implicit(GMRES(max_steps=2, restart=6))),
    ],
    ids=["implicit", "unrolled", "other"],
)
def test_second_derivative(bk, method, adjoint):
    """f(p) = ⟨w, (A + p I)⁻¹ b⟩ has f'' = 2 ⟨w, (A + p I)⁻³ b⟩: a derivative of the derivative."""
    n = 6
    a, (b, w) = dominant(n), vectors(n)

    def f(p):
        operator = Dense(bk.asarray(a)) + Scaled(Identity((n,)), p)
        x = linear_solve(operator, bk.asarray(b), method, adjoint=adjoint).value
        return namespace_of(x).sum(bk.asarray(w) * x)

    def slope(p):
        return bk.value_and_grad(f)(p)[1]

    first, second = bk.jit(bk.value_and_grad(slope))(bk.asarray(np.array(0.5)))
    inverse = np.linalg.inv(a + 0.5 * np.eye(n))
    expected = (-w @ inverse @ inverse @ b, 2 * w @ inverse @ inverse @ inverse @ b)
    assert abs(float(first) - expected[0]) < 1e-10 * np.linalg.norm(w) * np.linalg.norm(b)
    assert abs(float(second) - expected[1]) < 1e-10 * np.linalg.norm(w) * np.linalg.norm(b)


def test_directional_derivatives_agree(bk, relative):
    """⟨w, ẋ⟩ = ⟨b̄, ḃ⟩ + ⟨Ā, Ȧ⟩ for ẋ = A⁻¹(ḃ - Ȧ x): the reverse rule is the adjoint."""
    a, b, _, w = problem("GMRES")
    rng = np.random.default_rng(4)
    da, db = rng.standard_normal((N, N)), rng.standard_normal(N)
    gradient = gradients(bk, "GMRES", None, rtol=1e-11, max_steps=600)
    of_a, of_b, _ = host(bk, gradient(placed(bk, a, b, b), bk.asarray(w), bk.asarray(1.0)))
    x = np.linalg.solve(a, b)
    forward = w @ np.linalg.solve(a, db - da @ x)
    assert relative(np.sum(of_a * da) + of_b @ db, forward) < 1e-9
