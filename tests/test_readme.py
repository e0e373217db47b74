"""The README: its example runs, its links lead somewhere, its commands are real."""

import json
import math
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from xpde.core import namespace_of
from xpde.errors import InvalidInput
from xpde.pde.implicit import ImplicitStepper
from xpde.solvers import CG, NewtonKrylov, linear_solve
from xpde.space.finite import Box, Neumann
from xpde.train import Refine, RefineState

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCS = sorted((ROOT / "docs").glob("*.md"))


def blocks(language, text=README):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def ran(example, name):
    """Execute a block and return its names."""
    scope = {"__name__": name}
    exec(compile(example, name, "exec"), scope)
    return scope


def test_example_runs_on_numpy():
    scope = ran(blocks("python")[0], "README.md")
    assert scope["states"].shape == (20, 50, 1, 160)
    assert scope["gradient"].shape == scope["u"].shape
    assert scope["energy"] > 0


def test_examples_are_short():
    for example in blocks("python"):
        assert len([line for line in example.splitlines() if line and "import" not in line]) <= 10


def test_the_example_of_solvers_runs_on_numpy():
    """The gradient of f·A⁻¹f is 2 A⁻¹f; the wave becomes a front, as high as theory has it."""
    scope = ran(blocks("python")[1], "README.md")
    u, force, last = scope["u"], scope["force"], scope["states"][-1]
    assert scope["states"].shape == (20, 1, 128)
    exact = np.linalg.solve(scope["A"].matrix(), u[0])
    # residuals of 1e-10, times the square root of the condition number 6744
    np.testing.assert_allclose(force[0], 2 * exact, rtol=0, atol=1e-8 * np.max(np.abs(exact)))
    # odd about the middle, as u and the scheme: 40 solves with residuals of 1e-8
    np.testing.assert_allclose(last, -np.flip(last, axis=-1), rtol=0, atol=40e-8)
    # at t = 1 the inviscid front ends at u = sin 2πu, u = 0.429; layers of width ν/u lower it
    assert 0.85 * 0.429 < np.max(last) < 0.429


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda p: p.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
        assert "://" in target or (path.parent / target).is_file(), f"{path.name}: {target}"


def test_commands_are_real():
    from xpde.cli import app

    lines = [line for block in blocks("console") for line in block.splitlines() if line]
    assert {"make demo", "make test"} <= set(lines)
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for line in lines:
        program, *words = shlex.split(line)
        if program == "make":
            assert words[0] in targets
        else:
            assert program == "xpde"
            app.parse_args(words, exit_on_error=False, print_error=False)


GUIDE = (ROOT / "docs" / "adding.md").read_text()


@pytest.fixture(scope="module")
def guide():
    """The names of the sections on solvers of the guide, which build on each other."""
    text = GUIDE[GUIDE.index("## A linear operator") : GUIDE.index("## A network")]
    return ran("\n".join(blocks("python", text)), "adding")


def test_the_operator_and_the_method_of_the_guide(guide, bk, relative):
    """A contraction by I - ω A: the solution and its derivative in c, against dense algebra."""
    n, c = 12, 2.0
    rng = np.random.default_rng(0)
    b, g = rng.normal(size=(2, 3, n))
    shift = np.roll(np.eye(n), 1, axis=0)
    matrix = (1 + c) * np.eye(n) - c * shift
    x = np.linalg.solve(matrix, b.T).T
    adjoint = np.linalg.solve(matrix.T, g.T).T
    slope = -np.sum(adjoint * (x - x @ shift.T))  # dA/dc = I - shift
    method = guide["HeavyBall"](rtol=1e-12, rate=0.3, momentum=0.1)
    placed, weights = bk.asarray(b), bk.asarray(g)

    def loss(speed):
        found = linear_solve(guide["Upwind"](speed, (n,)), placed, method)
        return namespace_of(found.value).sum(weights * found.value)

    value, gradient = bk.value_and_grad(loss)(bk.asarray([c]))
    # residuals of 1e-12, times the condition number 1 + 2 c
    assert relative(value, np.sum(g * x)) < 1e-10
    assert relative(gradient, np.asarray([slope])) < 1e-10
    with pytest.raises(InvalidInput, match="CG: expected a symmetric operator"):
        linear_solve(guide["Upwind"](bk.asarray([c]), (n,)), placed, CG(rtol=1e-8))


@pytest.mark.parametrize(
    "how", [{"picard": 30}, {"nonlinear": NewtonKrylov(rtol=1e-12)}], ids=["picard", "newton"]
)
def test_the_implicit_equation_of_the_guide(guide, how, bk, relative):
    """A constant between insulated walls: u⁺ + k h u⁺² = u, whose root is known."""
    box = Box((8,), sides=Neumann(0.0))
    equation = guide["absorbed"](box, strength=2.0)
    stepper = ImplicitStepper(equation, 0.1, CG(rtol=1e-13), **how)
    u = bk.asarray(np.ones((1, 8)))
    exact = np.full((1, 8), (np.sqrt(1 + 4 * 0.2) - 1) / 0.4)
    # the solves' 1e-13, and Picard's factor k h u⁺/(1 + k h u⁺) = 0.15 to the power 30
    assert relative(stepper(u), exact) < 1e-11


def test_the_rule_of_the_guide_refines_a_training(guide):
    rule, errors = guide["Halving"](), [8.0, 5.0, 4.0, 3.0, 2.0, 1.5, math.nan, 1.0]
    state, levels = rule.start(), []
    for error in errors:
        state, level = rule.step(state, error)
        levels.append(level)
    assert levels == [1, 1, 2, 2, 3, 3, 3, 4]
    assert RefineState.read(json.loads(json.dumps(state.plain()))) == state
    assert str(Refine(rule, every=8)) == "halving;1;every=8"


def test_the_equation_of_the_guide_runs():
    from xpde.pde import Stepper
    from xpde.space import Grid

    (example,) = [block for block in blocks("python", GUIDE) if "damped_burgers" in block]
    scope = {}
    exec(compile(example, "adding.md", "exec"), scope)
    stepper = Stepper.build(scope["damped_burgers"](2), Grid.cube(2, 16), dt=0.01)
    u = np.ones((2, 16, 16))
    np.testing.assert_allclose(stepper(u), u * np.exp(-0.1 * 0.01), rtol=1e-12)
