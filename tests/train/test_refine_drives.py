"""What a level may be: iterations, a tolerance, Picard solves, multigrid cycles, a grid."""

import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import xpde
from xpde.core import register_tree
from xpde.nn import Conv
from xpde.optim import constant, sgd
from xpde.pde.implicit import ImplicitStepper, burgers, heat
from xpde.solvers import (
    CG,
    Direct,
    Implicit,
    Multigrid,
    OneStep,
    Unrolled,
    linear_solve,
    negative_laplacian,
)
from xpde.space import Grid, resample
from xpde.space.finite import Box
from xpde.train import Corrector, Linear, Milestones, Refine, Refined, Supervised, Trainer
from xpde.train.program import Program

sys.path.insert(0, str(Path(__file__).parent))
from small import NETWORK, bits, data, same_bits, start, training

POINTS = 32
BOX, GRID = Box((POINTS,)), Grid.cube(1, POINTS)
DIFFUSION = 0.005
"""Of a step of length 1: ν dt/h² is 5, so that one iteration is far from the solution."""


def diffusing(method, **options):
    return ImplicitStepper(heat(BOX, DIFFUSION), 1.0, method, guess="zero", **options)


def with_tolerance(solver, level):
    return replace(solver, method=CG(rtol=10.0**-level, max_steps=40))


def with_picard(solver, level):
    return replace(solver, picard=max(level, 1))


def with_points(solver, level):
    return replace(solver, points=2 ** (level + 1))


@register_tree(static=("cycles",))
@dataclass(frozen=True)
class Cycles:
    """The same step by multigrid cycles from 0; it has its level itself."""

    operator: Any
    cycles: int = 8

    @classmethod
    def on(cls, bk):
        near = bk.asarray(np.ones(1))
        laplacian = negative_laplacian((POINTS,), 1 / POINTS, like=near)
        return cls(laplacian.shifted(1.0, DIFFUSION))

    def refined(self, level):
        return replace(self, cycles=level)

    def __call__(self, u):
        method = Multigrid(max_steps=self.cycles, levels=2, pre=1, post=0)
        return linear_solve(self.operator, u, method).value


@register_tree(static=("points",))
@dataclass(frozen=True)
class Coarse:
    """The same step on a grid of fewer points."""

    points: int = POINTS

    def __call__(self, u):
        grid = Grid.cube(1, self.points)
        step = ImplicitStepper(heat(Box(grid.points), DIFFUSION), 1.0, Direct())
        return resample(step(resample(u, GRID, grid.points)), grid, GRID.points)


def steep(bk, picard=40):
    """A step whose coefficients change much."""
    return ImplicitStepper(burgers(BOX, DIFFUSION), 0.1, Direct(), picard=picard)


def implicit_euler(u):
    """The exact solution of a step of diffusion, on the host."""
    back = np.roll(np.eye(POINTS), 1, axis=0)
    matrix = np.eye(POINTS) + DIFFUSION * POINTS**2 * (2 * np.eye(POINTS) - back - back.T)
    return np.linalg.solve(matrix, np.swapaxes(u, -1, -2)).swapaxes(-1, -2)


DRIVEN = {  # what is driven: a solver, and three levels
    "iterations": (lambda bk: diffusing(CG(max_steps=8)), (1, 3, 6)),
    "budget": (
        lambda bk: diffusing(CG(max_steps=8), budget=bk.asarray(np.asarray(8))),
        (1, 3, 6),
    ),
    "tolerance": (lambda bk: Refined(diffusing(CG(rtol=1e-9)), with_tolerance), (1, 2, 4)),
    "picard": (lambda bk: Refined(steep(bk), with_picard), (1, 3, 6)),
    "cycles": (Cycles.on, (1, 2, 4)),
    "grid": (lambda bk: Refined(Coarse(), with_points), (1, 2, 3)),
}


@pytest.mark.parametrize("name", DRIVEN)
def test_a_higher_level_is_closer_to_the_solution(name, bk):
    """And a level does not depend on the one before.

    From waves of all lengths, so that no Krylov space is exhausted early.
    """
    make, levels = DRIVEN[name]
    rng, x = np.random.default_rng(0), np.arange(POINTS) / POINTS
    waves = [np.sin(2 * np.pi * (k * x + rng.random())) / k for k in range(1, POINTS // 2)]
    host = np.tensordot(rng.normal(size=(3, 1, len(waves))), np.stack(waves), 1)
    solver, u = make(bk), bk.asarray(host)
    exact = bk.to_numpy(steep(bk)(u)) if name == "picard" else implicit_euler(host)
    found = [bk.to_numpy(solver.refined(level)(u)) for level in levels]
    errors = [np.linalg.norm(v - exact) / np.linalg.norm(exact) for v in found]
    # the slowest of them, a grid of order 2 whose waves are longer than h by little, gains 1.8
    assert errors[0] > 1.5 * errors[1] > 1.5**2 * errors[2], errors
    again = solver.refined(levels[2]).refined(levels[0])(u)
    assert np.array_equal(bk.to_numpy(again), found[0])


@pytest.mark.parametrize("name", DRIVEN)
def test_a_training_has_the_level(name):
    """A training that rises from a level to another is one at each, one after the other."""
    make, (low, _, high) = DRIVEN[name]
    bk = xpde.backend("numpy", dtype="float64")
    placed = bk.asarray(data(points=POINTS))

    def trained(solver, state=None, **options):
        network = Corrector(NETWORK, solver, "sequential_with_bypass")
        begin = None if state else start()
        return training(network=network, **options).run(begin, placed, state=state)

    rule = Milestones({0: low, 2: high})
    found = trained(make(bk), refine=Refine(rule, every=4))
    first = trained(make(bk).refined(low), updates=8)
    second = trained(make(bk).refined(high), state=first)
    assert same_bits(bits(bk, found), bits(bk, second))
    assert found.refinement.changes == ((0, low), (8, high))


def counted(monkeypatch, solver, width):
    """Train at levels 1, 2, 3, 4 on JAX; return how many programs were made."""
    traced, plain = [], Program.update

    def counting(self, *args):
        traced.append(1)
        return plain(self, *args)

    monkeypatch.setattr(Program, "update", counting)
    bk = xpde.backend("jax", dtype="float64")
    network = Conv(1, 1, 1, width, 1, activation="tanh")  # programs of no other test
    trainer = Trainer(
        Corrector(network, solver(bk), "parallel"), Supervised(1), sgd(constant(0.0125)),
        updates=16, batch_size=4, updates_per_dispatch=4, refine=Refine(Linear(1, 1, cap=4), 4),
    )  # fmt: skip
    params = network.init(np.random.default_rng(0))
    found = trainer.run(params, bk.asarray(data(points=POINTS)))
    assert found.refinement.changes[:4] == ((0, 1), (4, 2), (8, 3), (12, 4))
    return len(traced)


@pytest.mark.parametrize("adjoint", [Implicit(), OneStep(), Unrolled()], ids=lambda a: str(a)[:8])
def test_a_budget_of_a_stepper_compiles_once(adjoint, monkeypatch):
    """Whatever the level, and however the solve is differentiated."""
    pytest.importorskip("jax")

    def solver(bk):
        budget = bk.asarray(np.asarray(8))
        return diffusing(CG(max_steps=8), budget=budget, adjoint=adjoint)

    width = 5 + [Implicit, OneStep, Unrolled].index(type(adjoint))
    assert counted(monkeypatch, solver, width) == 1


def test_a_number_of_steps_compiles_once_a_level(monkeypatch):
    pytest.importorskip("jax")
    made = partial(diffusing, CG(max_steps=8))
    assert counted(monkeypatch, lambda bk: made(), 8) == 4
