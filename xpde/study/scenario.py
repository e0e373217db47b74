"""A scenario: an equation with its grid, its data sets and how an emulator of it is judged."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xpde.core import Backend
from xpde.errors import InvalidInput
from xpde.pde import Equation, Stepper
from xpde.space import Grid
from xpde.study.checks import check_scenario

__all__ = ["Scenario"]

Builder = Callable[["Scenario"], Equation]


@dataclass(frozen=True)
class Scenario:
    """What is solved, from which initial states, for how long; defaults are the benchmark's.

    Attributes
    ----------
    key
        Name in the catalogue.
    summary
        One sentence for people.
    build
        Makes the equation from the other fields.
    parameters
        Numbers of the equation, by name.
    allowed_dims
        Numbers of space axes for which the equation is meant.
    dims, points, extent
        D, N and L of a cube.
    dt, substeps, order, dealias
        Time between states and how the stepper gets there.
    initial, warmup
        Initial states, and how many steps they are advanced before the data begin.
    train_samples, train_horizon, train_seed, test_samples, test_horizon, test_seed
        Sizes and seeds of the two data sets; a horizon is a number of steps.
    optimizer, batch
        Default optimizer string and windows per update.
    metrics
        Names of metrics, separated by commas.
    vlim
        Color limits of pictures.

    Reference: Koehler et al., APEBench (2024), appendix on scenarios.
    """

    key: str
    summary: str
    build: Builder = field(repr=False)
    parameters: Mapping[str, float]
    allowed_dims: tuple[int, ...] = (1, 2, 3)
    dims: int = 1
    points: int = 160
    extent: float = 1.0
    dt: float = 1.0
    substeps: int = 1
    order: int = 2
    dealias: float = 2 / 3
    initial: str = "fourier;5;true;true"
    warmup: int = 0
    train_samples: int = 50
    train_horizon: int = 50
    train_seed: int = 0
    test_samples: int = 30
    test_horizon: int = 200
    test_seed: int = 773
    optimizer: str = "adam;10_000;warmup_cosine;0.0;1e-3;2_000"
    batch: int = 20
    metrics: str = "mean_nRMSE"
    vlim: tuple[float, float] = (-1.0, 1.0)

    def __post_init__(self) -> None:
        if self.dims not in self.allowed_dims:
            allowed = ", ".join(map(str, self.allowed_dims))
            raise InvalidInput(f"{self.key}: expected dims of {allowed}, got {self.dims}")
        check_scenario(self.key, self.settings())

    @property
    def grid(self) -> Grid:
        """The cube of ``dims`` axes."""
        return Grid.cube(self.dims, self.points, self.extent)

    @property
    def equation(self) -> Equation:
        """The equation with physical coefficients."""
        return self.build(self)

    @property
    def channels(self) -> int:
        """C, the number of channels of a state."""
        return self.equation.channels

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The metrics as a tuple."""
        return tuple(name.strip() for name in self.metrics.split(",") if name.strip())

    def stepper(self, backend: Backend | None = None) -> Stepper:
        """Return the reference solver; NumPy in float64 without a backend."""
        return Stepper.build(
            self.equation,
            self.grid,
            self.dt,
            order=self.order,
            substeps=self.substeps,
            dealias=self.dealias,
            backend=backend,
        )

    def settings(self) -> dict[str, Any]:
        """Return every field that an override may set, parameters among them, as plain values."""
        fixed = {"key", "summary", "build", "parameters", "allowed_dims"}
        names = [f.name for f in dataclasses.fields(self) if f.name not in fixed]
        values = {name: getattr(self, name) for name in names}
        values["vlim"] = list(self.vlim)
        return values | dict(self.parameters)

    def describe(self) -> str:
        """Return a few lines: equation, grid, data sets."""
        shape = " x ".join([str(self.channels), *map(str, self.grid.points)])
        numbers = ", ".join(f"{name} {value:g}" for name, value in self.parameters.items())
        return "\n".join(
            [
                f"{self.key}: {self.summary}",
                f"  equation    {self.equation.formula}",
                f"  parameters  {numbers}",
                f"  state       {shape} on a box of length {self.extent:g}",
                f"  step        {self.dt:g} in {self.substeps} of order {self.order}",
                f"  initial     {self.initial}, {self.warmup} steps of warm-up",
                f"  train       {self.train_samples} x {self.train_horizon} steps",
                f"  test        {self.test_samples} x {self.test_horizon} steps",
            ]
        )
