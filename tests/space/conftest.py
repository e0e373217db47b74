"""Functions whose values and derivatives are known everywhere: random sums of waves."""

import numpy as np
import pytest
from hypothesis import strategies as st

from xpde.space import Grid

# few shapes, so that JAX compiles few programs; odd and even axes, last and outer
SHAPES = [(7,), (8,), (6, 5), (4, 3, 6)]


class Waves:
    """u_c(x) = Σ_m a_m cos(κ_m·x + φ_m), modes below the Nyquist mode of a grid."""

    def __init__(self, grid, channels, seed, count=6):
        rng = np.random.default_rng(seed)
        highest = [(n - 1) // 2 for n in grid.points]
        k = np.stack([rng.integers(-h, h + 1, (channels, count)) for h in highest], -1)
        self.kappa = 2 * np.pi * k / np.asarray(grid.extent)
        self.amplitude = rng.uniform(0.5, 1, (channels, count))
        self.phase = rng.uniform(0, 2 * np.pi, (channels, count))

    def __call__(self, x, axis=0, order=0):
        """∂_axis^order u at points (..., D), as (C, ...)."""
        angle = np.tensordot(self.kappa, x, (-1, -1))
        wide = [1] * (x.ndim - 1)
        phase, factor = (
            a.reshape(*a.shape, *wide)
            for a in (self.phase, self.amplitude * self.kappa[..., axis] ** order)
        )
        return np.sum(factor * np.cos(angle + phase + order * np.pi / 2), axis=1)

    def on(self, grid, **derivative):
        """The values on a grid, (C, *N)."""
        return self(np.moveaxis(grid.coordinates(), 0, -1), **derivative)


@pytest.fixture(scope="session", name="Waves")
def _waves():
    return Waves


@pytest.fixture(scope="session", name="noise")
def _noise():
    """White noise (C, *N): every mode, the Nyquist modes too."""
    return lambda grid, channels, seed: np.random.default_rng(seed).standard_normal(
        (channels, *grid.points)
    )


@st.composite
def _grids(draw):
    points = draw(st.sampled_from(SHAPES))
    return Grid(points, draw(st.tuples(*[st.floats(0.5, 7.0)] * len(points))))


st.register_type_strategy(Grid, _grids())  # tests draw st.from_type(Grid)
