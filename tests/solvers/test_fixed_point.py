"""Fixed points: known solutions and derivatives, Anderson against GMRES, every adjoint, batches."""

import dataclasses

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.solvers import (
    CG,
    GMRES,
    Cut,
    Dense,
    Equation,
    Implicit,
    NewtonKrylov,
    OneStep,
    Picard,
    SolveFailed,
    Status,
    Unrolled,
    fixed_point,
    linear_solve,
    root,
)

EPS = np.finfo(np.float64).eps


def cosine(params, x):
    """x ↦ a cos x: a contraction for |a| < 1, entry by entry."""
    return params * namespace_of(x, params).cos(x)


def affine(params, x):
    """x ↦ x + b - A x."""
    xp = namespace_of(x, params["A"])
    return x + params["b"] - xp.matmul(x, xp.matrix_transpose(params["A"]))


def layer(params, x):
    """x ↦ tanh(W x + b): a contraction for ‖W‖ < 1."""
    xp = namespace_of(x, params["W"])
    return xp.tanh(xp.matmul(x, xp.matrix_transpose(params["W"])) + params["b"])


def weights(bk=None, n=4):
    rng = np.random.default_rng(0)
    host = {"W": rng.standard_normal((n, n)), "b": rng.standard_normal((2, n))}
    host["W"] *= 0.5 / np.linalg.norm(host["W"], 2)
    return host if bk is None else {name: bk.asarray(a) for name, a in host.items()}


def guess(bk, *shape):
    return bk.asarray(np.zeros(shape))


def test_cosine(bk):
    """The number of Dottie, 0.739085..., by three methods; each stops below its tolerance."""
    one = bk.asarray(np.ones(1))
    for method in (Picard(rtol=1e-12), Picard(rtol=1e-12, anderson=2), NewtonKrylov(rtol=1e-12)):
        found = fixed_point(cosine, guess(bk, 1), one, method=method, throw=True)
        x = float(bk.to_numpy(found.value)[0])
        # the error is the residual over 1 + sin x
        assert abs(x - 0.7390851332151607) < 2e-12
        assert float(bk.to_numpy(found.residual)) <= 1e-12


def test_counts(bk, relative):
    """Without a tolerance exactly ``max_steps`` evaluations make the value; a budget ends it."""
    params = bk.asarray(np.array([0.3, 0.8]))
    found = fixed_point(cosine, guess(bk, 2), params, method=Picard(max_steps=3), history=True)
    x, sizes = np.zeros(2), []
    for _ in range(4):
        x, old = np.array([0.3, 0.8]) * np.cos(x), x
        sizes.append(np.linalg.norm(x - old))
    assert relative(bk.to_numpy(found.value), old) < 10 * EPS
    assert relative(bk.to_numpy(found.history), np.array(sizes)) < 10 * EPS  # ‖x_{k+1} - x_k‖
    assert (int(bk.to_numpy(found.steps)), int(bk.to_numpy(found.status))) == (3, Status.SUCCESS)
    budget = bk.asarray(np.array(2), dtype="int32")
    short = fixed_point(cosine, guess(bk, 2), params, method=Picard(rtol=1e-14), budget=budget)
    assert (int(bk.to_numpy(short.steps)), int(bk.to_numpy(short.status))) == (2, Status.MAX_STEPS)


def test_warm_start(bk):
    """A relative tolerance is one of the size of x: from the solution no step is done."""
    params = bk.asarray(np.array([0.5]))
    method = Picard(rtol=1e-10)
    found = fixed_point(cosine, guess(bk, 1), params, method=method)
    again = fixed_point(cosine, found.value, params, method=method)
    assert int(bk.to_numpy(again.steps)) == 0


def test_anderson_is_gmres(bk, relative):
    """Walker & Ni, theorem 2.2: x_{k+1} of Anderson is x_k + r_k of GMRES."""
    rng = np.random.default_rng(1)
    n, steps = 6, 5
    A, b = np.eye(n) + 0.3 * rng.standard_normal((n, n)), rng.standard_normal(n)
    params = {"A": bk.asarray(A), "b": bk.asarray(b)}
    space = np.stack([np.linalg.matrix_power(A, k) @ b for k in range(steps)], axis=1)
    for k in range(1, steps):
        basis = np.linalg.qr(space[:, :k])[0]
        x = basis @ np.linalg.lstsq(A @ basis, b, rcond=None)[0]
        method = Picard(anderson=steps, max_steps=k + 1)
        found = fixed_point(affine, guess(bk, n), params, method=method)
        # the changes of residuals are dependent to 1e-3, the condition number of A is below 10
        assert relative(bk.to_numpy(found.value), x + b - A @ x) < 1e-9


def test_anderson_converges_where_picard_does_not(bk):
    """A linear map that expands: Anderson ends after n + 1 steps, Picard diverges."""
    rng = np.random.default_rng(2)
    A, b = 3.0 * np.eye(5) + 0.5 * rng.standard_normal((5, 5)), rng.standard_normal((2, 5))
    params = {"A": bk.asarray(A), "b": bk.asarray(b)}
    plain = fixed_point(affine, guess(bk, 2, 5), params, method=Picard(rtol=1e-9), ndim=1)
    assert bk.to_numpy(plain.status).tolist() == [Status.DIVERGED] * 2
    mixed = fixed_point(
        affine, guess(bk, 2, 5), params, method=Picard(rtol=1e-9, anderson=5), ndim=1, throw=True
    )
    assert np.max(bk.to_numpy(mixed.steps)) <= 7  # n + 1 in exact arithmetic
    damped = Picard(rtol=1e-9, mixing=0.3)
    assert not np.any(
        bk.to_numpy(fixed_point(affine, guess(bk, 2, 5), params, method=damped, ndim=1).status)
    )


def test_mixing_in_float32(backends):
    """A window longer than the problem has dimensions loses no accuracy: dependent columns go."""
    for name in backends:
        bk = xpde.backend(name, dtype="float32")
        params = bk.asarray(np.array([0.5, 0.9]))
        found = fixed_point(cosine, guess(bk, 2), params, method=Picard(rtol=3e-7, anderson=8))
        assert int(bk.to_numpy(found.status)) == Status.SUCCESS
        assert int(bk.to_numpy(found.steps)) < 15


def test_samples_stop_alone(bk):
    """Every sample of a batch has the value and the steps that it has alone."""
    params = bk.asarray(np.array([[0.1], [0.5], [0.9]]))
    method = Picard(rtol=1e-8, anderson=2)
    together = fixed_point(cosine, guess(bk, 3, 1), params, method=method, ndim=1)
    steps = bk.to_numpy(together.steps)
    assert len(set(steps.tolist())) > 1
    for i in range(3):
        alone = fixed_point(cosine, guess(bk, 1), params[i, ...], method=method)
        assert int(bk.to_numpy(alone.steps)) == steps[i]
        difference = bk.to_numpy(alone.value) - bk.to_numpy(together.value)[i]
        assert np.max(np.abs(difference)) < 10 * EPS


def implicit_gradient(host, w):
    """W̄ and b̄ of Σ w x at the fixed point of ``layer``, by dense linear algebra."""
    W, b = host["W"], host["b"]
    x = np.zeros_like(b)
    for _ in range(200):
        x = np.tanh(x @ W.T + b)
    slope = 1 - x**2
    adjoint = np.stack(
        [np.linalg.solve((np.eye(4) - s[:, None] * W).T, v) for s, v in zip(slope, w, strict=True)]
    )
    b_bar = slope * adjoint
    return {"W": b_bar.T @ x, "b": b_bar}, slope * w


METHODS = {
    "picard": Picard(rtol=1e-13),
    "anderson": Picard(rtol=1e-13, anderson=3),
    "newton": NewtonKrylov(rtol=1e-13, linear=GMRES(rtol=1e-13, restart=4)),
}


@pytest.mark.parametrize(
    ("method", "backward"),
    [
        ("picard", None),
        ("anderson", None),
        ("anderson", GMRES(rtol=1e-13, restart=4)),
        ("newton", None),
    ],
    ids=["picard", "anderson", "anderson-gmres", "newton"],
)
def test_implicit(bk, relative, method, backward):
    """params̄ = (∂f/∂params)ᵀ (I - f')⁻ᵀ x̄ with every method, forward and backward."""
    w, host = np.random.default_rng(3).standard_normal((2, 4)), weights()

    def loss(params):
        found = fixed_point(
            layer,
            guess(bk, 2, 4),
            params,
            method=METHODS[method],
            ndim=1,
            adjoint=Implicit(backward),
        )
        return namespace_of(found.value).sum(found.value * bk.asarray(w))

    gradient = bk.jit(lambda params: bk.value_and_grad(loss)(params)[1])(weights(bk))
    wanted, _ = implicit_gradient(host, w)
    for name, expected in wanted.items():
        # tolerances of 1e-13, divided by 1 - ‖W‖ twice
        assert relative(bk.to_numpy(gradient[name]), expected) < 1e-11


@pytest.mark.parametrize("method", ["picard", "anderson"])
def test_unrolled(bk, relative, method):
    """The derivative of many steps is that of the fixed point, recomputed in blocks or not."""
    w, host = np.random.default_rng(3).standard_normal((2, 4)), weights()
    steps = {"picard": 45, "anderson": 12}[method]
    exact = dataclasses.replace(METHODS[method], rtol=None, max_steps=steps)
    wanted, _ = implicit_gradient(host, w)
    adjoint = Unrolled(checkpoint=10 if method == "picard" else None)

    def loss(params):
        found = fixed_point(layer, guess(bk, 2, 4), params, method=exact, ndim=1, adjoint=adjoint)
        return namespace_of(found.value).sum(found.value * bk.asarray(w))

    gradient = bk.jit(lambda params: bk.value_and_grad(loss)(params)[1])(weights(bk))
    for name, expected in wanted.items():
        # 45 steps by 1/2 each: 45 · 2⁻⁴⁵; twelve of Anderson's end at the level of rounding
        assert relative(bk.to_numpy(gradient[name]), expected) < 1e-9


def test_unrolled_is_that_of_the_steps(bk):
    """Two steps: the derivative of the second iterate, not of the fixed point."""

    def loss(a):
        found = fixed_point(cosine, guess(bk, 1), a, method=Picard(max_steps=2), adjoint=Unrolled())
        return namespace_of(found.value).sum(found.value)

    _, slope = bk.value_and_grad(loss)(bk.asarray(np.array([0.7])))
    wanted = np.cos(0.7) - 0.7 * np.sin(0.7)  # of a cos(a cos 0)
    assert abs(float(bk.to_numpy(slope)[0]) - wanted) < 10 * EPS


def test_one_step_and_cut(bk, relative):
    """One step: b̄ = x̄ ∂f/∂b, without the inverse; it is what the adjoint is for ‖W‖ → 0. Cut: 0."""
    w, host = np.random.default_rng(3).standard_normal((2, 4)), weights()
    _, wanted = implicit_gradient(host, w)
    for adjoint, factor in ((OneStep(), 1.0), (Cut(), 0.0)):

        def loss(params, adjoint=adjoint):
            found = fixed_point(
                layer, guess(bk, 2, 4), params, method=METHODS["anderson"], ndim=1, adjoint=adjoint
            )
            return namespace_of(found.value).sum(found.value * bk.asarray(w))

        _, gradient = bk.value_and_grad(loss)(weights(bk))
        assert relative(bk.to_numpy(gradient["b"]), factor * wanted) < 1e-11


def test_linear_systems(bk, relative):
    """Picard on a linear operator is Richardson's iteration, with Anderson the iterate of GMRES."""
    rng = np.random.default_rng(4)
    A, x = np.eye(5) + 0.2 * rng.standard_normal((5, 5)), rng.standard_normal((2, 5))
    for method in (Picard(rtol=1e-12), Picard(rtol=1e-12, anderson=5)):
        found = linear_solve(Dense(bk.asarray(A)), bk.asarray(x @ A.T), method, throw=True)
        assert relative(bk.to_numpy(found.value), x) < 1e-10  # the condition number is below 10


def test_errors(bk):
    """Linear methods, shapes that change, a root without a splitting, failures."""
    one = bk.asarray(np.ones(2))
    with pytest.raises(InvalidInput, match="NewtonKrylov"):
        fixed_point(cosine, one, one, method=CG(max_steps=2))
    with pytest.raises(InvalidInput, match="all batch axes"):
        fixed_point(cosine, one, bk.asarray(np.ones((3, 2))), method=Picard(max_steps=1))
    with pytest.raises(InvalidInput, match="ndim"):
        fixed_point(cosine, one, one, method=Picard(max_steps=1), ndim=2)
    with pytest.raises(InvalidInput, match="OneStep"):
        root(cosine, one, one, method=NewtonKrylov(rtol=1e-3), adjoint=OneStep())
    with pytest.raises(SolveFailed, match="not reached"):
        fixed_point(cosine, one, one, method=Picard(rtol=1e-9, max_steps=2), throw=True)
    with pytest.raises(InvalidInput, match="anderson"):
        Picard(rtol=0.1, anderson=-1)
    with pytest.raises(InvalidInput, match="mixing"):
        Picard(rtol=0.1, mixing=0.0)
    assert Equation(cosine, one, (2,), True).size == 2
