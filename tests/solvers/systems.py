"""Systems of known spectrum, every method with the kind of system that it is for, exact answers."""

from functools import cache

import numpy as np

from xpde.core import namespace_of
from xpde.solvers import (
    CG,
    FGMRES,
    GENERAL,
    GMRES,
    MINRES,
    POSITIVE,
    SYMMETRIC,
    BiCGStab,
    Chebyshev,
    Dense,
    Jacobi,
    Richardson,
    SteepestDescent,
    linear_solve,
)

EPS = np.finfo(np.float64).eps
N = 12
KAPPA = 20.0
"""Condition number of the definite system; its eigenvalues are 1 ... 20."""


def rotated(eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues in a random basis."""
    n = len(eigenvalues)
    q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    matrix = q @ np.diag(eigenvalues) @ q.T
    return (matrix + matrix.T) / 2


def dominant(n, seed=0):
    """A strictly diagonally dominant matrix, not symmetric: ‖I - D⁻¹A‖∞ = 1/2."""
    a = np.random.default_rng(seed).standard_normal((n, n))
    np.fill_diagonal(a, 0.0)
    np.fill_diagonal(a, 2.0 * np.sum(np.abs(a), axis=1))
    return a / np.mean(np.diag(a))


def matrix(kind, n=N, seed=0):
    """A system by kind: definite, indefinite, general, or definite and dominant."""
    if kind == "definite":
        return rotated(np.linspace(1.0, KAPPA, n), seed)
    if kind == "indefinite":
        return rotated(np.concatenate([np.linspace(-5, -1, n // 3), np.linspace(1, 8, n - n // 3)]))
    if kind == "dominant":
        a = dominant(n, seed)
        return (a + a.T) / 2
    return dominant(n, seed)


KNOWN = {
    "definite": POSITIVE,
    "indefinite": SYMMETRIC,
    "dominant": POSITIVE,
    "general": GENERAL,
}

METHODS = {
    "BiCGStab": (BiCGStab, {}, "general"),
    "CG": (CG, {}, "definite"),
    "Chebyshev": (Chebyshev, {"bounds": (1.0, KAPPA)}, "definite"),
    "FGMRES": (FGMRES, {"restart": 3}, "general"),
    "GMRES": (GMRES, {"restart": 3}, "general"),
    "Jacobi": (Jacobi, {"omega": 0.9}, "general"),
    "MINRES": (MINRES, {}, "indefinite"),
    "Richardson": (Richardson, {"omega": 2.0 / (1.0 + KAPPA)}, "definite"),
    "SteepestDescent": (SteepestDescent, {}, "definite"),
}
"""Name: class, settings, kind of system."""


def make(name, **how):
    """A method of the table with these further settings."""
    cls, settings, _ = METHODS[name]
    return cls(**settings, **how)


def kind_of(name):
    return METHODS[name][2]


def system(bk, name, n=N):
    """The operator of a method's kind and its matrix on the host."""
    a = matrix(kind_of(name), n)
    return Dense(bk.asarray(a), KNOWN[kind_of(name)]), a


def vectors(n=N, count=2, seed=1):
    return np.random.default_rng(seed).standard_normal((count, n))


@cache
def budgeted(bk, name, preconditioned=False):
    """(entries, b, x0, budget) ↦ value, status, steps, residual; compiled once for all budgets."""

    def solve(entries, b, x0, budget):
        m = None
        if preconditioned:
            m = Dense(bk.asarray(spd_preconditioner(N)), POSITIVE)
        method = make(name, max_steps=40, preconditioner=m)
        operator = Dense(entries, KNOWN[kind_of(name)])
        found = linear_solve(operator, b, method, x0=x0, budget=budget)
        return found.value, found.status, found.steps, found.residual

    return bk.jit(solve)


def spd_preconditioner(n):
    """A symmetric definite matrix that has nothing to do with any system, condition number 3."""
    return rotated(np.linspace(0.5, 1.5, n), seed=7)


def iterates(bk, name, b, x0, counts, a=None, preconditioned=False):
    """The iterates after these numbers of steps, on the host."""
    a = matrix(kind_of(name)) if a is None else a
    solve, place = budgeted(bk, name, preconditioned), bk.asarray
    return [
        bk.to_numpy(solve(place(a), place(b), place(x0), place(np.array(k)))[0]) for k in counts
    ]


def krylov(a, r, k):
    """An orthonormal basis (n, k) of span{r, A r, ..., Aᵏ⁻¹ r}."""
    basis = np.zeros((r.size, 0))
    v = r
    for _ in range(k):
        for _ in range(2):
            v = v - basis @ (basis.T @ v)
        v = v / np.linalg.norm(v)
        basis = np.concatenate([basis, v[:, None]], axis=1)
        v = a @ v
    return basis


def energy(a, e):
    """√⟨e, A e⟩."""
    return float(np.sqrt(e @ a @ e))


@cache
def tolerant(bk, name):
    """(entries, b, x0) ↦ value, status, steps, residual of a solve to 1e-8; compiled once."""

    def solve(entries, b, x0):
        operator = Dense(entries, KNOWN[kind_of(name)])
        found = linear_solve(operator, b, make(name, rtol=1e-8, max_steps=400), x0=x0)
        return found.value, found.status, found.steps, found.residual

    return bk.jit(solve)


def gradients(bk, name, adjoint, **how):
    """(entries, b, x₀), w, scale ↦ derivatives of scale ⟨w, x⟩; compiled where that exists."""

    def loss(arrays, w, scale):
        operator = Dense(arrays[0], KNOWN[kind_of(name)])
        found = linear_solve(operator, arrays[1], make(name, **how), x0=arrays[2], adjoint=adjoint)
        return scale * namespace_of(found.value).sum(w * found.value)

    return bk.jit(lambda arrays, w, scale: bk.value_and_grad(loss)(arrays, w, scale)[1])


def problem(name):
    """A on the host, and b, x₀, w."""
    return matrix(kind_of(name)), *vectors(count=3)


def placed(bk, *arrays):
    return tuple(bk.asarray(x) for x in arrays)


def host(bk, arrays):
    return [bk.to_numpy(x) for x in arrays]
