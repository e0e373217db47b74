"""Implicit steppers: symbols, order in time, conservation, loops, derivatives, refinement."""

from itertools import pairwise

import numpy as np
import pytest

import xpde
from xpde.core import namespace_of
from xpde.core.dtypes import dtype_name
from xpde.errors import InvalidInput
from xpde.pde.implicit import (
    ImplicitStepper,
    advection_diffusion,
    burgers,
    fisher_kpp,
    generic,
    heat,
    kdv,
    kuramoto_sivashinsky,
    kuramoto_sivashinsky_conservative,
    nonlinear_heat,
)
from xpde.solvers import (
    CG,
    GMRES,
    SOR,
    BiCGStab,
    Direct,
    Implicit,
    Jacobi,
    NewtonKrylov,
    Picard,
    Unrolled,
)
from xpde.space.finite import Box, Dirichlet, Neumann
from xpde.time import BDF2, CRANK_NICOLSON, EXPLICIT_EULER, IMPLICIT_EULER

SCHEMES = {s.name: s for s in (EXPLICIT_EULER, IMPLICIT_EULER, CRANK_NICOLSON, BDF2)}
N = 20
EPS = np.finfo(np.float64).eps


def waves(seed, samples=2, n=N):
    """A few smooth periodic states (S, 1, N)."""
    rng, x = np.random.default_rng(seed), 2 * np.pi * np.arange(n) / n
    amplitude, phase = rng.uniform(-1, 1, (samples, 3, 1)), rng.uniform(0, 7, (samples, 3, 1))
    modes = np.arange(1, 4)[:, None]
    return np.sum(amplitude * np.sin(modes * x + phase), axis=1)[:, None, :]


def symbols(stepper, bk):
    """The amplification factors of a linear stepper, from one impulse."""
    impulse = np.zeros((1, N))
    impulse[0, 0] = 1.0
    return np.fft.fft(bk.to_numpy(stepper(bk.asarray(impulse)))[0])


@pytest.mark.parametrize(
    "method", [Direct(), BiCGStab(rtol=1e-5, max_steps=9)], ids=["direct", "bicgstab"]
)
def test_compiled_steps_keep_the_precision(method, bk):
    """Numbers of the stepper become arrays of a compiled program, and do not widen single ones."""
    single = xpde.backend(bk.name, dtype="float32")
    u = single.asarray(waves(3))
    for evolution in (heat(Box((N,), sides=Dirichlet(0.0)), 1e-3), burgers(Box((N,)), 1e-2)):
        stepper = ImplicitStepper(evolution, 0.1, method, picard=2)
        found = single.jit(lambda stepper, u: stepper(u))(stepper, u)
        assert dtype_name(found) == "float32"


@pytest.mark.parametrize("method", [Jacobi, SOR], ids=["jacobi", "sor"])
def test_methods_that_read_the_diagonal(method, bk, relative):
    """They find it on the backend of the state, though the operator of heat holds no array."""
    box, u = Box((N,), sides=Dirichlet(0.0)), bk.asarray(waves(3))
    found = [
        bk.to_numpy(ImplicitStepper(heat(box, 1e-3), 0.5, how)(u))
        for how in (Direct(), method(max_steps=40))
    ]
    # the sweeps contract by at most 0.45: 40 of them leave 1e-14
    assert relative(found[1], found[0]) < 1e3 * EPS


@pytest.mark.parametrize("a1", [-0.3 / N, 0.3 / N])
def test_symbols_of_upwind_advection_are_the_closed_forms(a1, bk):
    """1 - γ(1 - e^{∓iω}) and its implicit form, γ = N|a₁|; errors are roundings of an LU."""
    k, gamma = np.arange(N), N * abs(a1)
    rate = -gamma * (1 - np.exp(2j * np.pi * k / N * np.sign(a1)))
    evolution = generic(Box((N,)), (0.0, a1))
    for scheme, expected in ((EXPLICIT_EULER, 1 + rate), (IMPLICIT_EULER, 1 / (1 - rate))):
        found = symbols(ImplicitStepper(evolution, 1.0, Direct(), scheme=scheme), bk)
        assert np.max(np.abs(found - expected)) < 10 * N * EPS


def test_symbols_of_diffusion_are_the_closed_forms(bk):
    """1 - 2γ s with γ = 2 N² ν and s = sin²(πk/N), (1 + 2γ s)⁻¹, and their quotient of halves."""
    gamma = 0.2
    rate = -2 * gamma * np.sin(np.pi * np.arange(N) / N) ** 2
    evolution = heat(Box((N,)), gamma / (2 * N**2))
    for scheme, expected in (
        (EXPLICIT_EULER, 1 + rate),
        (IMPLICIT_EULER, 1 / (1 - rate)),
        (CRANK_NICOLSON, (1 + rate / 2) / (1 - rate / 2)),
    ):
        found = symbols(ImplicitStepper(evolution, 1.0, Direct(), scheme=scheme), bk)
        assert np.max(np.abs(found - expected)) < 10 * N * EPS


@pytest.mark.parametrize("a3", [1e-4, -1e-4])
def test_third_derivatives_are_taken_against_the_transport(a3, backends):
    """With the wrong side, high modes would grow."""
    stepper = ImplicitStepper(generic(Box((N,)), (0, 0, 0, a3)), 1.0, Direct())
    assert np.max(np.abs(symbols(stepper, backends["numpy"]))) < 1 + 10 * N * EPS
    explicit = ImplicitStepper(
        generic(Box((N,)), (0, 0, 0, a3)), 1e-4, Direct(), scheme=EXPLICIT_EULER
    )
    assert np.max(np.abs(symbols(explicit, backends["numpy"]))) < 1 + 10 * N * EPS


@pytest.mark.parametrize("name", sorted(SCHEMES))
@pytest.mark.parametrize("kind", ["diffusion", "advection"])
def test_order_in_time(name, kind, backends):
    """Against the exact solution of the semi-discrete equation, real and imaginary symbols."""
    bk, scheme, k = backends["numpy"], SCHEMES[name], np.arange(N)
    if kind == "diffusion":
        evolution = heat(Box((N,)), 0.02)
        rates = -0.02 * (2 * N * np.sin(np.pi * k / N)) ** 2
    else:
        evolution = advection_diffusion(Box((N,)), 0.3, 0.0, scheme="centered")
        rates = -0.3j * N * np.sin(2 * np.pi * k / N)
    u, errors = waves(0), []
    exact = np.fft.ifft(np.fft.fft(u) * np.exp(rates)).real
    for count in (64, 128):
        stepper = ImplicitStepper(evolution, 1.0 / count, Direct(), scheme=scheme)
        errors.append(np.max(np.abs(stepper.repeat(bk.asarray(u), count) - exact)))
    assert abs(np.log2(errors[0] / errors[1]) - scheme.order) < 0.2, errors


def conductivity(params, v):
    return params * (1.0 + v * v)


@pytest.mark.parametrize("nonlinear", [Picard(rtol=1e-12, max_steps=60), NewtonKrylov(rtol=1e-11)])
@pytest.mark.parametrize("kind", ["fisher", "nonlinear heat"])
def test_nonlinear_equations_have_the_order_of_the_scheme(kind, nonlinear):
    box = Box((12,), sides=Neumann(0.0))
    u, ends = 0.5 + 0.3 * np.cos(np.pi * box.coordinates())[None], []
    if kind == "fisher":
        evolution = fisher_kpp(box, 0.02, 2.0)
    else:
        evolution = nonlinear_heat(box, conductivity, 0.05)
    for count in (4, 8, 64):
        stepper = ImplicitStepper(
            evolution, 0.5 / count, Direct(), scheme=CRANK_NICOLSON, nonlinear=nonlinear
        )
        ends.append(stepper.repeat(u, count))
    errors = [np.max(np.abs(end - ends[-1])) for end in ends[:2]]
    assert abs(np.log2(errors[0] / errors[1]) - 2) < 0.2, errors


def test_picard_steps_contract(backends):
    evolution, u = fisher_kpp(Box((12,)), 0.02, 2.0), 0.5 + 0.3 * waves(7, 1, 12) / 2
    how = Picard(rtol=1e-13, max_steps=100)
    full = ImplicitStepper(evolution, 0.1, Direct(), nonlinear=how)(u)
    gaps = [
        np.max(np.abs(ImplicitStepper(evolution, 0.1, Direct(), picard=p)(u) - full))
        for p in (1, 2, 3, 4)
    ]
    assert all(b < 0.5 * a for a, b in pairwise(gaps)), gaps


def test_burgers_conserves_at_convergence_and_not_before(bk):
    """The zero-fixed upwind form is the difference of u²/2 once w = u; see ``upwind``."""
    u = waves(1) + 0.2
    evolution = burgers(Box((N,)), 1e-3, 1.0)
    how = Picard(rtol=1e-12, max_steps=200)
    drift = []
    for stepper in (
        ImplicitStepper(evolution, 0.02, Direct()),
        ImplicitStepper(evolution, 0.02, Direct(), nonlinear=how),
    ):
        after = bk.to_numpy(stepper(bk.asarray(u)))
        drift.append(np.max(np.abs(np.sum(after - u, axis=-1))))
    assert drift[0] > 1e-3
    assert drift[1] < 1e-10  # the tolerance of Picard iteration, times ‖u‖ √N


@pytest.mark.parametrize(
    ("make", "parameters"),
    [
        (kdv, {"dispersivity": 1e-4, "scale": -0.5}),
        (kuramoto_sivashinsky, {"scale": 0.1, "second_order": 1e-3, "fourth_order": 1e-6}),
        (
            kuramoto_sivashinsky_conservative,
            {"scale": 0.1, "second_order": 1e-3, "fourth_order": 1e-6},
        ),
    ],
)
def test_mean_is_conserved(make, parameters, bk):
    u = waves(2, samples=1) + 0.3
    how = Picard(rtol=1e-12, max_steps=100)
    stepper = ImplicitStepper(make(Box((N,)), **parameters), 0.02, Direct(), nonlinear=how)
    after = bk.to_numpy(stepper.repeat(bk.asarray(u), 3))
    assert abs(np.mean(after) - np.mean(u)) < 1e-11
    assert np.max(np.abs(after - u)) > 1e-3


@pytest.mark.parametrize("name", sorted(SCHEMES))
def test_rollout_repeat_and_calls_agree(name, bk, relative):
    u = bk.asarray(waves(3))
    stepper = ImplicitStepper(heat(Box((N,)), 1e-3), 0.05, Direct(), scheme=SCHEMES[name])
    trajectory = bk.to_numpy(stepper.rollout(u, 4, include_initial=True))
    assert trajectory.shape == (2, 5, 1, N)
    for t in (0, 1, 4):
        assert relative(bk.to_numpy(stepper.repeat(u, t)), trajectory[:, t]) < 10 * N * EPS
    assert relative(bk.to_numpy(stepper(u)), trajectory[:, 1]) == 0.0
    finer = ImplicitStepper(heat(Box((N,)), 1e-3), 0.1, Direct(), scheme=SCHEMES[name], substeps=2)
    other = bk.to_numpy(finer.rollout(u, 2))
    assert relative(other, trajectory[:, 2::2]) < 10 * N * EPS
    assert stepper.rollout(u, 0).shape == (2, 0, 1, N)


def test_the_steady_state_between_two_walls_is_a_line(bk, relative):
    box = Box((15,), sides=(Dirichlet(1.0), Dirichlet(3.0)), layout="nodes")
    stepper = ImplicitStepper(heat(box, 1.0), 10.0, Direct())
    u = stepper.repeat(bk.asarray(np.zeros((1, 15))), 30)
    assert relative(bk.to_numpy(u), 1 + 2 * box.coordinates()) < 1000 * EPS  # κ(I - dt A) ≈ 1e4


@pytest.mark.parametrize("adjoint", [Implicit(), Unrolled()], ids=lambda a: type(a).__name__)
def test_derivatives_in_state_step_and_coefficient(adjoint, bk):
    """Taylor: the remainder of first order falls as h²."""
    rng = np.random.default_rng(4)
    w = bk.asarray(rng.standard_normal((1, 1, N)))
    at = {"u": waves(4, 1), "nu": 0.01 * (1.2 + waves(5, 1)[0] / 3), "dt": np.asarray(0.1)}
    way = {"u": rng.standard_normal((1, 1, N)), "nu": 0.003 * rng.uniform(0, 1, (1, N)),
           "dt": np.asarray(0.02)}  # fmt: skip

    def loss(p):
        stepper = ImplicitStepper(
            heat(Box((N,)), p["nu"]), p["dt"], CG(max_steps=30), adjoint=adjoint
        )
        out = stepper.repeat(p["u"], 2)
        return namespace_of(out).sum(out * w)

    def placed(h):
        return {k: bk.asarray(at[k] + h * way[k]) for k in at}

    value, gradient = bk.value_and_grad(loss)(placed(0.0))
    slope = sum(np.sum(bk.to_numpy(gradient[k]) * way[k]) for k in at)
    rest = [
        abs(float(bk.to_numpy(loss(placed(h)))) - float(bk.to_numpy(value)) - h * slope)
        for h in (2e-2, 1e-2)
    ]
    assert abs(np.log2(rest[0] / rest[1]) - 2) < 0.1, rest


def test_guesses_reach_the_same_state(backends):
    u, evolution = waves(5), heat(Box((N,)), 1e-3)
    method = CG(rtol=1e-10, max_steps=60)
    steppers = {
        g: ImplicitStepper(evolution, 0.01, method, guess=g)
        for g in ("zero", "previous", "extrapolated")
    }
    steps = {g: int(np.max(s.solved(u).iterations)) for g, s in steppers.items()}
    assert steps["previous"] <= steps["zero"]
    ends = [s.repeat(u, 3) for s in steppers.values()]
    for end in ends[1:]:  # three solves of relative accuracy 1e-10, condition below 10
        assert np.max(np.abs(end - ends[0])) < 3e-9 * np.max(np.abs(u))


def test_refined_turns_the_steps_of_the_linear_solver(bk, relative):
    u = bk.asarray(np.random.default_rng(6).standard_normal((2, 1, N)))
    evolution = heat(Box((N,)), 1e-2)
    same = bk.to_numpy(ImplicitStepper(evolution, 0.1, GMRES(restart=3, max_steps=4))(u))
    coarse = ImplicitStepper(evolution, 0.1, GMRES(restart=3, max_steps=1))
    assert relative(bk.to_numpy(coarse(u)), same) > 1e-6
    assert relative(bk.to_numpy(coarse.refined(4)(u)), same) == 0.0
    budget = bk.asarray(np.asarray(1))
    traced = ImplicitStepper(evolution, 0.1, GMRES(restart=3, max_steps=9), budget=budget)
    assert relative(bk.to_numpy(traced.refined(4)(u)), same) < 100 * EPS


@pytest.mark.parametrize(
    "wrong", [{"dt": -1.0}, {"picard": 0}, {"guess": "prevoius"}, {"substeps": 0}]
)
def test_refusals_are_one_line(wrong):
    with pytest.raises(InvalidInput) as error:
        ImplicitStepper(heat(Box((8,))), **({"dt": 0.1, "method": Direct()} | wrong))
    assert "\n" not in str(error.value)


def test_a_state_of_another_grid_is_refused():
    with pytest.raises(InvalidInput, match=r"expected a state of shape .* 1, 8\), got \(1, 9\)"):
        ImplicitStepper(heat(Box((8,))), 0.1, Direct())(np.zeros((1, 9)))
