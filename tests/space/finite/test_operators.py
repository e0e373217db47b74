"""What every operator of finite differences obeys: transposes, diagonals, tags, backends."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.solvers import CG, Identity, Jacobi, Singular, Status, linear_solve
from xpde.solvers.multigrid import Multigrid
from xpde.space.finite import (
    Affine,
    Box,
    Dirichlet,
    Neumann,
    Periodic,
    Robin,
    diffusion,
    laplacian,
    volumes,
    weighted,
)

sys.path.insert(0, str(Path(__file__).parent))
from operators import BOXES, CASES

EPS = np.finfo(float).eps
every = pytest.mark.parametrize(
    ("make", "where"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)


@pytest.fixture
def host(backends):
    return backends["numpy"]


@every
def test_transpose(host, make, where):
    """⟨A x, y⟩ = ⟨x, Aᵀ y⟩, and the matrix of Aᵀ is that of A transposed."""
    operator = make(where, host).linear
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(operator.domain), rng.standard_normal(operator.codomain)
    left, right = np.sum(operator(x) * y), np.sum(x * operator.T(y))
    matrix, turned = operator.matrix(x), operator.T.matrix(x)
    scale = np.max(np.abs(matrix))
    # sums of tens of rounded products
    assert abs(left - right) < 100 * EPS * scale * x.size
    assert np.max(np.abs(turned - matrix.T)) <= 4 * EPS * scale
    assert operator.T.T.domain == operator.domain


@every
def test_diagonal(host, make, where):
    operator = make(where, host).linear
    if operator.domain != operator.codomain:
        return
    matrix, like = operator.matrix(np.zeros(1)), np.zeros(1)
    found = np.ravel(operator.diagonal(like))
    # sums of a few products in another order
    assert np.max(np.abs(found - np.diag(matrix))) <= 16 * EPS * np.max(np.abs(matrix))


@every
def test_tags(host, make, where):
    """What is said of symmetry and sign is true of the eigenvalues."""
    operator = make(where, host).linear
    if operator.domain != operator.codomain:
        return
    matrix, known = operator.matrix(np.zeros(1)), operator.tags
    scale = np.max(np.abs(matrix))
    if known.symmetric:
        assert np.max(np.abs(matrix - matrix.T)) <= 16 * EPS * scale
        values = known.sign * np.linalg.eigvalsh(matrix)
        assert np.min(values) > -100 * EPS * scale
    elif known.symmetric is False:
        assert np.max(np.abs(matrix - matrix.T)) > 1e-6 * scale


@every
def test_backends(bk, host, relative, make, where):
    """Every backend gives what NumPy gives, compiled where it compiles: A u + g for a batch."""
    domain = make(where, host).linear.domain
    domain = domain if len(domain) > where.dims else (1, *domain)
    u = np.random.default_rng(1).standard_normal((2, *domain))
    expected = make(where, host)(u)
    found = bk.jit(make(where, bk))(bk.asarray(u))
    assert relative(bk.to_numpy(found), expected) < 100 * EPS  # other orders of a few sums


@every
def test_affine(host, make, where):
    """F(u) = A u + g, with g = F(0)."""
    affine = make(where, host)
    u = np.random.default_rng(1).standard_normal(affine.linear.domain)
    g = affine.offset(u)
    scale = np.max(np.abs(affine.linear.matrix(u))) * u.size
    assert g.shape == affine.linear.codomain
    assert np.max(np.abs(affine(u) - affine.linear(u) - g)) < 10 * EPS * scale
    assert np.max(np.abs(affine(0.0 * u) - g)) < 10 * EPS * scale


CLOSED = [
    Box((4, 5), (1.0, 2.0)),
    Box((6, 5), 1.0, Neumann()),
    Box((4, 5), 1.0, (Periodic(), Neumann()), "nodes"),
]


@pytest.mark.parametrize("box", CLOSED)
@pytest.mark.parametrize("accuracy", [2, 4])
def test_constants_are_the_null_space(box, accuracy):
    matrix = laplacian(box, accuracy=accuracy).linear.matrix(np.zeros(1))
    scale = np.max(np.abs(matrix))
    singular = np.linalg.svd(matrix, compute_uv=False)
    assert np.max(np.abs(matrix @ np.ones(box.points).ravel())) < 16 * EPS * scale
    assert singular[-1] < 100 * EPS * scale
    assert singular[-2] > 1e-3 * scale  # λ_2 h² is about π²/25


@pytest.mark.parametrize("box", [BOXES["cells"], BOXES["nodes"], Box((5,), 1.0, Dirichlet())])
@pytest.mark.parametrize("accuracy", [2, 4])
def test_laplacians_decay(box, accuracy):
    """All eigenvalues have negative real parts, of the closures of order 4 too."""
    n = 24 if box.dims == 1 else 6
    box = Box((n,) * box.dims, box.extent, box.sides, box.layout)
    matrix = laplacian(box, accuracy=accuracy).linear.matrix(np.zeros(1))
    assert np.max(np.linalg.eigvals(matrix).real) < 0


@pytest.mark.parametrize("kind", ["cells", "nodes"])
def test_gauss(kind):
    """Σ volume Δu ∏h is the flux through the walls that the conditions give, exactly."""
    sides = (Periodic(), (Neumann(0.7), Neumann(-0.2)))
    box = Box((4, 5), (1.0, 2.0), sides, kind)
    u = np.random.default_rng(0).standard_normal(box.points)
    total = np.sum(volumes(box)(laplacian(box)(u))) * np.prod(box.spacing)
    h = box.spacing[0]
    assert abs(total - 4 * h * (0.7 - 0.2)) < 1e3 * EPS  # sums of 20 terms of size 1/h


def test_ghosts_are_the_classical_ones():
    """u_{-1} = 2v - u_0 (Dirichlet), u_0 + h v (Neumann); at nodes u_1 + 2 h v (Neumann)."""
    n, u, v = 4, np.asarray([1.0, -2.0, 0.5, 3.0]), 0.7
    for sides, layout, ghost in [
        ((Dirichlet(v), Neumann()), "cells", lambda h: 2 * v - u[0]),
        ((Neumann(v), Neumann()), "cells", lambda h: u[0] + h * v),
        (
            (Robin(1.0, 2.0, v), Neumann()),
            "cells",
            lambda h: (v - u[0] * (0.5 - 2 / h)) / (0.5 + 2 / h),
        ),
        ((Dirichlet(v), Neumann()), "nodes", lambda h: v),
        ((Neumann(v), Neumann()), "nodes", lambda h: u[1] + 2 * h * v),
    ]:
        box = Box((n,), 1.0, sides, layout)
        h = box.spacing[0]
        expected = (ghost(h) - 2 * u[0] + u[1]) / h**2
        assert abs(laplacian(box)(u)[0] - expected) < 100 * EPS / h**2


@pytest.mark.parametrize("kind", list(BOXES))
def test_stencil(backends, kind):
    """The same operator as a stencil, which multigrid takes."""
    box, bk = BOXES[kind], backends["numpy"]
    for name in ("laplacian", "diffusion"):
        operator = next(make for label, make, _ in CASES if label == f"{name}-{kind}")
        linear = operator(box, bk).linear
        matrix = linear.matrix(np.zeros(1))
        stencil = linear.stencil(np.zeros(1)).matrix()
        assert np.max(np.abs(matrix - stencil)) <= 16 * EPS * np.max(np.abs(matrix))


def test_solves(bk, relative):
    """Conjugate gradients, Jacobi and null spaces: A u + g = f on every backend."""
    box = Box((3, 4), 1.0, (Neumann(), (Neumann(0.5), Robin(1.0, 1.0, 2.0))), "nodes")
    f = np.random.default_rng(0).standard_normal(box.points)

    def solve(f):
        laplace = weighted(box, laplacian(box, like=f))
        rhs = volumes(box)(f) - laplace.offset(f)
        first = linear_solve(laplace.linear, rhs, CG(max_steps=14)).value
        closed = laplacian(Box(box.points, box.extent), like=f).linear
        second = linear_solve(Singular(closed), f, CG(max_steps=10)).value
        implicit = Identity(box.points) - 0.01 * laplacian(box, like=f).linear
        return first, second, linear_solve(implicit, f, Jacobi(max_steps=40)).value

    found = [bk.to_numpy(x) for x in bk.jit(solve)(bk.asarray(f))]
    laplace, like = laplacian(box), np.zeros(1)
    # 12 unknowns: CG ends; Jacobi has contracted by 0.4 per step
    first = np.linalg.solve(laplace.linear.matrix(like), np.ravel(f - laplace.offset(f)))
    assert relative(np.ravel(found[0]), first) < 1e-10
    closed = laplacian(Box((3, 4), 1.0)).linear.matrix(like)
    second = np.linalg.lstsq(closed, np.ravel(f - np.mean(f)), rcond=None)[0]
    assert relative(np.ravel(found[1]), second) < 1e-10
    third = np.linalg.solve(np.eye(12) - 0.01 * laplace.linear.matrix(like), np.ravel(f))
    assert relative(np.ravel(found[2]), third) < 1e-10


def test_algebra():
    """Sums, multiples and products of affine maps act as they read."""
    box = BOXES["cells"]
    u = np.random.default_rng(0).standard_normal(box.points)
    a, b = laplacian(box), laplacian(box, closure=3)
    combined = 2.0 * (a + b) - b @ a
    assert isinstance(combined, Affine)
    expected = 2.0 * (a(u) + b(u)) - b(a(u))
    assert np.allclose(combined(u), expected, rtol=1e-12, atol=1e-10)
    assert np.allclose((-a)(u), -a(u), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("box", "cells"),
    [
        (Box((32, 16), (1.0, 0.5), (Periodic(), (Dirichlet(1.0), Neumann(0.3)))), True),
        (Box((31, 15), 1.0, Dirichlet(0.5), "nodes"), False),
    ],
)
def test_multigrid(box, cells):
    """A diffusion as a stencil is solved by multigrid in a few cycles."""
    f = np.random.default_rng(0).standard_normal(box.points)
    nu = 1.0 + 0.5 * np.sin(box.coordinates()[0])
    operator = diffusion(box, nu)
    stencil = operator.linear.stencil(f, cells=cells)
    rhs = f - operator.offset(f)
    found = linear_solve(stencil, rhs, Multigrid(rtol=1e-9, max_steps=20, levels=3))
    assert int(found.status) == Status.SUCCESS
    assert np.max(np.abs(operator(found.value) - f)) < 1e-7 * np.max(np.abs(rhs))
