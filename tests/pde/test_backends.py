"""One step of every equation is the same on every backend, alone or in a batch."""

import sys
from pathlib import Path

import numpy as np
import pytest

from xpde.pde import Stepper
from xpde.space import Grid

sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
from equations import examples

POINTS = {1: (17,), 2: (10, 9), 3: (8, 7, 6)}
EXAMPLES = examples(1, 2, 3)


@pytest.mark.parametrize(("label", "equation"), EXAMPLES, ids=[label for label, _ in EXAMPLES])
def test_one_step(backends, relative, band_limited, label, equation):
    """Sides differ, N is odd and even, the batch has two axes."""
    dims = equation.dims
    grid = Grid(POINTS[dims], tuple(2 * np.pi * (1 + 0.25 * j) for j in range(dims)))
    u = 0.4 + band_limited(grid, equation.channels, len(label), highest=2, lead=(2, 1))
    here = Stepper.build(equation, grid, 0.01)
    expected = here(u)
    assert expected.shape == u.shape
    assert np.max(np.abs(expected - u)) > 1e-6  # something happens
    for i in range(2):
        # blocks of another size: a few units of rounding
        assert relative(here(u[i, 0]), expected[i, 0]) < 1e-14
    for name, bk in backends.items():
        found = bk.to_numpy(Stepper.build(equation, grid, 0.01, backend=bk)(bk.asarray(u)))
        # transforms of other libraries, and JAX's compact band: rounding times κ of a derivative
        assert relative(found, expected) < 1e-12, name


def test_examples_hold_the_whole_catalogue():
    from xpde.pde import CATALOGUE

    assert {equation.name for _, equation in EXAMPLES} == set(CATALOGUE)
    assert {equation.dims for _, equation in EXAMPLES} == {1, 2, 3}
